import type { Plausibility, ShareSource } from "../peers/share-source.js";
import type { WantedShare } from "../sharechain/choose-best.js";
import { EasiestWindow } from "../sharechain/easiest-window.js";
import type { ShareRules } from "../sharechain/rules.js";
import type { Share } from "../sharechain/share.js";
import type { ShareNode } from "../sharechain/share-node.js";
import type { ShareChain } from "./share-chain.js";

export interface ChainSourceOptions {
  readonly chain: ShareChain;
  /** The daemon's block target; null while unknown. */
  readonly blockTarget: () => bigint | null;
}

/** The node's share chain as its exchange with peers needs it. */
export class ChainSource implements ShareSource {
  private readonly options: ChainSourceOptions;
  private readonly window = new EasiestWindow();

  constructor(options: ChainSourceOptions) {
    this.options = options;
  }

  private get tracker(): ShareChain["tracker"] {
    return this.options.chain.tracker;
  }

  get rules(): ShareRules {
    return this.tracker.rules;
  }

  get(id: string): ShareNode | undefined {
    return this.tracker.main.get(id);
  }

  isVerified(id: string): boolean {
    return this.tracker.verified.has(id);
  }

  best(): ShareNode | null {
    return this.options.chain.best;
  }

  heads(): Iterable<ShareNode> {
    return this.tracker.main.heads();
  }

  wanted(): readonly WantedShare[] {
    return this.options.chain.wanted;
  }

  isSyncing(): boolean {
    const longest = Math.max(0, ...[...this.heads()].map((head) => head.height));
    return 2 * longest < this.rules.network.chainLength;
  }

  async accept(shares: readonly Share[], from: string | null): Promise<void> {
    this.options.chain.accept(shares, from);
  }

  drop(id: string): boolean {
    const node = this.tracker.main.get(id);
    if (node === undefined || node.children.length > 0 || this.isVerified(id)) return false;
    return this.tracker.remove(id);
  }

  plausibility(): Plausibility | null {
    const best = this.best();
    const { chainLength } = this.rules.network;
    if (best === null || this.tracker.verified.height(best.id) < chainLength / 10) return null;
    return {
      easiestTarget: this.window.target(best, chainLength),
      bestTimestamp: best.item.share.info.timestamp,
      blockTarget: this.options.blockTarget(),
    };
  }
}
