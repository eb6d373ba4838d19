import { COMBINED_DONATION_SCRIPT } from "../../bitcoin/address.js";
import { pushScript } from "../../bitcoin/script.js";
import { strippedTransaction, type TransactionOutput } from "../../bitcoin/transaction.js";
import { asciiToBytes, binaryStringToBytes, concatBytes } from "../../core/bytes.js";
import { encode } from "../../core/codec.js";
import type { ChildWeights } from "./child-weights.js";
import { childForm } from "./owner.js";

const COINBASE_TEXT = asciiToBytes("/P2Pool v36/");
/** An output that carries a text and no value. */
const TEXT_OUTPUT: TransactionOutput = {
  value: 0n,
  script: concatBytes(Uint8Array.of(0x6a, 0x14), asciiToBytes("P2Pool merged mining")),
};

export interface ChildBlock {
  /** In the child chain's smallest unit. */
  readonly value: bigint;
  readonly height: bigint;
  /** Script of the input; empty for the one that follows from the height. */
  readonly coinbaseScript: Uint8Array;
}

interface Part {
  /** Bytes as characters. */
  readonly script: string;
  readonly amount: bigint;
}

/**
 * The coinbase of a merged chain's block that pays every miner of the window (spec/20 §9.4). More than one where rounding
 * leaves open whose unit goes to the donation: verifying takes any of them, and the first is the one to mine.
 */
export function childCoinbases(weights: ChildWeights, block: ChildBlock): Uint8Array[] {
  const { value, height, coinbaseScript } = block;
  const parts = divide(weights, value);
  const donation = value - parts.reduce((sum, { amount }) => sum + amount, 0n);
  const script = coinbaseScript.length > 0 ? coinbaseScript : concatBytes(pushScript([height]), COINBASE_TEXT);
  const build = (paid: readonly Part[], donated: bigint): Uint8Array =>
    encode(strippedTransaction, {
      version: 1,
      inputs: [{ previousOutput: null, script, sequence: 0xffffffff }],
      outputs: [
        ...paid.map((part) => ({ value: part.amount, script: binaryStringToBytes(part.script) })),
        TEXT_OUTPUT,
        { value: donated, script: COMBINED_DONATION_SCRIPT },
      ],
      lockTime: 0,
    });
  if (donation > 0n || value === 0n || parts.length === 0) return [build(parts, donation)];

  const most = parts.map(({ amount }) => amount).reduce(greater);
  const losers = parts.filter(({ amount }) => amount === most).reverse();
  return losers.map((loser) =>
    build(
      parts.map((part) => (part === loser ? { ...part, amount: part.amount - 1n } : part)),
      1n,
    ),
  );
}

/** Ascending by script; who gets nothing is left out. */
function divide({ payees, total, donation }: ChildWeights, value: bigint): Part[] {
  const byScript = new Map<string, bigint>();
  let payable = 0n;
  for (const { kind, script: known, weight } of payees) {
    const script = kind === "entry" ? known : childForm(known);
    if (script === null) continue;
    byScript.set(script, (byScript.get(script) ?? 0n) + weight);
    payable += weight;
  }
  if (payable === 0n) return [];
  const rest = value - (value * donation) / total;
  return [...byScript]
    .map(([script, weight]) => ({ script, amount: (rest * weight) / payable }))
    .filter(({ amount }) => amount > 0n)
    .sort((a, b) => (a.script < b.script ? -1 : 1));
}

function greater(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
