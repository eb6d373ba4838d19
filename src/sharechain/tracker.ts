import { Forest, ForestError } from "./forest.js";
import type { ShareFormat, ShareVersion } from "./formats/index.js";
import type { PayoutWindows } from "./payout-windows.js";
import type { ShareRules } from "./rules.js";
import type { Share } from "./share.js";
import { type GentxSize, type ShareForest, type ShareNode, TrackedShare } from "./share-node.js";
import { type DaemonView, type Verdict, verifyShare } from "./verify.js";
import { formatToMint, isOverwhelming } from "./versions.js";
import { Workspace } from "./workspace.js";

/** Size assumed for the generation transaction of a version before any share of it was verified (spec/04 §5.2). */
const INITIAL_GENTX_SIZE: GentxSize = { stripped: 50_000, weight: 200_000 };

/**
 * Every accepted share, and those of them that are verified (spec/04 §1.1). Removal from main is always preceded by
 * removal from verified. The tracker decides nothing about which chain is best; chooseBest does.
 */
export class Tracker {
  readonly rules: ShareRules;
  readonly main: ShareForest = new Forest<TrackedShare>();
  readonly verified: ShareForest = new Forest<TrackedShare>();
  /** Shared by minting and verifying; both mostly ask for windows near the tip. */
  private readonly workspace: Workspace;
  private readonly gentxSizes = new Map<ShareVersion, GentxSize>();
  private readonly check: typeof verifyShare;
  private minimumProtocol: number;

  /** `check`: whoever verifies a share in its place, `verifyShare` by default. */
  constructor(rules: ShareRules, check: typeof verifyShare = verifyShare) {
    this.rules = rules;
    this.check = check;
    this.workspace = new Workspace(rules);
    this.minimumProtocol = rules.network.minimumProtocolVersion;
  }

  /** The payout windows to draft shares with. */
  get windows(): PayoutWindows {
    return this.workspace.windows;
  }

  /** Format of the share to mint on `parent`. */
  formatToMint(parent: ShareNode | null): ShareFormat {
    return formatToMint(parent, this.rules, this.workspace);
  }

  /** Lowest P2P protocol version to accept; only rises (spec/04 §4.3). */
  get minimumProtocolVersion(): number {
    return this.minimumProtocol;
  }

  /**
   * Adds a share that was loaded; null if its hash is present. `seenAt`: seconds since 1970, 0 for stored shares. `peer`:
   * who sent it, null for own and stored ones.
   */
  add(share: Share, seenAt: number, peer: string | null = null): ShareNode | null {
    if (this.main.has(share.id)) return null;
    this.windows.addressMemory.learn(share);
    return this.main.add(new TrackedShare(share, seenAt, peer));
  }

  isVerified(node: ShareNode): boolean {
    return this.verified.has(node.id);
  }

  /** Enters a share that an earlier run verified, without checking it again (spec/04 §10). */
  markVerified(node: ShareNode): void {
    if (!this.isVerified(node)) this.verified.add(node.item);
  }

  /** Verifies a share in its place and remembers success. `now`: seconds since 1970. */
  verify(node: ShareNode, now: number, view: DaemonView): Verdict {
    const { item } = node;
    if (this.isVerified(node)) {
      return { ok: true, naughty: item.naughty, gentxSize: item.gentxSize ?? INITIAL_GENTX_SIZE, votes: null };
    }
    const { chainLength } = this.rules.network;
    if (node.last !== null && node.height < chainLength + 1) {
      return {
        ok: false,
        code: "DRAFT_CHAIN_TOO_SHORT",
        reason: `only ${node.height} of ${chainLength + 1} shares are known`,
        naughty: item.naughty,
      };
    }
    const verdict = this.check(node, now, view, this.rules, this.workspace);
    item.naughty = verdict.naughty;
    if (!verdict.ok) return verdict;
    const { format, version } = item.share;
    if (
      verdict.votes !== null &&
      format.raisesMinimumProtocol &&
      this.minimumProtocol < format.minimumProtocolVersion &&
      isOverwhelming(version, verdict.votes)
    ) {
      this.minimumProtocol = format.minimumProtocolVersion;
    }
    item.gentxSize = verdict.gentxSize;
    this.gentxSizes.set(version, verdict.gentxSize);
    this.verified.add(item);
    return verdict;
  }

  /** Size of the last verified generation transaction of a version: what block filling leaves room for. */
  gentxSizeEstimate(version: ShareVersion): GentxSize {
    return this.gentxSizes.get(version) ?? INITIAL_GENTX_SIZE;
  }

  /** Removes a share everywhere; false if it stands in the middle of a chain, and nothing changes. */
  remove(id: string): boolean {
    try {
      if (this.verified.has(id)) this.verified.remove(id);
      this.main.remove(id);
      return true;
    } catch (error) {
      if (error instanceof ForestError && error.code === "FOREST_NOT_REMOVABLE") return false;
      throw error;
    }
  }
}
