import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bytesToHex, equalBytes, hexToBytes } from "../../../src/core/bytes.js";
import { ShareError } from "../../../src/sharechain/errors.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { decodeShare, encodeShare, loadShare, proveShare, type Share } from "../../../src/sharechain/share.js";
import { Tracker } from "../../../src/sharechain/tracker.js";
import { verifyShare } from "../../../src/sharechain/verify.js";
import { Workspace } from "../../../src/sharechain/workspace.js";
import { IGNORANT_DAEMON, vectorNetwork } from "../../vectors/handlers/share-network.js";
import type { FuzzTarget } from "./target.js";

interface ShareFile {
  readonly sets: readonly { readonly network: Record<string, unknown>; readonly shares: readonly { raw: string }[] }[];
}

/** After every recorded time. */
const NOW = 1_800_000_000;
/** A hash that meets every target: what is looked at here are the checks behind the proof of work. */
const ZERO_HASH = new Uint8Array(32);

/** A recorded chain of one version, with the shares that stand on others. */
class RecordedChain {
  readonly raws: Uint8Array[] = [];
  private readonly rules: ShareRules;
  private readonly tracker: Tracker;
  private readonly workspace: Workspace;
  private readonly byParent: Map<string | null, Share[]>;

  /** `byParent`: the shares of all chains, as those at the beginning of one may fit another. */
  constructor({ network, shares }: ShareFile["sets"][number], version: number, byParent: Map<string | null, Share[]>) {
    this.byParent = byParent;
    this.rules = new ShareRules(vectorNetwork(network, version));
    this.tracker = new Tracker(this.rules);
    this.workspace = new Workspace(this.rules);
    for (const { raw } of shares) {
      const share = loadShare(hexToBytes(raw), this.rules);
      const node = this.tracker.add(share, 0)!;
      assert.ok(this.tracker.verify(node, NOW, IGNORANT_DAEMON).ok, share.id);
      this.raws.push(share.raw);
      this.byParent.set(share.parentId, [...(this.byParent.get(share.parentId) ?? []), share]);
    }
  }

  /**
   * Takes a changed share as if it had its proof of work. What then verifies has the generation transaction of a recorded share
   * up to the reference hash, as none can be made for another one by chance; where it stands is no choice of its miner.
   */
  take(input: Uint8Array): void {
    const { rules, tracker } = this;
    const share = proveShare(decodeShare(input, rules), ZERO_HASH);
    assert.equal(bytesToHex(encodeShare(share.contents, rules.version(share.version)!)), bytesToHex(input));
    const known = tracker.main.get(share.id);
    if (known !== undefined) return;
    const node = tracker.add(share, 0)!;
    try {
      if (!verifyShare(node, NOW, IGNORANT_DAEMON, rules, this.workspace).ok) return;
      const { farShareId, absheight } = share.info;
      const siblings = this.byParent.get(share.parentId) ?? [];
      assert.ok(
        siblings.some(({ contents, info }) => {
          const isPaidAlike = equalBytes(contents.hashLink.state, share.contents.hashLink.state);
          return isPaidAlike && info.farShareId === farShareId && info.absheight === absheight;
        }),
        "a share verifies that stands or pays unlike the one it was made from",
      );
    } finally {
      tracker.remove(share.id);
    }
  }
}

/** Shares of each version, changed: they are refused with a typed error, refused by the chain, or what they were. */
export const SHARE_TARGETS: readonly FuzzTarget[] = [17, 32, 33, 34, 35, 36].map((version) => {
  const path = fileURLToPath(new URL(`../../../../test/vectors/data/shares-v${version}.json`, import.meta.url));
  const { sets } = JSON.parse(readFileSync(path, "utf8")) as ShareFile;
  const byParent = new Map<string | null, Share[]>();
  const chains = sets.map((set) => new RecordedChain(set, version, byParent));
  return {
    name: `shares of version ${version}`,
    seeds: chains.flatMap(({ raws }) => raws),
    // Which chain it belongs to shows in the parent, which a change may have hit: all have a look.
    decode: (input) => {
      let problem: unknown = null;
      for (const chain of chains) {
        try {
          chain.take(input);
        } catch (error) {
          if (!(error instanceof ShareError)) throw error;
          problem = error;
        }
      }
      if (problem !== null) throw problem;
    },
  };
});
