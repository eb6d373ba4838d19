import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { bytesToBinaryString } from "../../../src/core/bytes.js";
import { networkByName } from "../../../src/networks/index.js";
import { AdoptionWindow } from "../../../src/sharechain/adoption-window.js";
import { Decay } from "../../../src/sharechain/decay.js";
import { splitDecayed } from "../../../src/sharechain/decayed-payouts.js";
import { DecayedWindow } from "../../../src/sharechain/decayed-window.js";
import { Forest } from "../../../src/sharechain/forest.js";
import { PayoutCommitment } from "../../../src/sharechain/merged/payout-commitment.js";
import { amountOf } from "../../../src/sharechain/payees.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { type ShareNode, TrackedShare } from "../../../src/sharechain/share-node.js";
import { checkSuccession, countVotes, formatToMint, succession } from "../../../src/sharechain/versions.js";
import { syntheticShare } from "../../unit/sharechain/support/synthetic.js";
import { eachCase, type FileHandler } from "../runner.js";
import { scriptHex } from "./describe-36.js";
import { usesOf } from "./share-network.js";

// payouts-v36.json: windows of real size, made of shares that only rules describe (spec/20 §6, §9.2, §12).

export const payoutsV36: FileHandler = {
  decay_tables: (value) => eachCase(value as DecayTable[], checkDecay),
  windows: (value) => eachCase(value as Window[], checkWindow),
  ratchet: (value) => eachCase(value as Ratchet[], checkPolicy),
};

interface DecayTable {
  readonly chain_length: string;
  readonly count: string;
  readonly sum: string;
  readonly sha256_of_lines: string;
  readonly values: Readonly<Record<string, string>>;
}

function checkDecay({ chain_length, count, sum, sha256_of_lines, values }: DecayTable): void {
  const decay = new Decay(Number(chain_length), Number(count));
  const factors = Array.from({ length: Number(count) }, (_, k) => decay.factor(k));
  assert.equal(String(factors.reduce((total, factor) => total + factor, 0n)), sum);
  for (const [k, factor] of Object.entries(values)) assert.equal(String(factors[Number(k)]), factor);
  assert.equal(hashOfLines(factors.map(String)), sha256_of_lines);
}

function hashOfLines(lines: readonly string[]): string {
  return createHash("sha256")
    .update(lines.map((line) => `${line}\n`).join(""))
    .digest("hex");
}

interface ScriptValue {
  readonly script: string;
  readonly value: string;
}

interface Window {
  readonly chain_length: string;
  readonly real_chain_length: string;
  readonly shares: string;
  readonly owners: string;
  readonly bits: readonly string[];
  readonly donations: readonly string[];
  readonly votes: readonly string[];
  readonly queries: readonly {
    readonly max_shares: string;
    readonly total_weight: string;
    readonly donation_weight: string;
    readonly count: string;
    readonly sha256_of_lines: string;
    readonly weights?: Readonly<Record<string, string>>;
  }[];
  readonly payouts: readonly {
    readonly subsidy: string;
    readonly count: string;
    readonly sum: string;
    readonly first: readonly ScriptValue[];
    readonly last: readonly ScriptValue[];
    readonly sha256_of_lines: string;
  }[];
  readonly merged_payout_hash: string | null;
  readonly merged_payout_text: string | null;
}

const id = (i: number): string => i.toString(16).padStart(64, "0");

function checkWindow(row: Window): void {
  const [chainLength, realChainLength, count, owners] = [
    row.chain_length,
    row.real_chain_length,
    row.shares,
    row.owners,
  ].map(Number) as [number, number, number, number];
  const rules = new ShareRules({ ...networkByName("litecoin"), ...usesOf(36), chainLength, realChainLength });
  const forest = new Forest<TrackedShare>();
  const at = (list: readonly string[], depth: number): string => list[depth % list.length]!;
  let tip: ShareNode | null = null;
  for (let depth = count - 1; depth >= 0; depth--) {
    const share = syntheticShare({
      id: id(count - depth),
      parent: tip === null ? null : tip.id,
      version: 36,
      payable: rules.typedHash(Buffer.from(id(depth % owners).slice(24), "hex"), 0),
      bits: Number.parseInt(at(row.bits, depth), 16),
      donation: Number(at(row.donations, depth)),
      desiredVersion: Number(at(row.votes, depth)),
    });
    tip = forest.add(new TrackedShare(share, 0, null));
  }

  const longest = Math.max(realChainLength, ...row.queries.map(({ max_shares }) => Number(max_shares)));
  const window = new DecayedWindow(rules, longest);
  for (const query of row.queries) {
    const { byScript, total, donation } = window.weights(tip, Number(query.max_shares));
    const lines = [...byScript].map(([script, weight]) => `${scriptHex(script)}:${weight}`).sort();
    assert.deepEqual([total, donation, byScript.size].map(String), [
      query.total_weight,
      query.donation_weight,
      query.count,
    ]);
    assert.equal(hashOfLines(lines), query.sha256_of_lines);
  }
  const version = rules.version(rules.newest.version)!;
  const { donationScript } = version.format;
  for (const payout of row.payouts) {
    const split = splitDecayed(tip, { version, subsidy: BigInt(payout.subsidy) }, rules, window);
    const outputs = split.payees().map((payee) => ({ script: scriptHex(payee.key), value: String(amountOf(payee)) }));
    outputs.push({ script: Buffer.from(donationScript).toString("hex"), value: String(split.donation) });
    assert.equal(String(outputs.length), payout.count);
    assert.deepEqual(outputs.slice(0, payout.first.length), payout.first);
    assert.deepEqual(outputs.slice(-payout.last.length), payout.last);
    assert.equal(hashOfLines(outputs.map(({ script, value }) => `${script}:${value}`)), payout.sha256_of_lines);
    assert.equal(String(outputs.reduce((sum, { value }) => sum + BigInt(value), 0n)), payout.sum);
  }
  const commitment = new PayoutCommitment(rules);
  const maxShares = Math.min(count, realChainLength);
  assert.equal(commitment.hash(tip, maxShares), row.merged_payout_hash);
  if (row.merged_payout_text !== null) {
    assert.equal(bytesToBinaryString(commitment.text(tip, maxShares)!), row.merged_payout_text);
  }
}

interface Ratchet {
  readonly chain_length: string;
  readonly runs: readonly (readonly [count: string, type: string, vote: string, bits: string])[];
  readonly calls: readonly (readonly string[])[];
}

/** What we mint is our own policy: whatever it is, no verifier may refuse it, and it must not swing with every share. */
function checkPolicy({ chain_length, runs, calls }: Ratchet): void {
  const chainLength = Number(chain_length);
  const rules = new ShareRules({
    ...networkByName("litecoin"),
    ...usesOf(36),
    chainLength,
    realChainLength: chainLength,
  });
  const forest = new Forest<TrackedShare>();
  const windows = new Map(
    ["35", "36"].map((version) => [version, new AdoptionWindow(rules.version(+version)!.format)]),
  );
  let tip: ShareNode | null = null;
  let height = 0;
  let swings = 0;
  let before: number | null = null;
  for (const [count, type, vote, bits] of runs) {
    for (let i = 0; i < Number(count); i++) {
      const share = syntheticShare({
        id: id(++height),
        parent: tip === null ? null : tip.id,
        version: type === "35" ? 35 : 36,
        desiredVersion: Number(vote),
        bits: Number.parseInt(bits, 16),
        address: `address${i % 3}`,
      });
      tip = forest.add(new TrackedShare(share, 0, null));
      const parent = tip;
      const format = formatToMint(parent, rules, {
        votes: countVotes,
        adoption: (wanted, from, shares) => windows.get(String(wanted.version))!.adoption(from, shares),
      });
      assert.equal(checkSuccession(format, parent, succession(parent, rules), rules), null);
      if (before !== null && before !== format.version) swings++;
      before = format.version;
    }
  }
  assert.ok(height >= calls.length);
  assert.ok(swings <= 2 * runs.length, `${swings} swings over ${runs.length} runs`);
}
