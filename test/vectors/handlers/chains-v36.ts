import assert from "node:assert/strict";
import { asciiToBytes, bytesToBinaryString, bytesToHex, hexToBytes } from "../../../src/core/bytes.js";
import { bitsToHex } from "../../../src/core/compact.js";
import { DecayedWindow } from "../../../src/sharechain/decayed-window.js";
import { draftShare } from "../../../src/sharechain/draft.js";
import { shareFormat } from "../../../src/sharechain/formats/index.js";
import { AddressMemory } from "../../../src/sharechain/merged/address-memory.js";
import { type ChildWeights, ChildWindow } from "../../../src/sharechain/merged/child-weights.js";
import { openMessages } from "../../../src/sharechain/messages.js";
import { blockBranches, segwitData } from "../../../src/sharechain/mint.js";
import { payeeFields } from "../../../src/sharechain/payee-fields.js";
import { poolRate } from "../../../src/sharechain/targets.js";
import { checkSuccession, succession } from "../../../src/sharechain/versions.js";
import { eachCase, type FileHandler, type JsonObject, oneCase, type VectorCase } from "../runner.js";
import { chain, opened, queries } from "./chains.js";
import { describeDecayed, scriptHex } from "./describe-36.js";

type ShareQuery = { readonly share: string };

interface Weights {
  readonly weights: Readonly<Record<string, string>>;
  readonly total_weight: string;
  readonly donation_weight: string;
}

/** chain-v36*.json: what they have besides what the files of other versions have (spec/20 §6, §7, §9, §11, §12). */
export const chainV36: FileHandler = {
  ...chain,
  attempts_per_second: queries<ShareQuery & { dist: string; min_work: boolean; integer_value: string }>(
    ({ share, dist, min_work, integer_value }, _, at) =>
      assert.equal(String(poolRate(at(share), Number(dist), min_work ? "minWork" : "work")), integer_value),
  ),
  message_facts: (value) =>
    oneCase(() => {
      const facts = value as Record<"authority_key" | "inner" | "message_data" | "signature_r" | "signed_hash", string>;
      const seen: string[] = [];
      const messages = openMessages(hexToBytes(facts.message_data), (digest, signature, key) => {
        seen.push(bytesToHex(digest), bytesToHex(signature).slice(8, 72), bytesToHex(key));
        return true;
      });
      assert.deepEqual(seen, [facts.signed_hash, facts.signature_r, facts.authority_key]);
      const payload = messages!.map(({ text }) => bytesToHex(asciiToBytes(text))).join("");
      assert.ok(facts.inner.includes(payload) && payload.length > 100);
      assert.deepEqual(
        messages!.map(({ kind, flags, timestamp }) => [kind, flags, timestamp]),
        [["transition signal", 15, 1771930983]],
      );
      assert.deepEqual(openMessages(hexToBytes(facts.message_data)), messages);
    }),
  think_confirmed: checkConfirmed,
  decayed_weights: queries<ShareQuery & Weights & { max_shares: string }>((row, tracker, at) => {
    const { share, max_shares, ...expected } = row;
    // Some windows are longer than payouts ever are.
    const longest = Math.max(Number(max_shares), tracker.rules.network.realChainLength);
    const windows = [new DecayedWindow(tracker.rules, longest)];
    if (longest === tracker.rules.network.realChainLength) windows.push(tracker.windows.decayed);
    for (const window of windows) {
      assert.deepEqual(describeDecayed(window.weights(at(share), Number(max_shares))), expected);
    }
  }),
  merged_payout_hash: queries<{ previous_share: string; hash: string | null; text: string | null }>(
    ({ previous_share, hash, text }, { windows, rules }, at) => {
      const parent = at(previous_share);
      const maxShares = Math.min(parent.height, rules.network.realChainLength);
      const bytes = windows.commitment.text(parent, maxShares);
      assert.equal(bytes === null ? null : bytesToBinaryString(bytes), text);
      assert.equal(windows.commitment.hash(parent, maxShares), hash);
    },
  ),
  merged_weights: queries<ShareQuery & Weights & { max_shares: string; chain_id: string | null }>(
    (row, tracker, at) => {
      const { share, max_shares, chain_id, ...expected } = row;
      // Without a chain every key is an owner: as for one that nobody has an entry for.
      const chainId = chain_id === null ? NO_CHAIN : Number(chain_id);
      const memory = chain_id === null ? new AddressMemory([]) : tracker.windows.addressMemory;
      const window = new ChildWindow(chainId, memory, tracker.rules);
      assert.deepEqual(describeChild(window.weights(at(share), Number(max_shares))), expected);
    },
  ),
  easing: queries<{
    parent: string;
    type: string;
    dt: string;
    desired_target: string;
    bits: string;
    max_bits: string;
    timestamp: string;
    absheight: string;
    abswork: string;
    far_share_hash: string | null;
  }>((row, { rules, windows }, at) => {
    const parent = at(row.parent);
    const format = shareFormat(Number(row.type))!;
    const { share } = parent.item;
    const version = rules.version(format.version)!;
    const { info } = draftShare(
      parent,
      {
        version,
        data: {
          ...share.info.data,
          ...payeeFields(share.address, format, rules.network.coin),
          previousShareId: share.id,
        },
        address: share.address,
        blockTarget: share.target,
        timestamp: share.info.timestamp + Number(row.dt),
        target: BigInt(`0x${row.desired_target}`),
        segwit: segwitData(blockBranches([]), version),
        otherTransactions: [],
        refMerkleBranch: [],
        lastTxoutNonce: new Uint8Array(8),
      },
      rules,
      windows,
    );
    const { timestamp, maxBits, bits, absheight, abswork, farShareId } = info;
    assert.deepEqual(
      [timestamp, bitsToHex(maxBits), bitsToHex(bits), absheight, abswork, farShareId].map(String),
      [row.timestamp, row.max_bits, row.bits, row.absheight, row.abswork, row.far_share_hash].map(String),
    );
  }),
  auto_ratchet: (value, file) =>
    eachCase(value as { calls: { best: string | null }[] }[], ({ calls }) => checkPolicy(calls, file)),
};

/** No chain has such an identity. */
const NO_CHAIN = 2 ** 32;

export function describeChild({ payees, total, donation }: ChildWeights): JsonObject {
  return {
    weights: Object.fromEntries(
      payees.map(({ kind, script, weight }) => [`${kind} ${scriptHex(script)}`, String(weight)]),
    ),
    total_weight: String(total),
    donation_weight: String(donation),
  };
}

/**
 * A reference whose minting is confirmed raises the lowest protocol that it speaks to; we never do for this version
 * (spec/20 §12). Everything else is as without.
 */
function checkConfirmed(value: unknown, file: JsonObject): Iterable<VectorCase> {
  const without = file.think as readonly JsonObject[];
  return eachCase(value as readonly JsonObject[], (step) => {
    const plain = without.find(({ add }) => JSON.stringify(add) === JSON.stringify(step.add))!;
    assert.ok(["3301", "3500", "3600"].includes(String(step.min_protocol_version)));
    assert.deepEqual({ ...step, min_protocol_version: null }, { ...plain, min_protocol_version: null });
  });
}

/** What we would mint on each of these shares is our policy, not the recorded one; every verifier has to accept it. */
function checkPolicy(calls: readonly { readonly best: string | null }[], file: JsonObject): void {
  const { full } = opened(file);
  for (const { best } of calls) {
    const parent = best === null ? null : full.main.get(best)!;
    const format = full.formatToMint(parent);
    if (parent === null) continue;
    assert.equal(checkSuccession(format, parent, succession(parent, full.rules), full.rules), null);
  }
}
