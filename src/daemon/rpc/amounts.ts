import type { Brand } from "../../core/bytes.js";
import { P2PoolError } from "../../core/errors.js";
import { JsonNumber } from "./json.js";

/** An amount of coins in the smallest unit (spec/14 §7). */
export type Sat = Brand<bigint, "Sat">;

export class AmountError extends P2PoolError<{ code: "AMOUNT_INVALID" }> {
  constructor(reason: string) {
    super(reason, { code: "AMOUNT_INVALID" });
  }
}

const DECIMALS = 8;
const UNIT = 100_000_000n;
/** 21 million coins; other chains have more. */
const DEFAULT_MAX = 2_100_000_000_000_000n;
/** Amounts have some 16 digits; an exponent may not make a short text a long number. */
const MAX_EXPONENT = 30;

export interface AmountRange {
  /** In satoshi; default 21 million coins. */
  readonly max?: bigint;
  readonly allowNegative?: boolean;
}

/**
 * What a user wrote: digits, with at most 8 after a point. No exponent, no separators, no sign unless allowed.
 *
 * @throws AmountError
 */
export function parseAmount(text: string, range: AmountRange = {}): Sat {
  const match = /^(-?)(\d{1,20})(?:\.(\d{1,8}))?$/.exec(text);
  if (match === null) throw new AmountError(`${JSON.stringify(text.slice(0, 40))} is no amount of coins`);
  const [, sign, whole, fraction = ""] = match;
  if (sign === "-" && range.allowNegative !== true) throw new AmountError("an amount below zero");
  const value = BigInt(whole!) * UNIT + BigInt(fraction.padEnd(DECIMALS, "0"));
  if (value > (range.max ?? DEFAULT_MAX)) throw new AmountError(`${text} is more than there is`);
  return (sign === "-" ? -value : value) as Sat;
}

/** `1.50000000`; with `trim` only the digits that matter: `1.5`. */
export function formatAmount(amount: bigint, { trim = false }: { readonly trim?: boolean } = {}): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(DECIMALS + 1, "0");
  const whole = digits.slice(0, -DECIMALS);
  const fraction = trim ? digits.slice(-DECIMALS).replace(/0+$/, "") : digits.slice(-DECIMALS);
  return `${amount < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Satoshi of a JSON number's text, in any of its forms, by moving the point. @throws AmountError */
export function amountOfJson(text: string): Sat {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  const exponent = Number(match?.[4] ?? 0);
  if (match === null || text.length > 100 || Math.abs(exponent) > MAX_EXPONENT) {
    throw new AmountError("not an amount of coins");
  }
  const [, sign, whole, fraction = ""] = match;
  const digits = whole! + fraction;
  // Digits behind the point of a satoshi.
  const surplus = fraction.length - DECIMALS - exponent;
  if (surplus > 0 && /[1-9]/.test(digits.slice(-surplus))) throw new AmountError("more than 8 decimals");
  const kept = surplus > 0 ? digits.slice(0, -surplus) || "0" : digits + "0".repeat(-surplus);
  const value = BigInt(kept);
  return (sign === "-" ? -value : value) as Sat;
}

/** The JSON literal of an amount, for parameters: `123n` is sent as `0.00000123`. */
export function amountParam(amount: bigint): JsonNumber {
  return new JsonNumber(formatAmount(amount));
}

/** Between the display form of a hash and the order of its bytes on the wire (spec/14 §12.12). */
export function reverseHashHex(hex: string): string {
  return (hex.match(/../g) ?? []).reverse().join("");
}
