import assert from "node:assert/strict";
import { auxpowCommitment, auxpowPaths, auxpowTree, readAuxpowCommitment } from "../../../src/bitcoin/auxpow.js";
import { pushBytes } from "../../../src/bitcoin/script.js";
import { strippedTransaction, transactionId } from "../../../src/bitcoin/transaction.js";
import { bytesToBinaryString, bytesToHex, hashToHex, hexToBytes, hexToHash } from "../../../src/core/bytes.js";
import { decode } from "../../../src/core/codec.js";
import { merkleApply, merkleRoot } from "../../../src/core/merkle.js";
import { childCoinbases } from "../../../src/sharechain/merged/child-coinbase.js";
import type { ChildPayeeKind, ChildWeights } from "../../../src/sharechain/merged/child-weights.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { loadShare } from "../../../src/sharechain/share.js";
import type { ShareNode } from "../../../src/sharechain/share-node.js";
import { Tracker } from "../../../src/sharechain/tracker.js";
import { eachCase, type FileHandler, type JsonObject } from "../runner.js";
import { describeChild } from "./chains-v36.js";
import { IGNORANT_DAEMON } from "./share-network.js";
import { rulesOf } from "./shares-v36.js";

// merged-v36.json: chains mined along with the share chain's coin (spec/20 §9).

/** Far enough after every recorded timestamp. */
const NOW = 1_800_000_000;

export const mergedV36: FileHandler = {
  aux_trees: (value) => eachCase(value as AuxTree[], checkTree),
  coinbases: (value) => eachCase(value as Coinbase[], checkCoinbase),
  windows: (value) => eachCase(value as Window[], checkWindow),
  proofs: (value) => eachCase(value as Proof[], checkProof),
};

interface AuxTree {
  readonly hashes: Readonly<Record<string, string>>;
  readonly slots: Readonly<Record<string, string>>;
  readonly leaves: readonly string[];
  readonly branches: Readonly<Record<string, readonly string[]>>;
  readonly size: string;
  readonly root: string;
  readonly commitment: string;
  readonly pushed: string;
}

function checkTree(row: AuxTree): void {
  const hashes = new Map(Object.entries(row.hashes).map(([id, hash]) => [Number(id), hexToHash(hash)]));
  const { size, slots } = auxpowTree([...hashes.keys()]);
  const leaves = new Map([...hashes].map(([id, hash]) => [slots.get(id)!, hash]));
  const { root, branches } = auxpowPaths(size, leaves);
  const commitment = auxpowCommitment({ merkleRoot: root, size, nonce: 0 });
  assert.deepEqual(
    {
      size: String(size),
      slots: Object.fromEntries([...slots].map((entry) => entry.map(String))),
      root: hashToHex(root),
      branches: Object.fromEntries([...slots].map(([id, slot]) => [id, branches.get(slot)!.map(hashToHex)])),
      commitment: bytesToHex(commitment),
      pushed: bytesToHex(pushBytes(commitment)),
    },
    {
      size: row.size,
      slots: row.slots,
      root: row.root,
      branches: row.branches,
      commitment: row.commitment,
      pushed: row.pushed,
    },
  );
  assert.deepEqual(readAuxpowCommitment(pushBytes(commitment)), { merkleRoot: root, size, nonce: 0 });
  assert.equal(hashToHex(merkleRoot(row.leaves.map(hexToHash))), row.root);
  for (const [id, hash] of hashes) {
    const slot = slots.get(id)!;
    assert.equal(hashToHex(merkleApply(hash, branches.get(slot)!, slot)), row.root);
  }
}

interface Coinbase {
  readonly weights: readonly { readonly key: string; readonly weight: string }[];
  readonly total_weight: string;
  readonly donation_weight: string;
  readonly coinbase_value: string;
  readonly block_height: string;
  readonly outputs: readonly { readonly script: string; readonly value: string }[] | null;
  readonly tx_hex: string | null;
  readonly txid: string | null;
  readonly alternatives?: readonly string[];
}

function checkCoinbase(row: Coinbase): void {
  const weights: ChildWeights = {
    payees: row.weights.map(({ key, weight }) => {
      const [kind, script = ""] = key.split(" ");
      return {
        kind: kind as ChildPayeeKind,
        script: bytesToBinaryString(hexToBytes(script)),
        weight: BigInt(weight),
      };
    }),
    total: BigInt(row.total_weight),
    donation: BigInt(row.donation_weight),
  };
  const block = {
    value: BigInt(row.coinbase_value),
    height: BigInt(row.block_height),
    coinbaseScript: new Uint8Array(0),
  };
  const built = childCoinbases(weights, block);
  assert.deepEqual(built.map(bytesToHex), row.alternatives ?? [row.tx_hex]);
  if (row.txid === null) return;
  const transaction = decode(strippedTransaction, built[0]!);
  assert.equal(hashToHex(transactionId(transaction)), row.txid);
  assert.deepEqual(
    transaction.outputs.map(({ script, value }) => ({ script: bytesToHex(script), value: String(value) })),
    row.outputs,
  );
}

interface Window {
  readonly network: string;
  readonly shares: readonly string[];
  readonly arrival: readonly string[];
  readonly results: readonly (JsonObject & {
    readonly best_share: string;
    readonly max_shares: string;
    readonly coinbase_98?: string;
  })[];
}

function checkWindow({ network, shares, arrival, results }: Window): void {
  const { network: described } = rulesOf(network);
  const tracker = new Tracker(
    new ShareRules({
      ...described,
      mergedChains: [98, 5].map((chainId) => ({ ...described.mergedChains[0]!, chainId })),
    }),
  );
  for (const i of arrival) add(tracker, shares[Number(i)]!);
  for (const { best_share, max_shares, coinbase_98, weights_commitment, ...row } of results) {
    const best = tracker.main.get(best_share)!;
    const { windows } = tracker;
    const maxShares = Math.min(Number(max_shares), tracker.rules.network.realChainLength);
    const text = windows.commitment.text(best, maxShares);
    const weights = windows.child(98).weights(best, maxShares);
    assert.deepEqual(
      {
        merged_payout_text: text === null ? null : bytesToBinaryString(text),
        merged_payout_hash: windows.commitment.hash(best, maxShares),
        weights_98: describeChild(weights),
        weights_5: describeChild(windows.child(5).weights(best, maxShares)),
      },
      row,
    );
    if (coinbase_98 === undefined) assert.equal(weights.payees.length, 0);
    else {
      const block = { value: 10n ** 12n, height: 6_000_000n, coinbaseScript: new Uint8Array(0) };
      assert.equal(bytesToHex(childCoinbases(weights, block)[0]!), coinbase_98);
    }
    // The same as the text, but for the form.
    const { weights: entries } = weights_commitment as { weights: Record<string, string> };
    const parts = (text === null ? "" : bytesToBinaryString(text)).split("|").slice(0, -2);
    assert.deepEqual(Object.fromEntries(parts.map((part) => `owner ${part}`.split(":"))), entries);
  }
}

interface Proof {
  readonly network: string;
  readonly shares: readonly string[];
  readonly result: "verified" | object;
  readonly result_without_share_3?: object;
}

function checkProof({ network, shares, result, result_without_share_3 }: Proof): void {
  const rules = rulesOf(network);
  const verdict = (raws: readonly string[]): boolean => {
    const tracker = new Tracker(rules);
    const nodes = raws.map((raw) => add(tracker, raw));
    const verdict = tracker.verify(nodes.at(-1)!, NOW, IGNORANT_DAEMON);
    if (!verdict.ok) assert.equal(verdict.code, "CHILD_PROOF_INVALID", verdict.reason);
    return verdict.ok;
  };
  assert.equal(verdict(shares), result === "verified");
  if (result_without_share_3 !== undefined) assert.equal(verdict(shares.filter((_, i) => i !== 3)), false);
}

function add(tracker: Tracker, raw: string): ShareNode {
  return tracker.add(loadShare(hexToBytes(raw), tracker.rules), 0)!;
}
