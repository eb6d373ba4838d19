import { errorMessage } from "../../core/errors.js";
import type { Clock, Timer } from "../../platform/clock.js";
import type { Logger } from "../../platform/log.js";

export interface HeartbeatOptions {
  readonly url: URL;
  /** Whether the node does its work. */
  readonly isWell: () => boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

const PERIOD_MS = 60_000;
/** How often it is looked whether a call is due: a node that becomes well says so at once. */
const STEP_MS = 5_000;
const TIMEOUT_MS = 10_000;

/**
 * Calls an address once a minute as long as the node gives work, for a service that raises an alarm when it stops being
 * called: the only alert that a dead machine can give.
 *
 * Life: the first call is made at `start` if the node is well then; after `stop` no timer is left and a call under way ends.
 */
export class Heartbeat {
  private readonly options: HeartbeatOptions;
  private readonly ending = new AbortController();
  private isFailing = false;
  private calledMs = Number.NEGATIVE_INFINITY;
  private timer: Timer | null = null;

  constructor(options: HeartbeatOptions) {
    this.options = options;
  }

  start(): void {
    if (this.timer !== null) return;
    this.timer = this.options.clock.every(STEP_MS, () => void this.beat());
    void this.beat();
  }

  stop(): void {
    this.ending.abort();
    this.timer?.cancel();
  }

  private async beat(): Promise<void> {
    const { url, isWell, log, clock } = this.options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.calledMs < PERIOD_MS || !isWell()) return;
    this.calledMs = nowMs;
    const failure = await this.call(url);
    if (this.ending.signal.aborted || (failure !== null) === this.isFailing) return;
    this.isFailing = failure !== null;
    const fields = { target: url.origin };
    if (failure !== null) log.warn({ ...fields, reason: failure }, "the heartbeat is not taken");
    else log.info(fields, "the heartbeat is taken again");
  }

  private async call(url: URL): Promise<string | null> {
    try {
      const signal = AbortSignal.any([this.ending.signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const response = await fetch(url, { signal, redirect: "follow" });
      await response.body?.cancel();
      return response.ok ? null : `it answered ${response.status}`;
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return errorMessage(cause);
    }
  }
}
