import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { BoundedMap } from "../core/bounded.js";
import { TokenBucket } from "../core/token-bucket.js";
import { addressOf, isExemptAddress, isLoopback } from "../platform/socket-address.js";

/** Requests a second and at once of one address (spec/12 D.7). */
const REQUESTS = { perSecond: 20, burst: 100 };
/** Addresses remembered; the one that asked longest ago goes. */
const MAX_ADDRESSES = 10_000;

export interface AccessOptions {
  /** For what only operators may see; without one, this machine may. */
  readonly password: string | null;
  readonly nowMs: () => number;
}

/** Who may ask for what, and how often. */
export class Access {
  private readonly options: AccessOptions;
  private readonly buckets = new BoundedMap<string, TokenBucket>(MAX_ADDRESSES);
  private readonly digest: Buffer | null;

  constructor(options: AccessOptions) {
    this.options = options;
    this.digest = options.password === null ? null : sha256(options.password);
  }

  /**
   * By password where there is one, as `Basic` with any user name or as `Bearer`: behind a proxy every request comes from
   * this machine. Without one, requests from this machine are the operator's.
   */
  isOperator(request: IncomingMessage): boolean {
    if (this.digest === null) return isLoopback(addressOf(request.socket));
    const given = passwordOf(request.headers.authorization);
    return given !== null && timingSafeEqual(sha256(given), this.digest);
  }

  /** False for an address that asks too often. Loopback and private ranges are exempt, as they are for miners. */
  mayAsk(request: IncomingMessage): boolean {
    const address = addressOf(request.socket);
    if (isExemptAddress(address)) return true;
    const nowMs = this.options.nowMs();
    const bucket = this.buckets.get(address) ?? new TokenBucket(REQUESTS, nowMs);
    this.buckets.set(address, bucket);
    return bucket.take(nowMs);
  }
}

function passwordOf(header: string | undefined): string | null {
  const [, scheme, value] = /^(Basic|Bearer) +([\x21-\x7e][\x20-\x7e]{0,499})$/i.exec(header ?? "") ?? [];
  if (scheme === undefined || value === undefined) return null;
  if (scheme.toLowerCase() === "bearer") return value;
  const text = Buffer.from(value, "base64").toString();
  const colon = text.indexOf(":");
  return colon < 0 ? null : text.slice(colon + 1);
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
