import { errorMessage } from "../../core/errors.js";
import { checkDaemon, problemOf } from "../../daemon/check-daemon.js";
import type { RpcClient } from "../../daemon/rpc/index.js";
import type { PoolNetwork } from "../../networks/index.js";
import type { Clock } from "../../platform/clock.js";
import { type Check, ok, problem, unknown, warning } from "./check.js";

export interface DaemonCheckOptions {
  readonly rpc: RpcClient;
  readonly network: PoolNetwork;
  readonly allowObsolete: boolean;
  /** Of the daemon's connections, those that are ours. */
  readonly ownConnections: number;
  readonly clock: Clock;
}

/** A daemon that takes longer is in trouble. */
const TIMEOUT_MS = 10_000;
/** Seconds that clocks may differ (spec/09 §6). */
const CLOCK_SECONDS = 60;
const NAME = "coin daemon";

/** Whether the daemon can be mined on, what it says of itself, and whether its clock is ours. Never rejects. */
export async function daemonChecks(options: DaemonCheckOptions): Promise<readonly Check[]> {
  const { rpc, network, allowObsolete, ownConnections, clock } = options;
  const call = { timeoutMs: TIMEOUT_MS };
  let checked: Awaited<ReturnType<typeof checkDaemon>>;
  try {
    checked = await checkDaemon({ rpc, network, allowObsolete, ownConnections, now: clock.now() }, call);
  } catch (error) {
    return [problem(NAME, problemOf(error).text)];
  }
  if (checked.problem !== null) return [problem(NAME, checked.problem.text)];
  const usable = ok(NAME, `${rpc.endpoint} can be mined on, height ${checked.height}`);
  try {
    const { subversion, version, warnings } = await rpc.getNetworkInfo(call);
    const { curtime, time } = await rpc.getBlockTemplate({ rules: network.coin.daemon.templateRules }, call);
    return [
      { ...usable, text: `${usable.text}, ${subversion === "" ? version : subversion}` },
      ...[...checked.warnings, ...warnings].map((text) => warning(NAME, text)),
      clockCheck((curtime ?? time!) - clock.now()),
    ];
  } catch (error) {
    return [usable, unknown("clock", `the coin daemon's could not be asked for: ${errorMessage(error)}`)];
  }
}

function clockCheck(difference: number): Check {
  const seconds = Math.round(Math.abs(difference));
  if (seconds <= CLOCK_SECONDS) return ok("clock", `${seconds} seconds from the coin daemon's`);
  const text = `this machine's is ${seconds} seconds ${difference > 0 ? "behind" : "ahead of"} the coin daemon's: set it right`;
  return problem("clock", text);
}
