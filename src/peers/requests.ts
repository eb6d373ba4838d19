import { bytesToHex } from "../core/bytes.js";
import type { Random } from "../core/random.js";
import { randomBytes } from "./chance.js";
import { RequestError } from "./errors.js";
import { LIMITS, TIMERS } from "./limits.js";
import { type Payloads, SHARE_REPLY, type WrappedShare } from "./wire/messages.js";

interface Waiting {
  readonly sentMs: number;
  readonly resolve: (shares: readonly WrappedShare[]) => void;
  readonly reject: (error: RequestError) => void;
}

/** The `sharereq` of one connection that wait for their `sharereply` (spec/06 §6.6, §6.7). */
export class Requests {
  private readonly random: Random;
  private readonly waiting = new Map<string, Waiting>();

  constructor(random: Random) {
    this.random = random;
  }

  get size(): number {
    return this.waiting.size;
  }

  has(id: string): boolean {
    return this.waiting.has(id);
  }

  /** `send` is given the id. Times are those of the caller's clock. @throws RequestError */
  ask(nowMs: number, send: (id: string) => void): Promise<readonly WrappedShare[]> {
    if (this.waiting.size >= LIMITS.requestsPerPeer) {
      return Promise.reject(new RequestError("too many requests wait for this peer", "REQUEST_BUSY"));
    }
    const id = bytesToHex(randomBytes(this.random, 32));
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { sentMs: nowMs, resolve, reject });
      send(id);
    });
  }

  /** The answer came. Its id is known to be waited for. */
  answer({ id, result, shares }: Payloads["sharereply"]): void {
    const request = this.waiting.get(id);
    this.waiting.delete(id);
    if (result === SHARE_REPLY.good) request?.resolve(shares);
    else if (result === SHARE_REPLY.tooLong) {
      request?.reject(new RequestError("the answer is too long", "REQUEST_TOO_LONG"));
    } else request?.reject(new RequestError(`answered with result ${result}`, "REQUEST_REFUSED"));
  }

  /** `busyUntilMs`: until then the peer could not answer, because it was sending something long. */
  isOverdue(nowMs: number, busyUntilMs: number): boolean {
    for (const { sentMs } of this.waiting.values()) {
      if (nowMs - Math.max(sentMs, busyUntilMs) >= TIMERS.request) return true;
    }
    return false;
  }

  /** The connection is over. */
  fail(code: "REQUEST_CONNECTION_LOST" | "REQUEST_TIMEOUT"): void {
    const requests = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of requests) {
      reject(new RequestError(code === "REQUEST_TIMEOUT" ? "not answered in time" : "connection lost", code));
    }
  }
}
