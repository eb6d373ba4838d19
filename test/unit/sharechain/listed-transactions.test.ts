import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeLegacyAddress } from "../../../src/bitcoin/address.js";
import { referenceSubsidy } from "../../../src/bitcoin/coin.js";
import { hashToHex } from "../../../src/core/bytes.js";
import { bitsToTarget } from "../../../src/core/compact.js";
import { Sha256 } from "../../../src/core/hash/index.js";
import { merkleApply, merkleBranch } from "../../../src/core/merkle.js";
import type { PoolNetwork } from "../../../src/networks/index.js";
import type { ShareContents, TransactionLists } from "../../../src/sharechain/contents.js";
import { draftShare, type ShareWish } from "../../../src/sharechain/draft.js";
import { DraftError } from "../../../src/sharechain/errors.js";
import { punishValue } from "../../../src/sharechain/punish.js";
import { ShareRules, type VersionRules } from "../../../src/sharechain/rules.js";
import { decodeShare, encodeShare, proveShare } from "../../../src/sharechain/share.js";
import type { ShareNode } from "../../../src/sharechain/share-node.js";
import { Tracker } from "../../../src/sharechain/tracker.js";
import type { DaemonView, Verdict } from "../../../src/sharechain/verify.js";
import { IGNORANT_DAEMON } from "../../vectors/handlers/share-network.js";
import { easyNetwork } from "../peers/support/chain.js";
import { syntheticShare } from "./support/synthetic.js";

// Rules that no recorded share tries: found by breaking each rule of the share chain once (`npm run mutants`).

const ZERO_HASH = new Uint8Array(32);
const BLOCK_BITS = 0x1d00ffff;
const START = 1_700_000_000;
/** Meets the easy target of a share, and no block's. */
const POW = Uint8Array.from(ZERO_HASH, (_, i) => (i === 31 ? 1 : 0));
const NOW = START + 10_000;
const hashOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const FINDER = hashOf(7).subarray(0, 20);

/** What a share that lists its transactions claims, in the place of what it should. */
interface Claim {
  readonly transactions: readonly Uint8Array[];
  readonly lists?: TransactionLists;
  readonly merkleBranch?: readonly Uint8Array[];
  readonly subsidy?: bigint;
}

/** Shares of version 33, made consistently around whatever they claim; the proof of work is taken for granted. */
class ListingChain {
  readonly rules: ShareRules;
  readonly tracker: Tracker;
  private readonly version: VersionRules;
  private made = 0;

  constructor(network: Partial<PoolNetwork> = {}) {
    this.rules = new ShareRules(easyNetwork(network));
    this.tracker = new Tracker(this.rules);
    this.version = this.rules.version(33)!;
  }

  add(parent: ShareNode | null, claim: Claim): ShareNode {
    const wish = this.wish(parent, claim);
    const draft = draftShare(parent, wish, this.rules, this.tracker.windows);
    const info = { ...draft.info, transactions: claim.lists ?? draft.info.transactions };
    const hash = Sha256.create().update(draft.gentxPrefix);
    const contents: ShareContents = {
      minHeader: { version: 4, previousBlock: null, timestamp: wish.timestamp, bits: BLOCK_BITS, nonce: ++this.made },
      info,
      refMerkleBranch: [],
      lastTxoutNonce: wish.lastTxoutNonce,
      hashLink: { state: hash.exportState(), rest: new Uint8Array(0), length: BigInt(draft.gentxPrefix.length) },
      merkleBranch: claim.merkleBranch ?? merkleBranch([null, ...claim.transactions], 0),
      messages: null,
    };
    return this.tracker.add(proveShare(decodeShare(encodeShare(contents, this.version), this.rules), POW), 0)!;
  }

  verify(node: ShareNode, view: DaemonView = IGNORANT_DAEMON): Verdict {
    return this.tracker.verify(node, NOW, view);
  }

  private wish(parent: ShareNode | null, { transactions, subsidy = 0n }: Claim): ShareWish {
    const branch = merkleBranch([null, ...transactions], 0);
    return {
      version: this.version,
      data: {
        previousShareId: parent?.id ?? null,
        coinbase: Uint8Array.of(1, 2, 3),
        nonce: this.made,
        payee: FINDER,
        payeeType: null,
        subsidy,
        donation: 0,
        staleInfo: 0,
        desiredVersion: 33n,
      },
      address: encodeLegacyAddress({ version: this.rules.network.coin.addressVersion, hash: FINDER }),
      blockTarget: bitsToTarget(BLOCK_BITS),
      timestamp: (parent?.item.share.info.timestamp ?? START) + 10,
      target: this.rules.network.maxTarget,
      segwit: { txidBranch: branch, wtxidMerkleRoot: merkleApply(ZERO_HASH, branch) },
      otherTransactions: transactions,
      refMerkleBranch: [],
      lastTxoutNonce: new Uint8Array(8),
    };
  }
}

const codeOf = (verdict: Verdict): string => (verdict.ok ? "verified" : verdict.code);

describe("transaction lists before version 34 (spec/03 §10)", () => {
  const [a, b] = [hashOf(1), hashOf(2)];

  test("what an ancestor lists is referred to there, not listed again", () => {
    const chain = new ListingChain();
    const first = chain.add(null, { transactions: [a] });
    assert.equal(codeOf(chain.verify(first)), "verified");
    const again = { newHashes: [a, b], refs: [0n, 0n, 0n, 1n] };
    assert.equal(codeOf(chain.verify(chain.add(first, { transactions: [a, b], lists: again }))), "INFO_MISMATCH");
    const second = chain.add(first, { transactions: [a, b] });
    assert.deepEqual(second.item.share.info.transactions, { newHashes: [b], refs: [1n, 0n, 0n, 0n] });
    assert.equal(codeOf(chain.verify(second)), "verified");
  });

  test("references come in the order in which they are used", () => {
    const chain = new ListingChain();
    const twice = chain.add(null, { transactions: [a, a], lists: { newHashes: [a, a], refs: [0n, 1n, 0n, 0n] } });
    assert.equal(codeOf(chain.verify(twice)), "INFO_MISMATCH");
    assert.equal(codeOf(chain.verify(chain.add(null, { transactions: [a, a] }))), "verified");
  });

  test("of a hash listed twice the first place counts", () => {
    const chain = new ListingChain();
    const twice = chain.add(null, { transactions: [a, a] });
    const next = chain.add(twice, { transactions: [a] });
    assert.deepEqual(next.item.share.info.transactions, { newHashes: [], refs: [1n, 0n] });
    assert.equal(codeOf(chain.verify(next)), "verified");
  });

  test("a hundred ancestors are looked at", () => {
    const chain = new ListingChain();
    let node = chain.add(null, { transactions: [a] });
    for (let i = 0; i < 99; i++) node = chain.add(node, { transactions: [] });
    node = chain.add(node, { transactions: [a] });
    assert.deepEqual(node.item.share.info.transactions, { newHashes: [], refs: [100n, 0n] });
    node = chain.add(node.parent!, { transactions: [] });
    assert.deepEqual(chain.add(node, { transactions: [a] }).item.share.info.transactions!.newHashes, [a]);
  });

  test("a reference past the beginning of the chain leads nowhere", () => {
    const chain = new ListingChain();
    for (const depth of [1n, 5n, 109n]) {
      const node = chain.add(null, { transactions: [], lists: { newHashes: [], refs: [depth, 0n] } });
      assert.equal(codeOf(chain.verify(node)), "TRANSACTION_REFS_UNKNOWN");
    }
  });

  test("none follow a share that lists none", () => {
    const chain = new ListingChain();
    const id = "1".repeat(64);
    const first = chain.tracker.add(syntheticShare({ id, parent: null, version: 34, timestamp: START }), 0)!;
    assert.throws(
      () => chain.add(first, { transactions: [] }),
      (error) => error instanceof DraftError && error.code === "DRAFT_LISTED_TRANSACTIONS",
    );
  });

  test("new hashes come in the order in which they are used", () => {
    const chain = new ListingChain();
    const crossed = chain.add(null, { transactions: [a, b], lists: { newHashes: [b, a], refs: [0n, 1n, 0n, 0n] } });
    assert.equal(codeOf(chain.verify(crossed)), "INFO_MISMATCH");
  });

  test("the merkle branch is as long as that of the transactions", () => {
    const chain = new ListingChain();
    for (const merkleBranch of [[], [a, b]]) {
      const node = chain.add(null, { transactions: [a], merkleBranch });
      assert.equal(codeOf(chain.verify(node)), "MERKLE_BRANCH_MISMATCH");
    }
  });

  test("a share may take the subsidy of the block after the one that it builds on, and its fees", () => {
    const chain = new ListingChain();
    const { coin } = chain.rules.network;
    let height = 1;
    while (referenceSubsidy(coin, height) === referenceSubsidy(coin, height + 1)) height++;
    const fee = 5n;
    const allowed = referenceSubsidy(coin, height + 1) + fee;
    const view: DaemonView = {
      ...IGNORANT_DAEMON,
      blockHeight: () => height,
      fee: (hash) => (hash === hashToHex(a) ? fee : undefined),
    };
    const first = chain.add(null, { transactions: [] });
    assert.ok(chain.verify(first).ok);
    for (const [subsidy, naughty] of [
      [allowed, 0],
      [allowed + 1n, 1],
    ] as const) {
      const verdict = chain.verify(chain.add(first, { transactions: [a], subsidy }), view);
      assert.deepEqual([codeOf(verdict), verdict.naughty], ["verified", naughty]);
    }
  });
});

describe("blocks that are too large (spec/04 §7.2)", () => {
  const limits: readonly (readonly [string, Partial<PoolNetwork>])[] = [
    ["weight", { blockMaxWeight: 10_000 }],
    ["size", { blockMaxSize: 2_500 }],
  ];
  for (const [what, network] of limits) {
    test(what, () => {
      const chain = new ListingChain(network);
      const node = chain.add(null, { transactions: [hashOf(1)] });
      assert.ok(chain.verify(node).ok);
      const punishAt = (size: number): number =>
        punishValue(node, chain.tracker, { ...IGNORANT_DAEMON, transactionSize: () => size });
      const { stripped, weight } = node.item.gentxSize!;
      const largest = what === "weight" ? Math.floor((10_000 - 320 - weight) / 4) : 2_500 - 80 - stripped;
      assert.deepEqual([punishAt(largest), punishAt(largest + 1)], [0, 1]);
    });
  }
});
