import type { Socket } from "node:net";
import type { Clock } from "../../platform/clock.js";
import type { Logger } from "../../platform/log.js";
import { addressOf, isExemptAddress } from "../../platform/socket-address.js";
import type { Bans } from "../bans.js";
import { RequestBudget, type RequestVerdict, SubmissionConduct } from "../conduct.js";
import type { Limits } from "../limits.js";
import type { RejectReason } from "./reply.js";

/** What comes too late is no offence, nor is what was handed out too long ago (spec/11 §4.11). */
const HARMLESS: ReadonlySet<RejectReason | null> = new Set([null, "stale-work", "unknown-work"]);

/**
 * How those behave who ask for work over HTTP, by the same measure as on Stratum (spec/11 §4.11): requests are counted by
 * connection, rubbish by address, as some miners make a connection for each solution.
 */
export class Guests {
  private readonly options: GuestsOptions;
  private readonly budgets = new WeakMap<Socket, RequestBudget>();
  private readonly conducts = new Map<string, SubmissionConduct>();

  constructor(options: GuestsOptions) {
    this.options = options;
  }

  /** One more request of a connection. One that must be closed has been. */
  request(socket: Socket): RequestVerdict {
    const { clock, limits } = this.options;
    const nowMs = clock.monotonicMs();
    let budget = this.budgets.get(socket);
    if (budget === undefined) {
      budget = new RequestBudget({ limits, nowMs });
      this.budgets.set(socket, budget);
    }
    const verdict = budget.take(nowMs);
    if (verdict === "close") this.offend(socket, "too many requests");
    return verdict;
  }

  /** A solution was judged. Returns whether its connection is to be closed once it has its answer. */
  judged(socket: Socket, rejected: RejectReason | null): boolean {
    const address = addressOf(socket);
    // Behind these may be many miners, one of them broken.
    if (isExemptAddress(address) || address === "") return false;
    const { clock, limits } = this.options;
    let conduct = this.conducts.get(address);
    if (conduct === undefined) {
      if (this.conducts.size >= limits.addressesRemembered) this.conducts.delete(this.conducts.keys().next().value!);
      conduct = new SubmissionConduct({ limits });
      this.conducts.set(address, conduct);
    }
    if (!conduct.note(!HARMLESS.has(rejected), clock.monotonicMs())) return false;
    // Counted anew: else each further one would be an offence.
    this.conducts.delete(address);
    this.note(address, "mostly invalid submissions");
    return true;
  }

  private offend(socket: Socket, reason: string): void {
    this.note(addressOf(socket), reason);
    socket.destroy();
  }

  private note(remoteAddress: string, reason: string): void {
    const { bans, clock, log } = this.options;
    if (bans.offended(remoteAddress, clock.monotonicMs())) {
      log.warn({ remoteAddress, reason }, "an address is banned for ten minutes");
    }
  }
}

interface GuestsOptions {
  readonly bans: Bans;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Logger;
}
