import { errorMessage } from "../core/errors.js";
import type { Random } from "../core/random.js";
import type { Clock, Timer } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { canonicalAddress } from "./address.js";
import { between, pick } from "./chance.js";
import type { Adopt, ConnectionEnd, Dial } from "./connection.js";
import type { NamedEndpoint, Resolve } from "./endpoint.js";
import { TIMERS } from "./limits.js";

export interface FixedNodeOptions {
  readonly endpoint: NamedEndpoint;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly resolve: Resolve;
  readonly dial: Dial;
  readonly adopt: Adopt;
}

/** How far a delay strays from what it should be, either way. */
const JITTER = 0.2;

/**
 * A node that the operator named: connected again and again, for ever (spec/06 §10.2). The delay doubles with each attempt
 * and starts again after a greeting, unless the peer misbehaved: a broken one must not be in a quick loop.
 */
export class FixedNode {
  private readonly options: FixedNodeOptions;
  private delayMs: number = TIMERS.fixedLeast;
  private timer: Timer | null = null;
  private abort = new AbortController();

  constructor(options: FixedNodeOptions) {
    this.options = options;
  }

  start(): void {
    this.abort = new AbortController();
    void this.attempt();
  }

  stop(): void {
    this.abort.abort();
    this.timer?.cancel();
    this.timer = null;
  }

  private async attempt(): Promise<void> {
    const { endpoint, resolve, dial, adopt, random, log } = this.options;
    const { signal } = this.abort;
    try {
      // Each time: the name of a home computer moves.
      const addresses = (await resolve(endpoint.name)).map(canonicalAddress).filter((text) => text !== null);
      const host = pick(random, addresses);
      if (host === undefined) throw new Error(`${endpoint.name} has no address`);
      const link = await dial({ host, port: endpoint.port }, TIMERS.dialFixed, signal);
      const peer = adopt(link, { isFixed: true, established: () => {}, closed: (end) => this.closed(end) });
      if (peer === null) link.abort();
      if (peer === null && !signal.aborted) this.retry();
    } catch (error) {
      if (signal.aborted) return;
      log.debug({ node: endpoint.name, reason: errorMessage(error) }, "a fixed node cannot be reached");
      this.retry();
    }
  }

  private closed({ wasEstablished, offence }: ConnectionEnd): void {
    if (wasEstablished && offence === null) this.delayMs = TIMERS.fixedLeast;
    this.retry();
  }

  private retry(): void {
    if (this.abort.signal.aborted) return;
    const { clock, random } = this.options;
    const delayMs = this.delayMs * between(random, 1 - JITTER, 1 + JITTER);
    this.delayMs = Math.min(TIMERS.fixedMost, 2 * this.delayMs);
    this.timer = clock.after(delayMs, () => void this.attempt());
  }
}
