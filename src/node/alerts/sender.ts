import { errorMessage } from "../../core/errors.js";
import { type Clock, sleep } from "../../platform/clock.js";
import type { Logger } from "../../platform/log.js";
import type { Alert } from "./alert.js";
import type { AlertTarget } from "./targets.js";

export interface AlertSenderOptions {
  readonly targets: readonly AlertTarget[];
  readonly clock: Clock;
  readonly log: Logger;
}

/** Alerts that wait for one target; the oldest goes. */
const MAX_WAITING = 100;
/** After each failure; then the alert is given up. */
const PAUSES_MS = [5_000, 30_000, 120_000, 600_000];
const TIMEOUT_MS = 10_000;
/** For what is under way at the end. */
const GRACE_MS = 3_000;

/**
 * Brings alerts to where they are to go, each target in its own time and in order. What cannot be delivered is tried again for
 * a quarter of an hour, and then given up.
 *
 * Life: nothing happens before the first alert; after `stop` has resolved no call or timer of it is left.
 */
export class AlertSender {
  private readonly options: AlertSenderOptions;
  private readonly ending = new AbortController();
  private readonly queues: readonly {
    readonly target: AlertTarget;
    readonly waiting: Alert[];
    work: Promise<void> | null;
  }[];

  constructor(options: AlertSenderOptions) {
    this.options = options;
    this.queues = options.targets.map((target) => ({ target, waiting: [], work: null }));
  }

  send(alert: Alert): void {
    if (this.ending.signal.aborted) return;
    for (const queue of this.queues) {
      queue.waiting.push(alert);
      if (queue.waiting.length > MAX_WAITING) queue.waiting.shift();
      queue.work ??= this.work(queue).finally(() => {
        queue.work = null;
      });
    }
  }

  /** What is under way gets a moment. */
  async stop(): Promise<void> {
    const { clock } = this.options;
    const grace = new AbortController();
    const done = Promise.all(this.queues.map(({ work }) => work));
    await Promise.race([done, sleep(clock, GRACE_MS, grace.signal)]);
    grace.abort();
    this.ending.abort();
    await done;
  }

  private async work(queue: { readonly target: AlertTarget; readonly waiting: Alert[] }): Promise<void> {
    for (let alert = queue.waiting.shift(); alert !== undefined; alert = queue.waiting.shift()) {
      await this.deliver(queue.target, alert);
      if (this.ending.signal.aborted) return;
    }
  }

  private async deliver(target: AlertTarget, alert: Alert): Promise<void> {
    const { clock, log } = this.options;
    const { signal } = this.ending;
    for (const pauseMs of [...PAUSES_MS, null]) {
      const failure = await this.attempt(target, alert);
      if (failure === null || signal.aborted) return;
      const fields = { target: target.name, alert: alert.event, reason: failure };
      if (pauseMs === null) log.error(fields, "an alert could not be delivered and is given up");
      else {
        log.warn(fields, "an alert could not be delivered yet");
        await sleep(clock, pauseMs, signal);
        if (signal.aborted) return;
      }
    }
  }

  /** What went wrong; null if it was taken. */
  private async attempt(target: AlertTarget, alert: Alert): Promise<string | null> {
    const { url, headers, body } = target.request(alert);
    try {
      const signal = AbortSignal.any([this.ending.signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
      await response.body?.cancel();
      return response.ok ? null : `it answered ${response.status}`;
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return errorMessage(cause);
    }
  }
}
