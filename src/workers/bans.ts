import { BoundedMap } from "../core/bounded.js";
import { isExemptAddress } from "../platform/socket-address.js";

export interface BanLimits {
  /** Connections closed for bad conduct within `banMs` that ban their address. */
  readonly offencesForBan: number;
  readonly banMs: number;
  /** Addresses remembered; the oldest is forgotten. */
  readonly addressesRemembered: number;
}

interface Offender {
  offences: number;
  /** Of the first offence that counts, monotonic milliseconds. */
  sinceMs: number;
  bannedUntilMs: number;
}

/**
 * Addresses that sent mostly rubbish, again and again, and are not accepted for a while (spec/11 §4.11). Addresses that many
 * miners share, loopback and private ones, are never banned: one broken machine must not cost a farm its work.
 */
export class Bans {
  private readonly limits: BanLimits;
  private readonly offenders: BoundedMap<string, Offender>;

  constructor(limits: BanLimits) {
    this.limits = limits;
    this.offenders = new BoundedMap(limits.addressesRemembered);
  }

  /** A connection was closed for its conduct. Returns whether its address is banned now. */
  offended(address: string, nowMs: number): boolean {
    if (isExemptAddress(address) || address === "") return false;
    const { banMs, offencesForBan } = this.limits;
    let offender = this.offenders.get(address);
    if (offender === undefined || nowMs - offender.sinceMs > banMs) {
      offender = { offences: 0, sinceMs: nowMs, bannedUntilMs: Number.NEGATIVE_INFINITY };
    }
    this.offenders.set(address, offender);
    offender.offences++;
    if (offender.offences < offencesForBan) return false;
    offender.bannedUntilMs = nowMs + banMs;
    return true;
  }

  isBanned(address: string, nowMs: number): boolean {
    const offender = this.offenders.get(address);
    return offender !== undefined && nowMs < offender.bannedUntilMs;
  }
}
