import type { DecayedPayee, DecayedSums, DecayedWindow } from "./decayed-window.js";
import { amountOf, countUnpaid, setAmount, setSafeAmount, sortNearlySorted, sumOf } from "./payees.js";
import type { SplitWish } from "./payouts.js";
import type { ShareRules } from "./rules.js";
import type { ShareNode } from "./share-node.js";
import { Split } from "./split.js";
import { TOTAL } from "./weight-bounds.js";

/** Most payees of a generation transaction besides the donation (spec/20 §6). */
const MAX_PAYEES = 4000;

/** Shares that a share on `parent` pays: from the parent itself down (spec/20 §6). */
function windowLength(parent: ShareNode | null, rules: ShareRules): number {
  return Math.min(parent?.height ?? 0, rules.network.realChainLength);
}

/**
 * Who gets what of a share on `parent` (spec/20 §6): by decayed weight, what rounding and donations leave to the donation
 * but one satoshi at least; the 4000 greatest, zero amounts left out.
 */
export function splitDecayed(
  parent: ShareNode | null,
  { version, subsidy }: Pick<SplitWish, "subsidy" | "version">,
  rules: ShareRules,
  window: DecayedWindow,
): Split {
  const sums = window.sums(parent, windowLength(parent, rules));
  // A node drafts shares of all its miners on the same parent.
  const last = window.division;
  if (last?.sums === sums && last.subsidy === subsidy && last.version === version) return last.split;
  shareOut(sums, subsidy, window);
  const { payees } = sums;
  // The donation has an output of its own, which gets what the others leave.
  const ofDonation = sums.payee(version.donationKey);
  if (ofDonation !== undefined) {
    setSafeAmount(ofDonation, 0);
    sortNearlySorted(payees);
  }
  window.sheet.lay(payees, version, rules);
  const paid = { from: countUnpaid(payees), to: payees.length };
  const split = new Split(window.sheet, [paid], MAX_PAYEES, subsidy - sumOf(payees));
  window.division = { sums, subsidy, version, split };
  return split;
}

/** Everyone's amount, ascending: less than the subsidy in all, as one satoshi at least is for the donation. */
function shareOut(sums: DecayedSums, subsidy: bigint, window: DecayedWindow): void {
  window.division = null;
  divide(sums, subsidy);
  const { payees } = sums;
  sortNearlySorted(payees);
  const greatest = payees.at(-1);
  if (greatest !== undefined && subsidy > 0n && sumOf(payees) === subsidy) {
    setAmount(greatest, amountOf(greatest) - 1n);
    sortNearlySorted(payees);
  }
}

/** Room for rounding what subsidy and bounds are multiplied with. */
const UP = 1 + 2 ** -48;
const DOWN = 1 - 2 ** -48;

/**
 * Each payee's part by weight. Where both bounds of an amount lie between the same two integers, it is the lower of these;
 * for those whose bounds do not, closer bounds are asked for, and at last the exact weights.
 */
function divide(sums: DecayedSums, subsidy: bigint): void {
  let unknown = settle(sums.payees, sums, subsidy);
  if (unknown.length === 0) return;
  sums.narrow();
  unknown = settle(unknown, sums, subsidy);
  if (unknown.length === 0) return;
  const exact = sums.exact();
  for (const payee of unknown) setAmount(payee, (subsidy * exact.weightOf(payee)) / exact.total);
}

const NOBODY: readonly DecayedPayee[] = [];

/** Sets the amounts that the bounds tell; returns whose they do not. */
function settle(payees: readonly DecayedPayee[], { bounds }: DecayedSums, subsidy: bigint): readonly DecayedPayee[] {
  const { least, most } = bounds;
  const known = least[TOTAL]! > 0 && subsidy < 2n ** 53n;
  const leastScale = (Number(subsidy) / most[TOTAL]!) * DOWN;
  const mostScale = (Number(subsidy) / least[TOTAL]!) * UP;
  let unknown: DecayedPayee[] | null = null;
  for (const payee of payees) {
    const { slot } = payee;
    if (bounds.isZero(slot)) {
      setSafeAmount(payee, 0);
      continue;
    }
    const amount = Math.floor(least[slot]! * leastScale);
    if (known && amount === Math.floor(most[slot]! * mostScale)) setSafeAmount(payee, amount);
    else {
      unknown ??= [];
      unknown.push(payee);
    }
  }
  return unknown ?? NOBODY;
}

/** What a block found now would pay, for display: the share that finds it would stand on the best one. */
export function expectedDecayedPayouts(
  best: ShareNode,
  subsidy: bigint,
  donationScript: Uint8Array,
  rules: ShareRules,
  window: DecayedWindow,
): Map<string, bigint> {
  const sums = window.sums(best, windowLength(best, rules));
  shareOut(sums, subsidy, window);
  const { payees } = sums;
  const amounts = new Map(payees.map((payee) => [payee.address, amountOf(payee)]));
  const donationAddress = rules.scriptAddress(donationScript);
  amounts.set(donationAddress, (amounts.get(donationAddress) ?? 0n) + subsidy - sumOf(payees));
  return amounts;
}
