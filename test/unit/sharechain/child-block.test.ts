import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type AuxpowProof, auxpowCommitment, auxpowProof, readAuxpowCommitment } from "../../../src/bitcoin/auxpow.js";
import { type BlockHash, blockHeader } from "../../../src/bitcoin/block.js";
import { childBlock, childCoinbaseBranch, serialiseChildBlock } from "../../../src/bitcoin/child-block.js";
import { pushBytes } from "../../../src/bitcoin/script.js";
import { strippedTransaction, transactionId } from "../../../src/bitcoin/transaction.js";
import { concatBytes, hashToHex, hexToHash } from "../../../src/core/bytes.js";
import { decode, encode, Reader } from "../../../src/core/codec.js";
import { bitsToTarget } from "../../../src/core/compact.js";
import { hash256 } from "../../../src/core/hash/index.js";
import { merkleApply, merkleRoot } from "../../../src/core/merkle.js";
import { networkByName } from "../../../src/networks/index.js";
import { draftShare } from "../../../src/sharechain/draft.js";
import { ShareError } from "../../../src/sharechain/errors.js";
import { childCoinbases } from "../../../src/sharechain/merged/child-coinbase.js";
import { mergedEntries } from "../../../src/sharechain/merged/entries.js";
import { blockBranches, segwitData, UnsolvedShare } from "../../../src/sharechain/mint.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { loadShare, type Share } from "../../../src/sharechain/share.js";
import type { ShareNode } from "../../../src/sharechain/share-node.js";
import { Tracker } from "../../../src/sharechain/tracker.js";
import { mergedWorkOf } from "../../../src/work/child-work.js";
import { IGNORANT_DAEMON } from "../../vectors/handlers/share-network.js";

// A block of a merged chain from the share chain's weights, as whoever mines it makes it, and whoever verifies the share.

const RULES = new ShareRules({
  ...networkByName("litecoin_regtest"),
  coin: { ...networkByName("litecoin_regtest").coin, pow: "sha256d" },
  maxTarget: (1n << 255n) - 1n,
  chainLength: 4,
  realChainLength: 4,
});
const START = 1_700_000_000;
const VALUE = 10_000n * 100_000_000n;
const CHILD = {
  chainId: 98,
  version: 4,
  previousBlock: "11".repeat(32) as BlockHash,
  time: START,
  bits: 0x1e0fffff,
  transactions: [1, 2, 3].map((n) => {
    const raw = new Uint8Array(60).fill(n);
    return { raw, txid: hash256(raw) };
  }),
};

/**
 * A share by an owner of a kind. `value`: of the child block that it proves, if it proves one. `isSilent`: it does not say where
 * its owner is paid on merged chains.
 */
function mint(
  tracker: Tracker,
  parent: ShareNode | null,
  owner: number,
  value: bigint | null,
  isSilent = false,
): Share {
  const version = RULES.version(36)!;
  const payable = RULES.typedHash(new Uint8Array(20).fill(owner), owner % 3);
  const mergedAddresses = mergedEntries(payable, [], RULES)!;
  const own = { owner: payable.scriptKey, mergedAddresses };
  const weights = tracker.windows.child(98).weights(parent, RULES.network.realChainLength, own);
  const empty = new Uint8Array(0);
  const block = { value: VALUE, height: 5_000_000n, coinbaseScript: empty };
  const child = value === null ? null : childBlock(CHILD, childCoinbases(weights, block)[0]!);
  const commitment =
    child === null ? empty : pushBytes(auxpowCommitment({ merkleRoot: hash256(child.header), size: 1, nonce: 0 }));
  const draft = draftShare(
    parent,
    {
      version,
      data: {
        previousShareId: parent?.item.share.id ?? null,
        coinbase: concatBytes(Uint8Array.of(3, 1, 2, 3), commitment),
        nonce: owner,
        payee: new Uint8Array(20).fill(owner),
        payeeType: owner % 3,
        subsidy: 625_000_000n,
        donation: 100,
        staleInfo: 0,
        desiredVersion: 36n,
      },
      address: payable.address,
      blockTarget: bitsToTarget(0x1e0fffff),
      timestamp: START + 10 * ((parent?.height ?? 0) + 1),
      target: RULES.network.maxTarget,
      segwit: segwitData(blockBranches([]), version),
      mergedAddresses: isSilent ? null : mergedAddresses,
      mergedCoinbases:
        child === null || value === null
          ? null
          : [
              {
                chainId: 98,
                coinbaseValue: value,
                blockHeight: 5_000_000n,
                header: child.header,
                coinbaseBranch: child.coinbaseBranch,
                coinbaseScript: empty,
              },
            ],
      otherTransactions: [],
      refMerkleBranch: [],
      lastTxoutNonce: new Uint8Array(8),
    },
    RULES,
    tracker.windows,
  );
  const unsolved = new UnsolvedShare(draft, blockBranches([]), version);
  for (let nonce = 0; ; nonce++) {
    const header = { version: 0x20000000, previousBlock: null, timestamp: START, bits: 0x1e0fffff, nonce };
    try {
      return loadShare(unsolved.solvedBy(header, new Uint8Array(8)), RULES);
    } catch (error) {
      if (!(error instanceof ShareError && error.code === "SHARE_POW_INVALID")) throw error;
    }
  }
}

function grown(tracker: Tracker, count: number, silent = -1): ShareNode {
  let tip: ShareNode | null = null;
  for (let i = 0; i < count; i++) {
    tip = tracker.add(mint(tracker, tip, 1 + (i % 3), null, i === silent), 0)!;
    assert.ok(tracker.verify(tip, START + 1000, IGNORANT_DAEMON).ok);
  }
  return tip!;
}

describe("a block of a merged chain", () => {
  test("pays by the window, and the share that proves it is accepted", () => {
    const tracker = new Tracker(RULES);
    const tip = grown(tracker, 6);
    const share = mint(tracker, tip, 9, VALUE);
    const commitment = readAuxpowCommitment(share.info.data.coinbase)!;
    assert.equal(hashToHex(commitment.merkleRoot), hashToHex(hash256(share.info.mergedCoinbases![0]!.header)));
    const verdict = tracker.verify(tracker.add(share, 0)!, START + 1000, IGNORANT_DAEMON);
    assert.ok(verdict.ok, verdict.ok ? "" : verdict.reason);
  });

  test("is not proven while the window has a share that leaves its payee to what nodes remember", () => {
    const depends = (silent: number): boolean => {
      const tracker = new Tracker(RULES);
      return tracker.windows.child(98).dependsOnMemory(grown(tracker, 6, silent), RULES.network.realChainLength);
    };
    // The window is of four shares.
    assert.deepEqual([-1, 1, 2, 5].map(depends), [false, false, true, true]);
  });

  test("one that claims another value is not", () => {
    const tracker = new Tracker(RULES);
    const tip = grown(tracker, 6);
    const verdict = tracker.verify(tracker.add(mint(tracker, tip, 9, VALUE + 1n), 0)!, START + 1000, IGNORANT_DAEMON);
    assert.equal(verdict.ok ? "verified" : verdict.code, "CHILD_PROOF_INVALID");
  });

  test("leaves its last transactions out where they do not fit, with their fees", () => {
    const tracker = new Tracker(RULES);
    const parent = grown(tracker, 6);
    const offered = [5n, 7n, null, 13n].map((fee, n) => {
      const raw = new Uint8Array(200_000).fill(n);
      return { raw, txid: hash256(raw), fee };
    });
    // The header, proof and coinbase are given 160 kB and its own length; the third and fourth do not fit into what is left.
    const cases = [
      { sizeLimit: 1_000_000, taken: 4, value: VALUE },
      { sizeLimit: 959_999, taken: 3, value: VALUE - 13n },
      { sizeLimit: 700_000, taken: 2, value: VALUE - 13n },
      { sizeLimit: 1, taken: 0, value: VALUE - 13n - 7n - 5n },
    ];
    for (const { sizeLimit, taken, value } of cases) {
      const offer = {
        template: { ...CHILD, transactions: offered },
        height: 5_000_000n,
        value: VALUE,
        fees: offered.map(({ fee }) => fee),
        sizeLimit,
        coinbaseBranch: childCoinbaseBranch(offered),
      };
      const block = { chainId: 98, hash: "00".repeat(32), target: 1n, previousBlock: CHILD.previousBlock, offer };
      const { merged } = mergedWorkOf([block], { tracker, parent, owner: null, mergedAddresses: null });
      const { block: made, child } = merged!.blocks[0]!;
      assert.equal(made.hash, hashToHex(hash256(child!.header)));
      const [coinbase, ...others] = child!.transactions;
      assert.deepEqual(
        others,
        offered.slice(0, taken).map(({ raw }) => raw),
      );
      assert.deepEqual(
        decode(blockHeader, child!.header).merkleRoot,
        merkleRoot([hash256(coinbase!), ...offered.slice(0, taken).map(({ txid }) => txid)]),
      );
      const { outputs } = decode(strippedTransaction, coinbase!);
      assert.equal(
        outputs.reduce((sum, output) => sum + output.value, 0n),
        value,
      );
    }
  });

  test("goes to its chain with the proof of work behind the header", () => {
    const weights = { payees: [], total: 1n, donation: 1n };
    const [coinbase] = childCoinbases(weights, { value: VALUE, height: 1n, coinbaseScript: new Uint8Array(0) });
    const block = childBlock(CHILD, coinbase!);
    const header = decode(blockHeader, block.header);
    assert.equal(header.version, 0x620104);
    assert.equal(header.previousBlock, CHILD.previousBlock);
    const id = transactionId(decode(strippedTransaction, coinbase!));
    assert.deepEqual(header.merkleRoot, merkleRoot([id, ...CHILD.transactions.map(({ txid }) => txid)]));
    assert.deepEqual(merkleApply(id, block.coinbaseBranch), header.merkleRoot);

    const proof: AuxpowProof = {
      coinbase: {
        transaction: decode(strippedTransaction, coinbase!),
        blockHash: hexToHash("22".repeat(32)),
        link: { branch: [], index: 0 },
      },
      chainLink: { branch: [], index: 0 },
      parentHeader: header,
    };
    const reader = new Reader(serialiseChildBlock(block, encode(auxpowProof, proof)));
    assert.deepEqual(reader.raw(80), block.header);
    assert.deepEqual(auxpowProof.read(reader), proof);
    assert.equal(reader.varint(), 4n);
    assert.deepEqual(reader.raw(coinbase!.length), coinbase);
    for (const { raw } of CHILD.transactions) assert.deepEqual(reader.raw(raw.length), raw);
    reader.end();
  });
});
