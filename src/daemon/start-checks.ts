import { errorMessage } from "../core/errors.js";
import type { PoolNetwork } from "../networks/index.js";
import { type Clock, sleep } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { AuthError, type RpcClient, RpcClientError } from "./rpc/index.js";
import { missingForks } from "./soft-forks.js";

export interface StartCheckOptions {
  readonly rpc: Pick<RpcClient, "getBlockchainInfo" | "getBlockTemplate" | "getDeploymentInfo">;
  readonly network: Pick<PoolNetwork, "coin" | "softforksRequired">;
  /** A daemon that lacks a required soft fork is worth a warning only. */
  readonly allowObsolete: boolean;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Pause before the checks are done again (spec/07 §4). */
const PAUSE_MS = 1_000;
/** The same after refused credentials: the daemon writes each refusal into its log. */
const AUTH_PAUSE_MS = 10_000;
/** What is waited for is said at once when it changes, else once in this time. */
const REMIND_SECONDS = 30;

/**
 * Waits for a daemon that can be mined on (spec/07 §4), and says in one line what it waits for. Resolves when all checks
 * have passed, or when the signal is aborted.
 */
export async function waitForDaemon(options: StartCheckOptions): Promise<void> {
  const { clock, log, signal } = options;
  let said = "";
  let saidAt = 0;
  while (!signal.aborted) {
    const problem = await findProblem(options);
    if (signal.aborted) return;
    if (problem === null) {
      if (said !== "") log.info({}, "the coin daemon can be mined on now");
      return;
    }
    const { text, error } = problem;
    if (text !== said || clock.now() - saidAt >= REMIND_SECONDS) {
      said = text;
      saidAt = clock.now();
      // A line without a stack for what daemons do; the whole error for what they should not.
      const isExpected = error === null || error instanceof RpcClientError;
      log.warn(isExpected ? {} : { err: error }, `waiting for the coin daemon: ${text}`);
    }
    await sleep(clock, error instanceof AuthError ? AUTH_PAUSE_MS : PAUSE_MS, signal);
  }
}

interface Problem {
  readonly text: string;
  /** Null if the daemon answered. */
  readonly error: unknown;
}

async function findProblem({ rpc, network, allowObsolete, log, signal }: StartCheckOptions): Promise<Problem | null> {
  try {
    const missing = await missingForks(network.softforksRequired, rpc, network.coin.daemon.templateRules, { signal });
    if (missing.length === 0) return null;
    const names = `${missing.length === 1 ? "the soft fork" : "the soft forks"} ${missing.join(", ")}`;
    if (allowObsolete) {
      log.warn({}, `the coin daemon does not know ${names}: its blocks may be invalid`);
      return null;
    }
    return { text: `it does not know ${names}; upgrade it, or use --allow-obsolete-bitcoind`, error: null };
  } catch (error) {
    return { text: errorMessage(error), error };
  }
}
