import assert from "node:assert/strict";
import { summarizeTransaction } from "../../../src/bitcoin/transaction.js";
import { bigIntToBytesLE, bytesToHex, concatBytes, hashToHex, hexToBytes, hexToHash } from "../../../src/core/bytes.js";
import { encode } from "../../../src/core/codec.js";
import { bitsToTarget } from "../../../src/core/compact.js";
import { hash256 } from "../../../src/core/hash/index.js";
import { type StaleInfo, staleInfoToByte } from "../../../src/core/stale-info.js";
import { networkByName } from "../../../src/networks/index.js";
import type { ShareData, ShareId } from "../../../src/sharechain/contents.js";
import { describeGentx, describeShare } from "../../../src/sharechain/describe.js";
import { draftShare, type ShareDraft } from "../../../src/sharechain/draft.js";
import { ShareError } from "../../../src/sharechain/errors.js";
import type { ShareFormat } from "../../../src/sharechain/formats/index.js";
import { gentxWithWitness } from "../../../src/sharechain/gentx.js";
import { blockBranches, segwitData, selectTransactions, UnsolvedShare } from "../../../src/sharechain/mint.js";
import { payeeFields } from "../../../src/sharechain/payee-fields.js";
import { punishValue } from "../../../src/sharechain/punish.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { committedBytes, encodeShare, loadShare, type Share } from "../../../src/sharechain/share.js";
import type { ShareNode } from "../../../src/sharechain/share-node.js";
import { Tracker } from "../../../src/sharechain/tracker.js";
import { resolveTransactions } from "../../../src/sharechain/transaction-lists.js";
import { type DaemonView, redraft } from "../../../src/sharechain/verify.js";
import type { FileHandler, JsonObject } from "../runner.js";
import { describeOf36 } from "./describe-36.js";
import { IGNORANT_DAEMON, usesOf, vectorNetwork } from "./share-network.js";

// shares-v*.json: single shares of one version, and what the reference computed of each (spec/03, spec/04 §3 to §6).

interface VectorTransaction {
  readonly hex: string;
  readonly hash: string;
  readonly fee: string | null;
}

interface GenerateInputs {
  readonly block_bits: string;
  readonly block_target: string;
  readonly desired_target: string;
  readonly desired_timestamp: string;
  readonly last_txout_nonce: string;
  readonly ref_merkle_link_branch: readonly string[];
  readonly share_data: Readonly<Record<string, string>> & {
    previous_share_hash: string | null;
    stale_info: string | null;
  };
  readonly transactions: readonly { hash: string }[];
}

interface VectorShare extends JsonObject {
  readonly raw: string;
  readonly type: string;
  readonly absheight: string;
  readonly contents_hex: string;
  readonly generate_inputs: GenerateInputs;
  readonly header: JsonObject;
  readonly txs: readonly VectorTransaction[];
}

/** Far enough after every recorded timestamp. */
const NOW = 1_800_000_000;

export const shares: FileHandler = {
  *sets(value) {
    for (const [s, set] of (value as { network: JsonObject; note: string; shares: VectorShare[] }[]).entries()) {
      const rules = new ShareRules(vectorNetwork(set.network, Number(set.shares[0]!.type)));
      const tracker = new Tracker(rules);
      for (const row of set.shares) {
        yield { name: `set ${s}, absheight ${row.absheight}`, run: () => checkShare(row, tracker) };
      }
    }
  },
  *load_cases(value, file) {
    const network = { ...networkByName("bitcoin"), maxTarget: 2n ** 248n - 1n, ...usesOf(versionOf(file)) };
    const rules = new ShareRules(network);
    for (const row of value as LoadCase[]) {
      yield { name: row.case, run: () => checkLoad(row, rules) };
    }
  },
  *tx_selection(value, file) {
    const version = versionOf(file);
    for (const [i, row] of (value as Selection[]).entries()) {
      yield { name: `[${i}]`, run: () => checkSelection(row, version) };
    }
  },
};

/** Files hold one version each. */
function versionOf(file: JsonObject): number {
  return Number((file.sets as { shares: VectorShare[] }[])[0]!.shares[0]!.type);
}

interface LoadCase {
  readonly case: string;
  readonly raw: string;
  readonly accepted: boolean;
  readonly ban_peer?: boolean | null;
  /** What checking it with nothing else known said. */
  readonly check?: "verified" | object;
}

function checkShare(row: VectorShare, tracker: Tracker): void {
  const { rules } = tracker;
  const share = loadShare(hexToBytes(row.raw), rules);
  const version = rules.version(share.version)!;
  const node = tracker.add(share, 0)!;
  const others = resolveTransactions(node)!;
  const draft = redraft(node, others, rules, tracker.windows);
  const full = version.segwitActive ? gentxWithWitness(draft.gentx) : draft.gentx;
  const daemon = knowing(row.txs);
  const verdict = tracker.verify(node, NOW, daemon);
  assert.ok(verdict.ok, verdict.ok ? "" : verdict.reason);
  const reencoded = bytesToHex(encodeShare(share.contents, version));

  const { generate_inputs, txs, ...recorded } = row;
  const ours: JsonObject = {
    ...describeShare(share),
    raw: reencoded,
    contents_hex: reencoded.slice(reencoded.length - row.contents_hex.length),
    header_hash: share.id,
    share_info_hex: bytesToHex(encode(version.codec.info, share.info)),
    ref_type_hex: bytesToHex(
      concatBytes(rules.network.identifier, committedBytes(draft.infoBytes, share.contents.messages, share.format)),
    ),
    ref_hash: bytesToHex(draft.refHash),
    new_script: bytesToHex((share.payable ?? rules.payable(share.address, share.format.padding))!.script.subarray(1)),
    gentx: describeGentx(full),
    gentx_hex: bytesToHex(full),
    gentx_stripped_hex: bytesToHex(draft.gentx),
    gentx_txid: hashToHex(hash256(draft.gentx)),
    gentx_size: String(verdict.gentxSize.stripped),
    gentx_weight: String(verdict.gentxSize.weight),
    get_other_tx_hashes: others.map(hashToHex),
    other_transaction_hashes: generate_inputs.transactions.map(({ hash }) => hash),
    should_punish: describePunishment(punishValue(node, tracker, daemon)),
    ...(share.format.commitsToMergedPayouts ? describeOf36(node, tracker) : {}),
  };
  assert.deepEqual(Object.fromEntries(Object.keys(recorded).map((key) => [key, ours[key]])), recorded);
  checkMinting(row, node, tracker, draft);
}

/** Minting from what the reference's generator was given leads to the same share, down to its last byte. */
function checkMinting(row: VectorShare, node: ShareNode, tracker: Tracker, verified: ShareDraft): void {
  const { rules } = tracker;
  const { share } = node.item;
  const version = rules.version(share.version)!;
  const { generate_inputs: inputs, txs } = row;
  const transactions = txs.map(offered);
  assert.deepEqual(
    inputs.transactions.map(({ hash }) => hash),
    txs.map(({ hash }) => hash),
  );
  const data = inputs.share_data;
  const draft = draftShare(
    node.parent,
    {
      version,
      data: {
        previousShareId: data.previous_share_hash as ShareId | null,
        coinbase: hexToBytes(data.coinbase!),
        nonce: Number(data.nonce),
        ...wantedPayee(data, version.format, rules),
        subsidy: BigInt(data.subsidy!),
        donation: Number(data.donation),
        staleInfo: staleInfoToByte(data.stale_info as StaleInfo),
        desiredVersion: BigInt(data.desired_version!),
      },
      address: share.address,
      mergedAddresses: share.info.mergedAddresses,
      mergedCoinbases: share.info.mergedCoinbases,
      messages: share.contents.messages,
      blockTarget: bitsToTarget(Number.parseInt(inputs.block_bits, 16)),
      timestamp: Number(inputs.desired_timestamp),
      target: BigInt(`0x${inputs.desired_target}`),
      segwit: segwitData(blockBranches(transactions), version),
      otherTransactions: transactions.map(({ hash }) => hash),
      refMerkleBranch: inputs.ref_merkle_link_branch.map(hexToHash),
      lastTxoutNonce: bigIntToBytesLE(BigInt(inputs.last_txout_nonce), 8),
    },
    rules,
    tracker.windows,
  );
  assert.equal(bitsToTarget(Number.parseInt(inputs.block_bits, 16)), BigInt(`0x${inputs.block_target}`));
  assert.equal(bytesToHex(draft.infoBytes), bytesToHex(verified.infoBytes));
  assert.equal(bytesToHex(draft.gentx), bytesToHex(verified.gentx));
  if (inputs.ref_merkle_link_branch.length > 0) return;
  const { lastTxoutNonce, merkleBranch, messages, minHeader } = share.contents;
  const unsolved = new UnsolvedShare(draft, blockBranches(transactions), version, messages);
  // No hash covers it, and what we put there is not what the reference does (spec/20 §3).
  const unused = version.format.unusedMerkleLink === "empty" ? { merkleBranch } : {};
  const raw = encodeShare({ ...unsolved.contents(minHeader, lastTxoutNonce), ...unused }, version);
  assert.equal(bytesToHex(raw), row.raw);
}

function wantedPayee(
  data: Readonly<Record<string, string | null>>,
  format: ShareFormat,
  rules: ShareRules,
): Pick<ShareData, "payee" | "payeeType"> {
  if (format.payee !== "typedHash") return payeeFields(data.address!, format, rules.network.coin);
  return { payee: hexToBytes(data.pubkey_hash_bytes!), payeeType: Number(data.pubkey_type) };
}

function checkLoad(row: LoadCase, rules: ShareRules): void {
  const load = (): Share => loadShare(hexToBytes(row.raw), rules);
  if (row.accepted) {
    const tracker = new Tracker(rules);
    const verdict = tracker.verify(tracker.add(load(), 0)!, NOW, IGNORANT_DAEMON);
    if (row.check !== undefined) assert.equal(verdict.ok, row.check === "verified", verdict.ok ? "" : verdict.reason);
  } else {
    const peer = row.ban_peer === true ? "ban" : "disconnect";
    assert.throws(load, (error) => error instanceof ShareError && error.peer === peer);
  }
}

interface Selection {
  readonly network: string;
  readonly max_target: string;
  readonly address: string;
  readonly raw: string;
  readonly gentx_hex: string;
  readonly base_subsidy: string;
  readonly subsidy_in: string;
  readonly subsidy_out: string;
  readonly gentx_size: string;
  readonly gentx_weight: string;
  readonly limits: { readonly BLOCK_MAX_SIZE: string; readonly BLOCK_MAX_WEIGHT: string };
  readonly transactions: readonly VectorTransaction[];
  readonly included: readonly string[];
}

/** The recorded run counted a weight of four times the stripped size (spec/01 §6); selecting takes weights as it gets them. */
function checkSelection(row: Selection, version: number): void {
  const candidates = row.transactions.map(offered).map((tx) => ({ ...tx, weight: 4 * tx.strippedSize }));
  const { included, subsidy } = selectTransactions(
    candidates,
    BigInt(row.subsidy_in),
    BigInt(row.base_subsidy),
    { stripped: Number(row.gentx_size), weight: Number(row.gentx_weight) },
    { blockMaxSize: Number(row.limits.BLOCK_MAX_SIZE), blockMaxWeight: Number(row.limits.BLOCK_MAX_WEIGHT) },
  );
  assert.deepEqual(
    included.map(({ hash }) => hashToHex(hash)),
    row.included,
  );
  assert.equal(subsidy, BigInt(row.subsidy_out));

  // The share of the recorded run holds what was selected.
  const rules = new ShareRules({ ...networkByName(row.network), maxTarget: BigInt(`0x${row.max_target}`) });
  const tracker = new Tracker(rules);
  const node = tracker.add(loadShare(hexToBytes(row.raw), rules), 0)!;
  const { share } = node.item;
  assert.equal(share.version, version);
  assert.equal(share.address, row.address);
  assert.equal(share.info.data.subsidy, subsidy);
  assert.deepEqual(share.info.segwit, segwitData(blockBranches(included), rules.version(version)!));
  const draft = redraft(node, resolveTransactions(node)!, rules, tracker.windows);
  const full = rules.version(version)!.segwitActive ? gentxWithWitness(draft.gentx) : draft.gentx;
  assert.equal(bytesToHex(full), row.gentx_hex);
  if (share.format.listsTransactions) assert.deepEqual(resolveTransactions(node)!.map(hashToHex), row.included);
}

interface Offered {
  readonly hash: Uint8Array;
  readonly txid: Uint8Array;
  readonly fee: bigint | null;
  readonly strippedSize: number;
  readonly weight: number;
}

function offered({ hex, hash, fee }: VectorTransaction): Offered {
  const summary = summarizeTransaction(hexToBytes(hex));
  return {
    hash: hexToHash(hash),
    txid: summary.txid,
    fee: fee === null ? null : BigInt(fee),
    strippedSize: summary.stripped,
    weight: summary.weight,
  };
}

/** A daemon that has the transactions of one share. */
function knowing(transactions: readonly VectorTransaction[]): DaemonView {
  const sizes = new Map(transactions.map((tx) => [tx.hash, offered(tx).strippedSize]));
  return { ...IGNORANT_DAEMON, transactionSize: (hash) => sizes.get(hash) };
}

function describePunishment(value: number): [number, string | null] {
  return [value, value === -1 ? "block solution" : null];
}
