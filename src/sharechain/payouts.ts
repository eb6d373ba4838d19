import { targetToAttempts } from "../core/compact.js";
import { DONATION_SCALE, type PayoutWindow, type Weights } from "./payout-window.js";
import type { ShareRules } from "./rules.js";
import type { ShareNode } from "./share-node.js";

/** One payee of a generation transaction. */
export interface Payout {
  readonly address: string;
  /** Satoshi. */
  readonly amount: bigint;
}

/** Most payees of a generation transaction, donation included (spec/04 §6.4). */
const MAX_PAYEES = 4000;

/** Most weight that a block pays for: the work of SPREAD blocks (spec/04 §6.1). */
function maxWeight(blockTarget: bigint, rules: ShareRules): bigint {
  return DONATION_SCALE * BigInt(rules.network.spread) * targetToAttempts(blockTarget);
}

/** Weights that a share on `parent` pays: the window starts at the grandparent (spec/04 §6.1). */
export function payoutWeights(
  parent: ShareNode | null,
  blockTarget: bigint,
  rules: ShareRules,
  window: PayoutWindow,
): Weights {
  const shares = Math.max(0, Math.min(parent?.height ?? 0, rules.network.realChainLength) - 1);
  return window.weights(parent?.parent ?? null, shares, maxWeight(blockTarget, rules));
}

/**
 * Amounts by address for a share found by `finder` (spec/04 §6.3): 199/200 by weight, 1/200 to the finder, what rounding
 * and donations leave to the donation address. They add up to the subsidy.
 */
export function payoutAmounts(
  weights: Weights,
  subsidy: bigint,
  finder: string,
  donationAddress: string,
): Map<string, bigint> {
  const amounts = new Map<string, bigint>();
  const divisor = 200n * weights.total;
  const factor = 199n * subsidy;
  let paid = 0n;
  for (const [address, weight] of weights.byAddress) {
    const amount = (factor * weight) / divisor;
    amounts.set(address, amount);
    paid += amount;
  }
  const finderAmount = subsidy / 200n;
  amounts.set(finder, (amounts.get(finder) ?? 0n) + finderAmount);
  paid += finderAmount;
  amounts.set(donationAddress, (amounts.get(donationAddress) ?? 0n) + subsidy - paid);
  return amounts;
}

/**
 * The payees in the order of their outputs (spec/04 §6.4): ascending by amount, then by address text; the last 4000 with
 * the donation; zero amounts left out. The donation, which always follows, is given apart.
 */
export function payoutOrder(
  amounts: ReadonlyMap<string, bigint>,
  donationAddress: string,
): { payees: Payout[]; donation: bigint } {
  const payees: Payout[] = [];
  for (const [address, amount] of amounts) if (address !== donationAddress) payees.push({ address, amount });
  payees.sort((a, b) => (a.amount < b.amount ? -1 : a.amount > b.amount ? 1 : a.address < b.address ? -1 : 1));
  const kept = payees.slice(Math.max(0, payees.length - (MAX_PAYEES - 1))).filter(({ amount }) => amount > 0n);
  return { payees: kept, donation: amounts.get(donationAddress) ?? 0n };
}

/**
 * What a block found now would pay, for display (spec/04 §11): the window starts at the best share itself and there is no
 * finder's part.
 */
export function expectedPayouts(
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
