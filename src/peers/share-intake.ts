import { BoundedMap } from "../core/bounded.js";
import { bitsToTarget } from "../core/compact.js";
import { hashMeetsTarget } from "../core/hash/index.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { proveShare, ShareError, type UnprovenShare } from "../sharechain/index.js";
import { type Share, targetBytes } from "../sharechain/share.js";
import type { Deliveries } from "./deliveries.js";
import type { FutureShares } from "./future-shares.js";
import { LIMITS } from "./limits.js";
import type { OrphanCap } from "./orphan-cap.js";
import type { Peer } from "./peer.js";
import type { Prover } from "./prover.js";
import { ShareRates } from "./share-rates.js";
import { digestOf, type screenShare } from "./share-screen.js";
import type { Plausibility, ShareSource } from "./share-source.js";
import { TURN_MS, type Turns } from "./turns.js";
import { type UnknownShares, UnknownShareWatch } from "./unknown-shares.js";
import type { WrappedShare } from "./wire/messages.js";

export interface ShareIntakeOptions {
  readonly source: ShareSource;
  readonly clock: Clock;
  readonly log: Logger;
  readonly screen: typeof screenShare;
  readonly turns: Turns;
  readonly prover: Prover;
  readonly deliveries: Deliveries;
  readonly future: FutureShares;
  readonly orphans: OrphanCap;
  /** A peer has sent a proven share of its own accord, for the first time; in time or not. */
  readonly told: (share: Share, peer: Peer) => void;
  /** Whether every transaction that a share lists anew is known (spec/06 §6.8 step 3). */
  readonly hasTransactions: (share: UnprovenShare, peer: Peer) => boolean;
}

interface Candidate {
  readonly share: UnprovenShare;
  readonly digest: string;
  /** Too easy to be a share of today, unless it is a block. */
  readonly mustBeBlock: boolean;
}

export interface IntakeResult {
  /** Shares that were read and belong to what was asked for. */
  readonly good: number;
  /** Of these, shares that were not held before. */
  readonly fresh: number;
}

/** Shares that are looked at in one turn at most: the time is looked at after each, but a test's clock may stand still. */
const SHARES_PER_TURN = 64;
/** Share versions below are obsolete (spec/03 §1). */
const OBSOLETE_BELOW = 17n;
/** After so many share periods without a share any difficulty is plausible. */
const PLAUSIBLE_PERIODS = 20n;

/**
 * The way of received shares into the chain (spec/09 §5.2), each stage cheaper than the next: how many, what the bytes say,
 * known or refused already, plausible, proof of work, room. Works in short turns; the chain verifies them afterwards.
 */
export class ShareIntake {
  private readonly options: ShareIntakeOptions;
  private readonly rates: ShareRates;
  /** By the digest of the bytes as they came: most shares come once from each peer. */
  private readonly seen = new BoundedMap<string, string>(LIMITS.rejectedDigests);
  private readonly inFlight = new Set<string>();
  private readonly unknown: UnknownShareWatch;

  constructor(options: ShareIntakeOptions) {
    this.options = options;
    this.rates = new ShareRates(options.source.rules.network);
    this.unknown = new UnknownShareWatch(options.clock);
  }

  get unknownShares(): UnknownShares | null {
    return this.unknown.current;
  }

  closed(peer: Peer): void {
    this.rates.closed(peer);
  }

  /** Shares that a peer sent of its own accord. */
  async unasked(peer: Peer, shares: readonly WrappedShare[]): Promise<void> {
    const taken = this.rates.take(peer, shares.length, this.options.clock.monotonicMs());
    if (taken < shares.length) peer.offend("over-rate", `${shares.length - taken} shares too many`);
    await this.withCandidates(async (candidates) => {
      await this.inTurns(shares.slice(0, taken), true, (wrapped) => {
        if (peer.isClosed) return false;
        const candidate = this.screen(peer, wrapped, false, wrapped === shares[0]);
        if (candidate === "bad") return false;
        if (candidate === null) return true;
        const welcome = this.isWelcome(peer, candidate.share);
        if (welcome !== "no") this.add(candidates, { ...candidate, mustBeBlock: welcome === "as-block" });
        return true;
      });
      await this.prove(peer, candidates, false);
    });
  }

  /**
   * Shares that answer a request: each must be one of `hashes` or the parent of one that came before it in the answer
   * (spec/06 §6.7). The rest of an answer that goes astray is not looked at.
   */
  async asked(peer: Peer, shares: readonly WrappedShare[], hashes: readonly string[]): Promise<IntakeResult> {
    const expected = new Set(hashes);
    let good = 0;
    return this.withCandidates(async (candidates) => {
      await this.inTurns(shares, false, (wrapped) => {
        const candidate = this.screen(peer, wrapped, true);
        if (candidate === "bad") return false;
        // An obsolete one is passed over; after one of the future the chain cannot be followed.
        if (candidate === null) return wrapped.type < OBSOLETE_BELOW;
        const { id, parentId } = candidate.share;
        if (!expected.has(id)) {
          peer.offend("wrong-reply", "answers with a share that was not asked for");
          return false;
        }
        if (parentId !== null) expected.add(parentId);
        good++;
        if (!this.isKnown(peer, candidate)) this.add(candidates, candidate);
        return true;
      });
      return { good, fresh: await this.prove(peer, candidates, true) };
    });
  }

  /** Candidates are in flight from when they are added until `action` ends, however it ends. */
  private async withCandidates<T>(action: (candidates: Candidate[]) => Promise<T>): Promise<T> {
    const candidates: Candidate[] = [];
    try {
      return await action(candidates);
    } finally {
      for (const { digest } of candidates) this.inFlight.delete(digest);
    }
  }

  /** Unless another peer's is in flight. */
  private add(candidates: Candidate[], candidate: Candidate): void {
    if (this.inFlight.has(candidate.digest)) return;
    this.inFlight.add(candidate.digest);
    candidates.push(candidate);
  }

  /** Looks at shares one after the other, a few milliseconds at a time; ends when `look` says so. */
  private async inTurns(
    shares: readonly WrappedShare[],
    isUrgent: boolean,
    look: (share: WrappedShare) => boolean,
  ): Promise<void> {
    const { clock, turns } = this.options;
    for (let i = 0; i < shares.length; ) {
      await turns.take(isUrgent);
      const endMs = clock.monotonicMs() + TURN_MS;
      const last = Math.min(shares.length, i + SHARES_PER_TURN);
      do {
        if (!look(shares[i]!)) return;
        i++;
      } while (i < last && clock.monotonicMs() < endMs);
    }
  }

  /** Null for one to be skipped. */
  private screen(peer: Peer, wrapped: WrappedShare, isAsked: boolean, isNewest = false): Candidate | "bad" | null {
    const { source, log, screen } = this.options;
    const rawDigest = digestOf(wrapped.raw);
    // An answer is read in any case, to follow it from child to parent.
    if (!isAsked && this.isSeen(peer, rawDigest, isNewest)) return null;
    const isOnItsWay = this.inFlight.has(rawDigest);
    if (!isAsked && !isOnItsWay && !this.rates.takeNew(peer, this.options.clock.monotonicMs())) return null;
    const screened = screen(wrapped, source.rules);
    if (screened.kind === "skipped") {
      if (screened.reason === "unknown" && this.unknown.add(peer.id, wrapped.type)) {
        log.info(
          { peer: peer.id, version: `${wrapped.type}` },
          "a peer sends shares of a version that is not known here",
        );
      }
      return null;
    }
    if (screened.kind === "bad") {
      const isOnRequest = isAsked && screened.offence === "share-malformed";
      peer.offend(isOnRequest ? "share-malformed-on-request" : screened.offence, screened.reason);
      return "bad";
    }
    const { share, digest } = screened;
    this.seen.set(rawDigest, share.id);
    const candidate = { share, digest, mustBeBlock: false };
    if (isAsked) return candidate;
    peer.tells(share.id, isNewest);
    return this.isKnown(peer, candidate) ? null : candidate;
  }

  private isSeen(peer: Peer, rawDigest: string, isNewest: boolean): boolean {
    const { source, deliveries } = this.options;
    const id = this.seen.get(rawDigest);
    if (id === undefined) return false;
    peer.tells(id, isNewest);
    deliveries.repeat(rawDigest, peer);
    return deliveries.isRejected(rawDigest) || source.get(id) !== undefined;
  }

  /** Stage 2: the same copy is held, on its way or refused; or some copy is verified. Another copy is not the same. */
  private isKnown(peer: Peer, { share, digest }: Candidate): boolean {
    const { source, deliveries } = this.options;
    if (this.inFlight.has(digest)) return true;
    if (deliveries.isRejected(digest)) {
      deliveries.repeat(digest, peer);
      return true;
    }
    const held = source.get(share.id);
    if (held === undefined) return false;
    const isSameCopy = digestOf(held.item.share.raw) === digest;
    if (isSameCopy) deliveries.repeat(digest, peer);
    return isSameCopy || source.isVerified(share.id);
  }

  /** Stage 3, and the transactions of old shares. */
  private isWelcome(peer: Peer, share: UnprovenShare): "as-block" | "no" | "yes" {
    const { source, clock, hasTransactions } = this.options;
    if (!hasTransactions(share, peer)) {
      peer.offend("share-unknown-transactions", "a share refers to transactions that are not known");
      return "no";
    }
    const measure = source.plausibility();
    if (measure === null || isPlausible(share, measure, clock.now(), source.rules.network.sharePeriod)) return "yes";
    // The claim costs nothing, but without it the proof of work need not be looked at.
    if (measure.blockTarget !== null && bitsToTarget(share.header.bits) <= measure.blockTarget) return "as-block";
    peer.offend("share-implausible", "a share is far easier than those of the best chain");
    return "no";
  }

  /** Stages 4 and 5, then into the chain. Returns how many are new. */
  private async prove(peer: Peer, candidates: readonly Candidate[], isAsked: boolean): Promise<number> {
    if (candidates.length === 0) return 0;
    const hashes = await this.options.prover.prove(
      candidates.map(({ share }) => share),
      isAsked,
    );
    this.options.orphans.tidy();
    const accepted: Share[] = [];
    for (const [i, candidate] of candidates.entries()) {
      const share = this.proven(peer, candidate, hashes[i]!);
      if (share === null) break;
      if (candidate.mustBeBlock && !this.isBlock(share)) {
        peer.offend("share-implausible", "a share claims to be a block");
      } else if (this.place(peer, share, candidate.digest, isAsked)) accepted.push(share);
    }
    if (accepted.length > 0) await this.options.source.accept(accepted, peer.id);
    return accepted.length;
  }

  private proven(peer: Peer, { share }: Candidate, pow: Uint8Array): Share | null {
    try {
      return proveShare(share, pow);
    } catch (error) {
      if (!(error instanceof ShareError)) throw error;
      peer.offend("share-unproven", error.message);
      return null;
    }
  }

  /** By the daemon's target, not by what the share says of itself. */
  private isBlock(share: Share): boolean {
    const blockTarget = this.options.source.plausibility()?.blockTarget ?? null;
    return blockTarget !== null && hashMeetsTarget(share.powHash, targetBytes(blockTarget));
  }

  /** Whether a proven share goes into the chain now. */
  private place(peer: Peer, share: Share, digest: string, isAsked: boolean): boolean {
    const { source, deliveries, future, orphans } = this.options;
    const isHeld = source.get(share.id) !== undefined;
    if (!isHeld && !isAsked && !orphans.admit(share, peer)) return false;
    deliveries.note(digest, share, peer, isAsked);
    if (!isHeld && !isAsked) this.options.told(share, peer);
    if (future.isAhead(share)) future.hold(share, peer.id);
    else if (!isHeld) return true;
    // Somebody else's copy came first: it may be the bad one.
    else if (!source.isVerified(share.id)) deliveries.keep(share);
    return false;
  }
}

/** Whether a share's target is near those of the best chain: twice as easy, and easier the longer nothing was found. */
function isPlausible(share: UnprovenShare, measure: Plausibility, now: number, sharePeriod: number): boolean {
  const periods = BigInt(Math.max(0, Math.floor((now - measure.bestTimestamp) / sharePeriod)));
  if (periods > PLAUSIBLE_PERIODS) return true;
  // 2 × 1.1^k in integers: no target of 256 bits goes through a float.
  return share.target * 10n ** periods <= measure.easiestTarget * 2n * 11n ** periods;
}
