import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { bytesToHex, hexToBytes } from "../../../src/core/bytes.js";
import { networkByName } from "../../../src/networks/index.js";
import { mergedEntries } from "../../../src/sharechain/merged/entries.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { loadShare } from "../../../src/sharechain/share.js";
import { Tracker } from "../../../src/sharechain/tracker.js";
import { rulesOf } from "../../vectors/handlers/shares-v36.js";

const DATA = new URL("../../../../test/vectors/data/merged-v36.json", import.meta.url);
const { proofs } = JSON.parse(readFileSync(fileURLToPath(DATA), "utf8")) as {
  proofs: { case: string; network: string; shares: string[] }[];
};

describe("entries for merged chains (spec/20 §9.3)", () => {
  const rules = new ShareRules(networkByName("litecoin"));
  const hash = new Uint8Array(20).fill(7);

  test("where a miner says nothing, his own key or script is said for him", () => {
    const scripts = [0, 1, 2].map((type) => mergedEntries(rules.typedHash(hash, type), [], rules)!);
    const key = `76a914${"07".repeat(20)}88ac`;
    assert.deepEqual(
      scripts.map((entries) => entries.map(({ chainId, script }) => [chainId, bytesToHex(script)])),
      [[[98, key]], [[98, key]], [[98, `a914${"07".repeat(20)}87`]]],
    );
    const wanted = [{ chainId: 98, script: Uint8Array.of(0x51) }];
    assert.deepEqual(mergedEntries(rules.typedHash(hash, 0), wanted, rules), wanted);
    assert.equal(mergedEntries(rules.typedHash(hash, 0), [], new ShareRules(networkByName("bitcoin"))), null);
  });

  test("a share that is not minted yet counts for its own proof as if it were held", () => {
    const row = proofs.find((proof) => proof.case.startsWith("the share brings the first entry"))!;
    const vectorRules = rulesOf(row.network);
    const shares = row.shares.map((raw) => loadShare(hexToBytes(raw), vectorRules));
    const last = shares.at(-1)!;
    const before = new Tracker(vectorRules);
    const after = new Tracker(vectorRules);
    for (const share of shares.slice(0, -1)) before.add(share, 0);
    for (const share of shares) after.add(share, 0);
    const weights = (tracker: Tracker, own = false): unknown => {
      const parent = tracker.main.get(last.parentId!)!;
      const { windows } = tracker;
      const entries = { owner: last.payable!.scriptKey, mergedAddresses: last.info.mergedAddresses! };
      return windows.child(98).weights(parent, vectorRules.network.realChainLength, own ? entries : null);
    };
    assert.notDeepEqual(weights(before), weights(after));
    assert.deepEqual(weights(before, true), weights(after));
  });
});
