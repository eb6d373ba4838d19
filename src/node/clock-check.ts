import type { Template } from "../bitcoin/template.js";
import type { Clock } from "../platform/clock.js";

/** Seconds from which on, with two sources against it, our clock is called wrong (spec/09 §6). */
const WRONG_SECONDS = 300;
/** Shares whose median is looked at, and peers that they must have come from. */
const SHARES = 50;
const PEERS = 5;

interface Sample {
  readonly peer: string;
  readonly difference: number;
}

/**
 * Compares our clock with the daemon's and with those of the miners whose shares come in (spec/09 §6). Nobody's clock is
 * followed, and nobody is blamed for one. Differences are seconds that the other is ahead of us.
 */
export class ClockCheck {
  private readonly clock: Clock;
  private shares: Sample[] = [];
  private daemon: number | null = null;

  constructor({ clock }: { readonly clock: Clock }) {
    this.clock = clock;
  }

  /** Whether two sources agree that our clock is wrong: the operator has to see to it. */
  get isWrong(): boolean {
    return this.differences.filter((difference) => Math.abs(difference) > WRONG_SECONDS).length >= 2;
  }

  /** The greatest of all; null while there is nobody to compare with. */
  get difference(): number | null {
    const [first, ...others] = this.differences;
    if (first === undefined) return null;
    return others.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), first);
  }

  /** A template has just come. */
  template({ time, receivedAt }: Pick<Template, "receivedAt" | "time">): void {
    this.daemon = time - receivedAt;
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
}
