import { targetToAttempts } from "../core/compact.js";
import {
  amountOf,
  countUnpaid,
  isUnpaid,
  type Payee,
  placeAmong,
  setAmount,
  setSafeAmount,
  sortNearlySorted,
  sumOf,
} from "./payees.js";
import { type Division, DONATION_SCALE, FlatPayee, type PayoutWindow, type WindowSums } from "./payout-window.js";
import type { SplitWish } from "./payouts.js";
import type { ShareRules, VersionRules } from "./rules.js";
import type { ShareNode } from "./share-node.js";
import { type Run, Split, type SplitPart } from "./split.js";

/** Most payees of a generation transaction, donation included (spec/04 §6.4). */
const MAX_PAYEES = 4000;

/** Most weight that a block pays for: the work of SPREAD blocks (spec/04 §6.1). */
function maxWeight(blockTarget: bigint, rules: ShareRules): bigint {
  return DONATION_SCALE * BigInt(rules.network.spread) * targetToAttempts(blockTarget);
}

/** Shares that a share on `parent` pays at most: the window starts at the grandparent (spec/04 §6.1). */
function windowLength(parent: ShareNode | null, rules: ShareRules): number {
  return Math.max(0, Math.min(parent?.height ?? 0, rules.network.realChainLength) - 1);
}

/**
 * Bound of the relative error of an amount computed in doubles. Rounding the weight, both parts of the scale, their quotient
 * and the product errs by 5 times 2^-53 at most; the bound is wider, as a miss costs nothing but an exact division.
 */
const RELATIVE_ERROR = 2 ** -49;

/**
 * Who gets what of a share found by `finder` on `parent` (spec/04 §6.3, §6.4): 199/200 by weight, 1/200 to the finder, what
 * rounding and donations leave to the donation; the 4000 greatest, zero amounts left out.
 *
 * Amounts are exact integers. Where a double shows beyond doubt between which two an amount lies, which is nearly always,
 * no bigint is divided: 20 times as fast.
 */
export function splitFlat(
  parent: ShareNode | null,
  { version, blockTarget, subsidy, finder }: SplitWish,
  rules: ShareRules,
  window: PayoutWindow,
): Split {
  const { donationAddress } = rules;
  const sums = window.sums(parent?.parent ?? null, windowLength(parent, rules), maxWeight(blockTarget, rules));
  const { payees } = sums;
  const { byWeight, rest } = divided(sums, subsidy, version, rules, window);
  if (finder === donationAddress) return new Split(window.sheet, [byWeight], MAX_PAYEES - 1, rest);
  const ofFinder = subsidy / 200n;
  const before = sums.payee(finder);
  const after = new FlatPayee(finder);
  after.script = before === undefined ? rules.scriptOf(finder, version) : before.script;
  setAmount(after, ofFinder + (before === undefined ? 0n : amountOf(before)));
  return new Split(window.sheet, moveUp(byWeight, payees, before, after), MAX_PAYEES - 1, rest - ofFinder);
}

/** What holds for every finder: a node drafts shares of all its miners on the same parent. */
function divided(
  sums: WindowSums,
  subsidy: bigint,
  version: VersionRules,
  rules: ShareRules,
  window: PayoutWindow,
): Division {
  const last = window.division;
  if (last?.sums === sums && last.subsidy === subsidy && last.version === version) return last;
  const { payees } = sums;
  divide(sums, subsidy);
  // The donation has an output of its own, which gets what the others leave.
  const ofDonation = sums.payee(rules.donationAddress);
  if (ofDonation !== undefined) setSafeAmount(ofDonation, 0);
  sortNearlySorted(payees);
  window.sheet.lay(payees, version, rules);
  const byWeight = { from: countUnpaid(payees), to: payees.length };
  window.division = { sums, subsidy, version, byWeight, rest: subsidy - sumOf(payees) };
  return window.division;
}

/** The outputs when a payee gets more, or one is added who was not paid. */
function moveUp({ from, to }: Run, payees: readonly Payee[], before: Payee | undefined, after: Payee): SplitPart[] {
  if (isUnpaid(after)) return [{ from, to }];
  const place = placeAmong(payees, after);
  const above = { from: place, to };
  if (before === undefined || isUnpaid(before)) return [{ from, to: place }, after, above];
  return [{ from, to: before.place }, { from: before.place + 1, to: place }, after, above];
}

/** Each payee's part by weight. */
function divide({ payees, total }: WindowSums, subsidy: bigint): void {
  const numerator = 199n * subsidy;
  const denominator = 200n * total;
  const scale = Number(numerator) / Number(denominator);
  for (const payee of payees) {
    const amount = payee.roundedWeight * scale;
    const whole = Math.floor(amount);
    const fraction = amount - whole;
    const error = amount * RELATIVE_ERROR;
    if (fraction > error && fraction < 1 - error) setSafeAmount(payee, whole);
    else setAmount(payee, (numerator * payee.weight) / denominator);
  }
}

/**
 * What a block found now would pay, for display (spec/04 §11): the window starts at the best share itself and there is no
 * finder's part.
 */
export function expectedFlatPayouts(
  best: ShareNode,
  blockTarget: bigint,
  subsidy: bigint,
  rules: ShareRules,
  window: PayoutWindow,
): Map<string, bigint> {
  const shares = Math.min(best.height, rules.network.realChainLength);
  const weights = window.weights(best, shares, maxWeight(blockTarget, rules));
  const amounts = new Map<string, bigint>();
  let paid = 0n;
  for (const [address, weight] of weights.byAddress) {
    const amount = (subsidy * weight) / weights.total;
    amounts.set(address, amount);
    paid += amount;
  }
  amounts.set(rules.donationAddress, (amounts.get(rules.donationAddress) ?? 0n) + subsidy - paid);
  return amounts;
}
