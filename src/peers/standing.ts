import type { Clock } from "../platform/clock.js";
import { addressKey } from "./address.js";
import { LIMITS, TIMERS } from "./limits.js";

/** Points at which an address is banned, and those from which it is avoided (spec/09 §4). */
const BAN_POINTS = 100;
const DISCOURAGED_POINTS = 50;

interface Conduct {
  points: number;
  /** From when on they decay. */
  atMs: number;
  bannedUntilMs: number;
  discouragedUntilMs: number;
  /** Times of bans within the memory. */
  bans: number[];
  /** Connections in another protocol, in the hour that began then. */
  foreign: number;
  foreignSinceMs: number;
}

export interface SavedBan {
  readonly address: string;
  /** Seconds since 1970. */
  readonly until: number;
  /** When bans of the last days began, seconds since 1970. */
  readonly bans: readonly number[];
}

const HOUR_MS = 3_600_000;
/** Connections in another protocol that cost nothing, in an hour. */
const FREE_FOREIGN = 5;

/** Points and bans by address, IPv6 by /64 (spec/06 §11.2). On the monotonic clock: a step of the wall clock frees nobody. */
export class Standing {
  private readonly clock: Clock;
  private readonly byKey = new Map<string, Conduct>();

  constructor({ clock }: { readonly clock: Clock }) {
    this.clock = clock;
  }

  /** Adds points; true if they are enough for a ban, which the caller decides about. */
  punish(address: string, points: number): boolean {
    const conduct = this.conduct(address);
    this.decay(conduct);
    conduct.points += points;
    if (conduct.points >= DISCOURAGED_POINTS) this.discourage(address);
    return conduct.points >= BAN_POINTS;
  }

  points(address: string): number {
    const conduct = this.byKey.get(addressKey(address));
    return conduct === undefined ? 0 : this.current(conduct);
  }

  /** Bans for an hour, twice as long each time within a week, at most a day; points start again. */
  ban(address: string): void {
    const conduct = this.conduct(address);
    const nowMs = this.clock.monotonicMs();
    conduct.bans = conduct.bans.filter((atMs) => nowMs - atMs < TIMERS.banMemory);
    conduct.bans.push(nowMs);
    conduct.bannedUntilMs = nowMs + Math.min(TIMERS.banMost, TIMERS.ban * 2 ** (conduct.bans.length - 1));
    conduct.points = 0;
  }

  /** Bans that began within this many milliseconds. */
  bansWithin(periodMs: number): number {
    const fromMs = this.clock.monotonicMs() - periodMs;
    let count = 0;
    for (const { bans } of this.byKey.values()) for (const atMs of bans) if (atMs >= fromMs) count++;
    return count;
  }

  isBanned(address: string): boolean {
    return (this.byKey.get(addressKey(address))?.bannedUntilMs ?? 0) > this.clock.monotonicMs();
  }

  /** Not dialled for a while, first to make room. */
  discourage(address: string): void {
    this.conduct(address).discouragedUntilMs = this.clock.monotonicMs() + TIMERS.discouraged;
  }

  isDiscouraged(address: string): boolean {
    return (this.byKey.get(addressKey(address))?.discouragedUntilMs ?? 0) > this.clock.monotonicMs();
  }

  /** Starts again from no points. */
  pardon(address: string): void {
    this.conduct(address).points = 0;
  }

  /** Takes points back that turned out undeserved, and a ban with them if there is one (spec/09 §4). */
  forgive(address: string, points: number): void {
    const conduct = this.byKey.get(addressKey(address));
    if (conduct === undefined) return;
    if (conduct.bannedUntilMs > this.clock.monotonicMs()) {
      conduct.bannedUntilMs = 0;
      conduct.bans.pop();
    }
    this.decay(conduct);
    conduct.points = Math.max(0, conduct.points - points);
    if (conduct.points < DISCOURAGED_POINTS) conduct.discouragedUntilMs = 0;
  }

  /** Counts a connection in another protocol; true once there were too many in an hour. */
  countForeign(address: string): boolean {
    const conduct = this.conduct(address);
    const nowMs = this.clock.monotonicMs();
    if (nowMs - conduct.foreignSinceMs >= HOUR_MS) {
      conduct.foreign = 0;
      conduct.foreignSinceMs = nowMs;
    }
    return ++conduct.foreign > FREE_FOREIGN;
  }

  /** Addresses with points or a ban, for those who may see them. */
  *scores(): Generator<{ address: string; points: number; banEndsAt: number | null }> {
    for (const [address, conduct] of this.byKey) {
      const points = this.current(conduct);
      const banEndsAt = this.wallTime(conduct.bannedUntilMs);
      if (points > 0 || banEndsAt !== null) yield { address, points, banEndsAt };
    }
  }

  save(): SavedBan[] {
    const nowMs = this.clock.monotonicMs();
    const saved: SavedBan[] = [];
    for (const [address, { bannedUntilMs, bans }] of this.byKey) {
      const recent = bans.filter((atMs) => nowMs - atMs < TIMERS.banMemory);
      if (recent.length === 0) continue;
      const toSeconds = (ms: number): number => this.clock.now() + (ms - nowMs) / 1000;
      saved.push({ address, until: toSeconds(Math.max(bannedUntilMs, nowMs)), bans: recent.map(toSeconds) });
    }
    return saved;
  }

  restore(saved: readonly SavedBan[]): void {
    const nowMs = this.clock.monotonicMs();
    const toMs = (seconds: number): number => nowMs + (seconds - this.clock.now()) * 1000;
    for (const { address, until, bans } of saved.slice(0, LIMITS.addressesRemembered)) {
      const conduct = this.conduct(address);
      // A clock that was wrong when it was saved must not ban for longer than a ban lasts.
      conduct.bannedUntilMs = Math.min(toMs(until), nowMs + TIMERS.banMost);
      conduct.bans = bans.map(toMs).filter((atMs) => atMs <= nowMs && nowMs - atMs < TIMERS.banMemory);
    }
  }

  clear(): void {
    this.byKey.clear();
  }

  private wallTime(ms: number): number | null {
    const nowMs = this.clock.monotonicMs();
    return ms > nowMs ? this.clock.now() + (ms - nowMs) / 1000 : null;
  }

  private current({ points, atMs }: Conduct): number {
    return Math.max(0, points - Math.floor((this.clock.monotonicMs() - atMs) / TIMERS.pointDecay));
  }

  /** Whole points only: of two offences that are worth a ban together, none must be lost to the milliseconds between them. */
  private decay(conduct: Conduct): void {
    const nowMs = this.clock.monotonicMs();
    conduct.points = this.current(conduct);
    conduct.atMs = conduct.points === 0 ? nowMs : nowMs - ((nowMs - conduct.atMs) % TIMERS.pointDecay);
  }

  private conduct(address: string): Conduct {
    const key = addressKey(address);
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    if (this.byKey.size >= LIMITS.addressesRemembered) this.forgetOne();
    const nowMs = this.clock.monotonicMs();
    const conduct: Conduct = {
      points: 0,
      atMs: nowMs,
      bannedUntilMs: 0,
      discouragedUntilMs: 0,
      bans: [],
      foreign: 0,
      foreignSinceMs: nowMs,
    };
    this.byKey.set(key, conduct);
    return conduct;
  }

  /** The oldest entry that holds nothing against anybody, if one is near the front; else the oldest. */
  private forgetOne(): void {
    let looked = 0;
    for (const [key, conduct] of this.byKey) {
      if (++looked > 50) break;
      if (conduct.bannedUntilMs > this.clock.monotonicMs() || this.current(conduct) > 0) continue;
      this.byKey.delete(key);
      return;
    }
    const oldest = this.byKey.keys().next();
    if (!oldest.done) this.byKey.delete(oldest.value);
  }
}
