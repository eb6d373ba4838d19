import type { Template } from "../bitcoin/template.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";

/** Seconds from which on our clock is doubted, and with two sources against it called wrong (spec/09 §6). */
const DOUBTED_SECONDS = 60;
const WRONG_SECONDS = 300;
/** Shares whose median is looked at, and peers that they must have come from. */
const SHARES = 50;
const PEERS = 5;
/** The same difference is told once in this time. */
const REPEAT_MS = 3_600_000;

interface Sample {
  readonly peer: string;
  readonly difference: number;
}

/**
 * Compares our clock with the daemon's and with those of the miners whose shares come in (spec/09 §6). It only tells: nobody's
 * clock is followed, and nobody is blamed for one. Differences are seconds that the other is ahead of us.
 */
export class ClockCheck {
  private readonly clock: Clock;
  private readonly log: Logger;
  private shares: Sample[] = [];
  private daemon: number | null = null;
  private told: { readonly minutes: number; readonly atMs: number } | null = null;

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Logger }) {
    this.clock = clock;
    this.log = log;
  }

  /** Whether two sources agree that our clock is wrong: the operator has to see to it. */
  get isWrong(): boolean {
    return this.differences.filter((difference) => Math.abs(difference) > WRONG_SECONDS).length >= 2;
  }

  /** A template has just come. */
  template({ time, receivedAt }: Pick<Template, "receivedAt" | "time">): void {
    this.daemon = time - receivedAt;
    this.check();
  }

  /** A peer has just sent a share of its own accord. `timestamp`: of the share, seconds since 1970. */
  share(peer: string, timestamp: number): void {
    this.shares.push({ peer, difference: timestamp - this.clock.now() });
    if (this.shares.length > SHARES) this.shares.shift();
  }

  private get differences(): number[] {
    const peers = new Set(this.shares.map(({ peer }) => peer));
    const sorted = this.shares.map(({ difference }) => difference).sort((a, b) => a - b);
    return [
      ...(this.daemon === null ? [] : [this.daemon]),
      ...(peers.size < PEERS ? [] : [sorted[sorted.length >> 1]!]),
    ];
  }

  private check(): void {
    const largest = this.differences.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
    if (Math.abs(largest) <= DOUBTED_SECONDS) {
      this.told = null;
      return;
    }
    const minutes = Math.round(largest / 60);
    const nowMs = this.clock.monotonicMs();
    if (this.told?.minutes === minutes && nowMs - this.told.atMs < REPEAT_MS) return;
    this.told = { minutes, atMs: nowMs };
    const text = `this machine's clock is ${Math.abs(Math.round(largest))} seconds ${largest > 0 ? "behind" : "ahead of"} others`;
    if (this.isWrong) this.log.error({ seconds: -largest }, `${text}: set it right, or shares will not be accepted`);
    else this.log.warn({ seconds: -largest }, text);
  }
}
