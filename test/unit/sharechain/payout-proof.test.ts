import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import {
  checkPayoutProof,
  joinShareChain,
  type PayoutProof,
  ProofError,
  type ProofReport,
  proofFromJson,
  proofLength,
  proofToJson,
  type ShareRules,
  splitShareChain,
} from "../../../src/sharechain/index.js";
import { recordedView } from "../web/support/recorded.js";

function check(proof: PayoutProof, rules: ShareRules): ProofReport {
  const checks = checkPayoutProof(proof, rules);
  for (;;) {
    const step = checks.next();
    if (step.done === true) return step.value;
  }
}

describe("a payout proof of shares that the reference made", () => {
  let proof: PayoutProof;
  let rules: ShareRules;
  before(() => {
    const view = recordedView("ltc2");
    ({ rules } = view.tracker);
    const node = view.figures.best!;
    const [address] = view.figures.users.keys();
    const shares = [...node.chain(Math.min(node.height, proofLength(rules)))].map(({ item }) => item.share.raw);
    proof = { network: rules.network.name, block: node.id, address: address!, shares };
  });

  test("holds, also from its file", () => {
    const report = check(proofFromJson(proofToJson(proof)), rules);
    assert.ok(report.ok, JSON.stringify(report.steps));
    assert.ok(report.amount! > 0n);
    // The weight limit ends the window before its longest, 119.
    assert.ok(report.windowShares > 50 && report.windowShares <= 119);
    assert.deepEqual(
      report.steps.map(({ name }) => name),
      ["hash", "proof of work", "block", "chain", "payouts", "generation transaction", "output"],
    );
    const total = report.payees.reduce((sum, { amount }) => sum + amount, report.donation!);
    assert.equal(total, report.share!.info.data.subsidy);
  });

  const fails = (changed: Partial<PayoutProof>, step: string): void => {
    const report = check({ ...proof, ...changed }, rules);
    assert.equal(report.ok, false);
    assert.equal(report.steps.find(({ ok }) => !ok)?.name, step);
  };

  test("fails for another address, another block, and shares left out, swapped or changed", () => {
    fails({ address: "nobody" }, "output");
    fails({ block: "00".repeat(32) }, "hash");
    fails({ shares: proof.shares.slice(0, 60) }, "chain");
    fails({ shares: [proof.shares[0]!, ...proof.shares.slice(2)] }, "chain");
    const swapped = [...proof.shares];
    [swapped[5], swapped[6]] = [swapped[6]!, swapped[5]!];
    fails({ shares: swapped }, "chain");
    for (const at of [0, 30]) {
      const shares = [...proof.shares];
      shares[at] = Uint8Array.from(shares[at]!);
      shares[at]![20]! ^= 1;
      const report = check({ ...proof, shares }, rules);
      assert.equal(report.ok, false, `share ${at}`);
    }
  });

  test("a file that is none is told why", () => {
    for (const text of ["", "[]", "{}", proofToJson(proof).replace('"version":1', '"version":2'), "null"]) {
      assert.throws(() => proofFromJson(text), ProofError);
    }
    assert.throws(() => proofFromJson(proofToJson(proof).replace(/"shares":\["../, '"shares":["zz')), /shares\[0\]/);
  });

  test("a chain in one piece is its shares again", () => {
    const portion = proof.shares.slice(0, 5);
    const split = splitShareChain(joinShareChain(portion));
    assert.deepEqual(
      split.map((raw) => Buffer.from(raw)),
      portion.map((raw) => Buffer.from(raw)),
    );
    assert.throws(() => splitShareChain(joinShareChain(portion).subarray(0, -1)));
  });
});
