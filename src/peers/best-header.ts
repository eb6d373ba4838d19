import { type BlockHeader, blockHash, blockHeader } from "../bitcoin/block.js";
import { BoundedMap } from "../core/bounded.js";
import { encode } from "../core/codec.js";
import { bitsToTarget, type CompactBits } from "../core/compact.js";
import { hashMeetsTarget } from "../core/hash/index.js";
import { TokenBucket } from "../core/token-bucket.js";
import type { Clock } from "../platform/clock.js";
import { targetBytes } from "../sharechain/share.js";
import { LIMITS, TIMERS } from "./limits.js";
import type { Peer } from "./peer.js";
import type { Prover } from "./prover.js";

/** What the header logic needs of the current template. */
export interface TemplateFacts {
  readonly previousBlock: string;
  readonly bits: CompactBits;
}

export interface BestHeaderOptions {
  readonly clock: Clock;
  readonly prover: Prover;
  readonly template: () => TemplateFacts | null;
  readonly each: (action: (peer: Peer) => void) => void;
  /** The best header changed: work may begin on it before the daemon knows it (spec/07 §8). */
  readonly onHeader: (header: BlockHeader, hash: string) => void;
}

const MAX_FUTURE_SECONDS = 7_200;

/** The newest block header of the coin that we heard of, from the daemon or from peers (spec/06 §6.9; spec/09 §5.5). */
export class BestHeader {
  private readonly options: BestHeaderOptions;
  private readonly hashes: TokenBucket;
  /** Headers of late, by their hash, and whether they were good. */
  private readonly seen = new BoundedMap<string, "bad" | "easy" | "good">(LIMITS.headersRemembered);
  private current: { readonly header: BlockHeader; readonly hash: string } | null = null;
  private lastRelayMs = Number.NEGATIVE_INFINITY;

  constructor(options: BestHeaderOptions) {
    this.options = options;
    this.hashes = new TokenBucket(LIMITS.headerHashes, options.clock.monotonicMs());
  }

  get header(): BlockHeader | null {
    return this.current?.header ?? null;
  }

  /** The header of the daemon's tip, after each change of the template. */
  fromDaemon(header: BlockHeader): void {
    this.offer(header, blockHash(encode(blockHeader, header)), null);
  }

  async received(peer: Peer, header: BlockHeader): Promise<void> {
    const { clock, prover } = this.options;
    const bytes = encode(blockHeader, header);
    const hash = blockHash(bytes);
    let verdict = this.seen.get(hash);
    if (verdict === undefined) {
      // All peers together may cost only so much; one who comes too late is not to blame.
      if (!this.hashes.take(clock.monotonicMs())) return;
      const [pow] = await prover.hash([bytes], false);
      verdict = this.judge(header, hash, pow!);
      this.seen.set(hash, verdict);
    }
    if (verdict === "bad") peer.offend("header-unproven", "a block header without proof of work");
    else if (verdict === "easy")
      peer.offend("header-too-easy", "a block header that is easier than the daemon's blocks");
    else if (header.timestamp <= clock.now() + MAX_FUTURE_SECONDS) this.offer(header, hash, peer);
  }

  private judge(header: BlockHeader, hash: string, pow: Uint8Array): "bad" | "easy" | "good" {
    if (!hashMeetsTarget(pow, targetBytes(bitsToTarget(header.bits)))) return "bad";
    const template = this.options.template();
    if (template === null || hash === template.previousBlock) return "good";
    return header.bits === template.bits ? "good" : "easy";
  }

  private offer(header: BlockHeader, hash: string, from: Peer | null): void {
    const template = this.options.template();
    if (template === null || this.current?.hash === hash || !this.isBetter(header, hash, template.previousBlock))
      return;
    this.current = { header, hash };
    this.options.onHeader(header, hash);
    const nowMs = this.options.clock.monotonicMs();
    if (from !== null && nowMs - this.lastRelayMs < TIMERS.headerRelay) return;
    // Where the difficulty has just changed, peers would take the tip for a header that is too easy.
    if (header.bits !== template.bits) return;
    this.lastRelayMs = nowMs;
    this.options.each((peer) => peer !== from && peer.send("bestblock", { header }));
  }

  /** A child of the daemon's tip while that is the best, or the tip while its child is not (spec/06 §6.9). */
  private isBetter(header: BlockHeader, hash: string, tip: string): boolean {
    const { current } = this;
    if (current === null) return true;
    if (header.previousBlock === tip && current.hash === tip) return true;
    return hash === tip && current.header.previousBlock !== tip;
  }
}
