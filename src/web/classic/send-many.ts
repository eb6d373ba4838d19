import type { Random } from "../../core/random.js";

/** Most coins that can be given away, in satoshi (spec/12 A.3). */
const MAX_TOTAL = 21_000_000n * 100_000_000n;

/** A decimal number of coins as satoshi, rounded down; null if it is none, negative, or more than there are. */
export function parseCoins(text: string): bigint | null {
  const match = /^(\d{0,20})(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text.trim());
  if (match === null || (match[1] === "" && (match[2] ?? "") === "")) return null;
  const [, whole = "", fraction = "", exponent = "0"] = match;
  const shift = Number(exponent) + 8 - fraction.length;
  if (Math.abs(shift) > 400) return null;
  const digits = BigInt(`0${whole}${fraction}`);
  const satoshi = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
  return satoshi <= MAX_TOTAL ? satoshi : null;
}

/**
 * Divides a donation among those whom a block would pay now (spec/12 A.3): in proportion, with what is less than `threshold`
 * drawn among those who would get it, and the rounding remainder drawn among all. Amounts in satoshi, in the order of
 * `payouts`. The sum is `total` exactly, unless nobody is to be paid.
 */
export function scalePayouts(
  payouts: ReadonlyMap<string, bigint>,
  total: bigint,
  threshold: bigint,
  random: Random,
): Map<string, bigint> {
  const sum = [...payouts.values()].reduce((all, amount) => all + amount, 0n);
  const amounts = new Map<string, bigint>();
  if (sum === 0n) return amounts;
  for (const [address, payout] of payouts) amounts.set(address, (payout * total) / sum);
  const small = [...amounts].filter(([, amount]) => amount < threshold);
  const pooled = small.reduce((all, [, amount]) => all + amount, 0n);
  if (small.length > 0) {
    const winner = draw(small, random);
    for (const [address] of small) if (address !== winner) amounts.delete(address);
    if (winner !== null) amounts.set(winner, pooled);
  }
  const given = [...amounts.values()].reduce((all, amount) => all + amount, 0n);
  const lucky = draw([...amounts], random);
  if (lucky !== null) amounts.set(lucky, amounts.get(lucky)! + total - given);
  return amounts;
}

/** One key with a chance in proportion to its amount; null if all amounts are zero. */
function draw(entries: readonly (readonly [string, bigint])[], random: Random): string | null {
  const sum = entries.reduce((all, [, amount]) => all + amount, 0n);
  if (sum === 0n) return null;
  let left = uniformBelow(sum, random);
  for (const [key, amount] of entries) {
    if (left < amount) return key;
    left -= amount;
  }
  return null;
}

/** Every integer from 0 below `bound` with the same chance: what does not fit is drawn again. */
function uniformBelow(bound: bigint, random: Random): bigint {
  const bits = bound.toString(2).length;
  for (;;) {
    let value = 0n;
    for (let got = 0; got < bits; got += 32) value = (value << 32n) | BigInt(random.uint32());
    value &= (1n << BigInt(bits)) - 1n;
    if (value < bound) return value;
  }
}
