import type { RpcClient } from "../../daemon/rpc/index.js";
import { type Check, ok, unknown } from "../../node/doctor/check.js";
import { blocksCheck, compareBlocks } from "../../node/doctor/compare-blocks.js";
import { daemonChecks } from "../../node/doctor/daemon-checks.js";
import { gentxCheck, nodeFindings } from "../../node/doctor/from-node.js";
import { machineChecks } from "../../node/doctor/machine-checks.js";
import { peerChecks } from "../../node/doctor/peer-checks.js";
import type { PoolNode } from "../../node/pool-node.js";
import { type Clock, sleep } from "../../platform/clock.js";
import { describeChecks } from "./doctor-report.js";

export interface StartReportOptions {
  readonly node: PoolNode;
  readonly rpc: RpcClient;
  readonly payout: string;
  readonly directory: string;
  /** Connections that miners and other nodes may have. */
  readonly connections: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const STEP_MS = 500;
/** Longest that the report waits for a daemon and for other nodes, which may take longer than that to be found. */
const PATIENCE_MS = 30_000;

/** What `p2pool doctor` looks at, told once the node has its daemon and has met others, or could have. Never rejects. */
export async function startReport(options: StartReportOptions): Promise<void> {
  const { node, clock, signal, say } = options;
  const { outgoing = 0, fixedNodes = [] } = node.options.peering ?? {};
  const looksForOthers = outgoing > 0 || fixedNodes.length > 0;
  const hasMet = (): boolean => !looksForOthers || node.peering!.count > 0;
  const isReady = (): boolean => node.daemons.waitingFor === null && hasMet();
  for (let waited = 0; waited < PATIENCE_MS && !signal.aborted && !isReady(); waited += STEP_MS) {
    await sleep(clock, STEP_MS, signal);
  }
  // A daemon that hangs must not hold up the end; its calls end when the client is closed.
  const checks = signal.aborted ? [] : await Promise.race([startChecks(options), whenAborted(signal)]);
  if (!signal.aborted) for (const line of ["start checks:", ...describeChecks(checks)]) say(line);
}

async function startChecks({ node, rpc, payout, directory, connections, clock }: StartReportOptions): Promise<Check[]> {
  const { network, allowObsoleteDaemon: allowObsolete } = node.options;
  const ownConnections = node.isCoinP2pUp === true ? 1 : 0;
  const others = nodeFindings(node);
  return [
    ...(await daemonChecks({ rpc, network, allowObsolete, ownConnections, clock })),
    ok("payout address", payout),
    ...(await machineChecks({ directory, connections })),
    gentxCheck(node),
    ...(others === null ? [] : [...peerChecks(others.findings), await compared(rpc, others.blocks)]),
  ];
}

function whenAborted(signal: AbortSignal): Promise<Check[]> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve([]), { once: true }));
}

async function compared(rpc: RpcClient, blocks: readonly string[]): Promise<Check> {
  try {
    return blocksCheck(await compareBlocks(rpc, blocks));
  } catch {
    return unknown("coin chain", "the coin daemon could not be asked for the blocks of others");
  }
}
