import { BoundedMap } from "../core/bounded.js";
import { isLoopback } from "../platform/socket-address.js";
import type { Limits } from "./limits.js";

interface AddressRecord {
  /** Start of the minute that is counted, monotonic milliseconds. */
  minuteMs: number;
  connects: number;
}

/**
 * How long a new connection has to wait before anybody looks at it: the whole node takes only so many a second, and an
 * address that connects again and again waits longer each time (spec/11 §4.11, §7 row 31). The kernel keeps what it sends
 * meanwhile.
 */
export class Admission {
  private readonly limits: Limits;
  private readonly addresses: BoundedMap<string, AddressRecord>;
  private nextFreeMs = Number.NEGATIVE_INFINITY;

  constructor({ limits }: { limits: Limits }) {
    this.limits = limits;
    this.addresses = new BoundedMap(limits.addressesRemembered);
  }

  /** Milliseconds to wait. `isShared`: many clients come from this address, it does not count by itself. */
  delayMs(address: string, nowMs: number, isShared = isLoopback(address)): number {
    const { acceptBurst, acceptsPerSecond } = this.limits;
    const spacingMs = 1000 / acceptsPerSecond;
    this.nextFreeMs = Math.max(this.nextFreeMs, nowMs - acceptBurst * spacingMs) + spacingMs;
    return Math.max(0, this.nextFreeMs - nowMs, isShared ? 0 : this.addressDelayMs(address, nowMs));
  }

  private addressDelayMs(address: string, nowMs: number): number {
    const { acceptDelayMs, acceptsPerMinutePerAddress } = this.limits;
    let record = this.addresses.get(address);
    if (record === undefined || nowMs - record.minuteMs >= 60_000) {
      record = { minuteMs: nowMs, connects: 0 };
      this.addresses.set(address, record);
    }
    record.connects++;
    const excess = record.connects - acceptsPerMinutePerAddress;
    return excess <= 0 ? 0 : Math.min(acceptDelayMs, 100 * excess);
  }
}
