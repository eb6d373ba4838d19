import { z } from "zod";
import { AmountError, amountOfJson, type Sat } from "./amounts.js";
import { JsonNumber } from "./json.js";

/** Building blocks of results. Hashes and blobs stay hex text. */
export const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/i, "not an even number of hex digits");
export const hash = z.string().regex(/^[0-9a-f]{64}$/i, "not 64 hex digits");
export const count = z.int().nonnegative();
export const u32 = z.int().min(0).max(0xffffffff);
/** An integer number of satoshi below 2^53, which doubles hold exactly. */
export const sat = z.int().nonnegative();

const anyNumber = z.union([z.number(), z.bigint(), z.instanceof(JsonNumber)]);

/** An amount in coins, read from the digits of the JSON text (spec/14 §7). */
export const amount = anyNumber.transform((value, context): Sat => {
  try {
    return amountOfJson(String(value));
  } catch (error) {
    if (!(error instanceof AmountError)) throw error;
    context.addIssue({ code: "custom", message: error.message });
    return z.NEVER;
  }
});

/** Difficulties, rates, fractions: nothing that is counted. */
export const float = anyNumber.transform(Number);

/** One text, or a list of texts in newer daemons; empty texts are no warnings. */
export const warnings = z
  .union([z.string(), z.array(z.string())])
  .default([])
  .transform((v) => (typeof v === "string" ? [v] : v).filter((text) => text !== ""));

/** Numbers that no schema asked for become doubles, as other JSON readers have them. Changes the value in place. */
export function settleNumbers(value: unknown): unknown {
  if (value instanceof JsonNumber) return Number(value.text);
  if (typeof value !== "object" || value === null) return value;
  const members = value as Record<string, unknown>;
  for (const [key, member] of Object.entries(members)) {
    if (typeof member === "object" && member !== null) members[key] = settleNumbers(member);
  }
  return value;
}
