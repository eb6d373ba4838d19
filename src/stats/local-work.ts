import { Deque } from "../core/deque.js";

/** What became of a submission (spec/12 D.1). */
export type SubmissionResult = "accepted" | "duplicate" | "invalid" | "low" | "stale";

/** What became of a share of ours. */
export type ShareFate = "dead" | "good" | "orphan";

/** A submission that proved work: what the statistics need to know of it. */
export interface ProvenWork {
  /** Seconds since 1970. */
  readonly at: number;
  /** `payee` or `payee.worker`. */
  readonly user: string;
  /** Address that the job pays. */
  readonly address: string;
  /** Expected hashes. */
  readonly work: number;
  /** Came after the tip had changed. */
  readonly isDead: boolean;
  /** Expected hashes for a share of the job. */
  readonly attemptsToShare: number;
}

interface UserSums {
  work: number;
  deadWork: number;
  /** Expected shares of the work. */
  shares: number;
  entries: number;
}

/** Seconds (spec/10 §12.1). */
const WINDOW = 600;
/** Entries kept at most; the oldest go, which shortens the window. */
const MAX_ENTRIES = 100_000;
/** Below this a rate would say too much of the first few submissions. */
const LEAST_SECONDS = 10;
/** Best difficulties are kept of this many addresses; the one that set its best longest ago goes. */
const MAX_ADDRESSES = 10_000;

export interface UserRate {
  readonly user: string;
  /** Hashes per second, dead ones included. */
  readonly rate: number;
  readonly deadRate: number;
}

/**
 * The work of this node's miners over the last ten minutes, by user name, as the classic interface has it. The first datum
 * counts, and the clock starts with the object; the reference leaves it out and under-reports slow miners.
 */
export class LocalWork {
  private readonly entries = new Deque<ProvenWork>();
  private readonly users = new Map<string, UserSums>();
  private readonly difficulties = new Map<string, number>();
  private readonly counts = new Map<SubmissionResult, number>();
  private readonly shareFates = new Map<ShareFate, number>();
  private readonly startedAt: number;
  private from: number;
  private deadEntries = 0;

  /** `now`: seconds since 1970. */
  constructor(now: number) {
    this.startedAt = now;
    this.from = now;
  }

  add(proven: ProvenWork): void {
    this.expire(proven.at);
    this.entries.pushBack(proven);
    this.apply(proven, 1);
    if (this.entries.length > MAX_ENTRIES) this.dropOldest();
  }

  /** A submission was judged, whatever came of it. */
  counted(result: SubmissionResult): void {
    this.counts.set(result, (this.counts.get(result) ?? 0) + 1);
  }

  /** Submissions since the start. */
  get results(): ReadonlyMap<SubmissionResult, number> {
    return this.counts;
  }

  /** What became of a share of ours is known. */
  decided(fate: ShareFate): void {
    this.shareFates.set(fate, (this.shareFates.get(fate) ?? 0) + 1);
  }

  /** Our shares since the start whose fate is known. */
  get fates(): ReadonlyMap<ShareFate, number> {
    return this.shareFates;
  }

  /** A job was handed out. `difficulty`: of its share target. */
  jobMade(address: string, difficulty: number): void {
    this.difficulties.delete(address);
    this.difficulties.set(address, difficulty);
    if (this.difficulties.size > MAX_ADDRESSES) this.difficulties.delete(this.difficulties.keys().next().value!);
  }

  /** Difficulty of the share target that was last handed out, by payout address. */
  get lastDifficulties(): ReadonlyMap<string, number> {
    return this.difficulties;
  }

  /** Seconds that the rates are taken over. */
  windowSeconds(now: number): number {
    this.expire(now);
    const start = Math.max(this.startedAt, this.from, now - WINDOW);
    return Math.max(LEAST_SECONDS, now - start);
  }

  /** Fastest first. */
  rates(now: number): readonly UserRate[] {
    const seconds = this.windowSeconds(now);
    return [...this.users]
      .map(([user, { work, deadWork }]) => ({ user, rate: work / seconds, deadRate: deadWork / seconds }))
      .sort((a, b) => b.rate - a.rate);
  }

  /** Pseudo-shares in the window, and how many of them came late. */
  pseudoShares(now: number): { readonly pseudoShares: number; readonly deadPseudoShares: number } {
    this.expire(now);
    return { pseudoShares: this.entries.length, deadPseudoShares: this.deadEntries };
  }

  /** Expected seconds to this node's next share; null while there is no work. */
  secondsToShare(now: number): number | null {
    const seconds = this.windowSeconds(now);
    let shares = 0;
    for (const user of this.users.values()) shares += user.shares;
    return shares > 0 ? seconds / shares : null;
  }

  private expire(now: number): void {
    while ((this.entries.front()?.at ?? now) < now - WINDOW) this.dropOldest();
  }

  private dropOldest(): void {
    const oldest = this.entries.popFront();
    if (oldest === undefined) return;
    this.apply(oldest, -1);
    this.from = oldest.at;
  }

  private apply({ user, work, isDead, attemptsToShare }: ProvenWork, sign: -1 | 1): void {
    const sums = this.users.get(user) ?? { work: 0, deadWork: 0, shares: 0, entries: 0 };
    sums.work += sign * work;
    if (isDead) sums.deadWork += sign * work;
    sums.shares += (sign * work) / attemptsToShare;
    sums.entries += sign;
    if (isDead) this.deadEntries += sign;
    // The last one takes the sums with it, and with them whatever rounding has left.
    if (sums.entries === 0) this.users.delete(user);
    else this.users.set(user, sums);
  }
}
