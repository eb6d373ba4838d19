import type { Socket } from "node:net";
import { powHash } from "../../core/hash/index.js";
import { systemClock } from "../../platform/clock.js";
import { keepHeapRoom } from "../../platform/heap-room.js";
import { createLogger } from "../../platform/log.js";
import { PowPool } from "../../platform/pow-pool.js";
import { systemRandom } from "../../platform/random.js";
import { setAddress } from "../../platform/socket-address.js";
import { StratumServer } from "../stratum/server.js";
import type { ChildSettings, ToChild, ToMain } from "./messages.js";
import { RemoteWorkSource } from "./remote-work-source.js";
import { ReportedWorkers, Reports } from "./reports.js";

// A worker process: serves the sockets that the node's process hands it, judges what their miners send by the jobs that it is
// told, and tells what came of it. It lives as long as the channel to the node's process.

const EXPIRE_MS = 30_000;
/** Farewells that a socket does not take are not waited for. */
const STOP_MS = 2000;

/** The other end is gone when this fails, and then so are we. */
function tell(message: ToMain, written: () => void = () => {}): void {
  if (process.connected) process.send!(message, undefined, {}, written);
}

function serve(settings: ChildSettings): (message: ToChild, socket: Socket | undefined) => void {
  const { limits, logLevel, policy, pow, threads } = settings;
  const reports = new Reports(tell);
  const log = createLogger(logLevel, { write: (line: string) => reports.logged(line) });
  const pool = pow === "sha256d" ? null : new PowPool({ pow, log, threads });
  const source = new RemoteWorkSource({
    tell,
    reports,
    powHash: pool === null ? (header) => powHash(pow, header) : (header) => pool.hashNext(header),
    clock: systemClock,
    random: systemRandom,
    feePercent: settings.feePercent,
  });
  const server = new StratumServer({
    ...policy,
    workSource: source,
    clock: systemClock,
    random: systemRandom,
    log,
    limits,
    workers: new ReportedWorkers({ limits, shareSeconds: policy.shareSeconds }, reports),
    // The node's process bans, and says so.
    bans: {
      offended: (address) => {
        reports.offended(address);
        return false;
      },
    },
    ledger: reports,
    lastConnection: settings.lastConnection,
    allConnections: () => source.connections,
  });
  server.start();
  keepHeapRoom(systemClock);
  setInterval(() => source.expire(), EXPIRE_MS);
  return (message, socket) => {
    switch (message.kind) {
      case "work":
        source.received(message);
        break;
      case "miner":
        tell({ kind: "taken" });
        accept(message, socket);
        break;
      case "payee":
        source.answered(message.question, message.check);
        break;
      case "outcome":
        source.answered(message.question, message.outcome);
        break;
      case "list": {
        const { limit, number, question } = message;
        tell({ kind: "listed", question, connections: server.connectionsAfter(number, limit) });
        break;
      }
      case "ping":
        tell({ kind: "pong", authorized: server.authorizedCount, latencies: server.latencies.take() });
        break;
      case "stop":
        setTimeout(() => process.exit(0), STOP_MS);
        reports.finish(() => {
          server.stop();
          reports.finish(() => process.disconnect());
        });
        break;
      default:
    }
  };

  function accept({ address, extranonce1, head }: ToChild & { kind: "miner" }, socket: Socket | undefined): void {
    if (socket === undefined) {
      reports.closed(extranonce1);
      return;
    }
    socket.allowHalfOpen = true;
    setAddress(socket, address);
    if (head.length > 0) socket.unshift(Buffer.from(head));
    server.serve(socket, { remoteAddress: address, extranonce1, onClosed: () => reports.closed(extranonce1) });
  }
}

let handle: ReturnType<typeof serve> | null = null;
process.on("message", (message: ToChild, socket?: Socket) => {
  if (message.kind === "start") {
    handle = serve(message.settings);
    tell({ kind: "ready" });
  } else handle?.(message, socket);
});
// The node's process decides when this one ends; a terminal sends its signals to both.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit(0));
