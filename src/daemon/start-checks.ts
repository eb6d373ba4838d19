import { P2PoolError } from "../core/errors.js";
import { type Clock, sleep } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import type { DaemonCheck, DaemonProblem } from "./check-daemon.js";
import { AuthError } from "./rpc/index.js";

export interface WaitOptions {
  /** Of the daemons, in the order of preference; never rejects. */
  readonly checks: readonly (() => Promise<DaemonCheck>)[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** What is waited for. */
  readonly onProblem: (text: string) => void;
}

/** Pause before the checks are done again (spec/07 §4). */
const PAUSE_MS = 1_000;
/** The same after refused credentials: the daemon writes each refusal into its log. */
const AUTH_PAUSE_MS = 10_000;
/** What is waited for is said at once when it changes, else once in this time. */
const REMIND_SECONDS = 30;

/**
 * Waits for a daemon that can be mined on (spec/07 §4), and says in one line what it waits for: of several daemons, what is
 * wrong with the first. Resolves with the number of the one to use, or with null when the signal is aborted.
 */
export async function waitForDaemon({ checks, clock, log, signal, onProblem }: WaitOptions): Promise<number | null> {
  let said = "";
  let saidAt = 0;
  while (!signal.aborted) {
    let first: DaemonProblem | null = null;
    for (const [index, check] of checks.entries()) {
      const { problem, warnings } = await check();
      if (signal.aborted) return null;
      if (problem === null) {
        for (const warning of warnings) log.warn({}, warning);
        if (said !== "") log.info({}, "the coin daemon can be mined on now");
        return index;
      }
      first ??= problem;
    }
    const { kind, text, error } = first!;
    onProblem(text);
    if (kind !== said || clock.now() - saidAt >= REMIND_SECONDS) {
      said = kind;
      saidAt = clock.now();
      // A line without a stack for what daemons do; the whole error for what they should not.
      const isExpected = error === null || error instanceof P2PoolError;
      log.warn(isExpected ? {} : { err: error }, `waiting for the coin daemon: ${text}`);
    }
    await sleep(clock, error instanceof AuthError ? AUTH_PAUSE_MS : PAUSE_MS, signal);
  }
  return null;
}
