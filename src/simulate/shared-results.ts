import { digestOf, type Screened, screenShare } from "../peers/share-screen.js";
import type { WrappedShare } from "../peers/wire/messages.js";
import type { ShareRules } from "../sharechain/rules.js";
import type { Share } from "../sharechain/share.js";
import { type Verdict, verifyShare } from "../sharechain/verify.js";

type VerifyShare = typeof verifyShare;

/**
 * Results that the nodes of a simulation share, since the machine would only work the same out again: what bytes decode to,
 * and that a share verifies. Both follow from the bytes alone: a share names its parent by hash, so all that is below it is the
 * same wherever it is held. What is not pure is asked for each node itself: whether enough is known below (the tracker does
 * before it verifies), whether the share is ahead of the node's clock, and conduct inherited from the parent.
 */
export class SharedResults {
  private readonly screened = new Map<string, Screened>();
  private readonly verified = new WeakMap<Share, Verdict>();
  private readonly limit: number;

  /** `limit`: decoded shares to remember; the oldest is forgotten. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** For nodes with these rules only. */
  readonly screen: typeof screenShare = (wrapped: WrappedShare, rules: ShareRules): Screened => {
    const key = `${wrapped.type} ${rules.network.newestShareVersion} ${digestOf(wrapped.raw)}`;
    const known = this.screened.get(key);
    if (known !== undefined) return known;
    const screened = screenShare(wrapped, rules);
    const oldest = this.screened.size >= this.limit ? this.screened.keys().next().value : undefined;
    if (oldest !== undefined) this.screened.delete(oldest);
    this.screened.set(key, screened);
    return screened;
  };

  readonly verify: VerifyShare = (node, now, view, rules, workspace) => {
    const { share, naughty } = node.item;
    const isPlain = naughty === 0 && (node.parent?.item.naughty ?? 0) === 0 && share.info.timestamp <= now;
    const known = isPlain ? this.verified.get(share) : undefined;
    if (known !== undefined) return known;
    const verdict = verifyShare(node, now, view, rules, workspace);
    if (isPlain && verdict.ok && verdict.naughty === 0) this.verified.set(share, verdict);
    return verdict;
  };
}
