import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { checkServerIdentity } from "node:tls";
import { Gate, type Priority } from "./gate.js";

/** Daemons before Core 29 have 4 threads (spec/14 §2). Block submission and the long poll have a connection each besides. */
const MAX_SOCKETS = 4;
/** Below the 30 s after which daemons close an idle connection. */
const IDLE_SOCKET_MS = 20_000;
/** A bound for the case that a daemon hangs; the node asks a few calls at a time. */
const MAX_WAITING = 1_000;

export interface RpcTls {
  /** PEM of the authorities, or of the server's own certificate, to trust instead of the system's. */
  readonly ca?: string;
  /** SHA-256 of the only certificate that is taken, as `AB:CD:…`; besides all other checks. */
  readonly fingerprint256?: string;
}

/** Connections for one kind of call, so that block submission never waits behind a long poll. */
export interface Lane {
  readonly agent: Agent;
  readonly gate: Gate;
}

export type LaneName = "longPoll" | "normal" | "submit";

export function createLanes(isSecure: boolean, tls: RpcTls): Record<LaneName, Lane> {
  const lane = (slots: number): Lane => ({
    agent: createAgent(slots, isSecure, tls),
    gate: new Gate({ slots, maxWaiting: MAX_WAITING }),
  });
  return { normal: lane(MAX_SOCKETS), submit: lane(1), longPoll: lane(1) };
}

function createAgent(slots: number, isSecure: boolean, { ca, fingerprint256 }: RpcTls): Agent {
  const common = { keepAlive: true, maxSockets: slots, timeout: IDLE_SOCKET_MS };
  if (!isSecure) return new Agent(common);
  return new SecureAgent({
    ...common,
    ...(ca === undefined ? {} : { ca }),
    checkServerIdentity: (host, certificate) => {
      const problem = checkServerIdentity(host, certificate);
      if (problem !== undefined || fingerprint256 === undefined) return problem;
      if (certificate.fingerprint256.toUpperCase() === fingerprint256.toUpperCase()) return undefined;
      return new Error("the server's certificate is not the one that was pinned");
    },
  });
}

export function closeIdle(agent: Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of [...(sockets ?? [])]) socket.destroy();
}

export function priorityOf(method: string): Priority {
  return method === "getblocktemplate" || method === "submitblock" ? "first" : "normal";
}
