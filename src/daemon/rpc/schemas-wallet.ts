import { z } from "zod";
import { amount, count, hash, hex, u32 } from "./schema-types.js";

/** Wallets (spec/14 §8). Accounts are gone since 0.18: labels are what is left of them. */
const balanceParts = z.looseObject({ trusted: amount, untrusted_pending: amount, immature: amount });

export const balancesSchema = z.looseObject({ mine: balanceParts, watchonly: balanceParts.optional() });

export const unspentSchema = z.array(
  z.looseObject({
    txid: hash,
    vout: u32,
    address: z.string().optional(),
    label: z.string().optional(),
    scriptPubKey: hex,
    amount,
    confirmations: z.int(),
    spendable: z.boolean().optional(),
    safe: z.boolean().optional(),
  }),
);

/** `send`, `receive`, `generate`, `immature`, `orphan`. */
const entry = z.looseObject({
  address: z.string().optional(),
  category: z.string(),
  amount,
  label: z.string().optional(),
  vout: u32.optional(),
  fee: amount.optional(),
});

export const walletTransactionsSchema = z.array(
  entry.extend({ txid: hash.optional(), confirmations: z.int().optional(), time: u32, blockhash: hash.optional() }),
);

export const walletTransactionSchema = z.looseObject({
  amount,
  fee: amount.optional(),
  confirmations: z.int(),
  blockhash: hash.optional(),
  blockheight: count.optional(),
  txid: hash,
  time: u32,
  details: z.array(entry),
  hex: hex.optional(),
});

/** Older daemons give one text `warning`, newer ones a list `warnings`. */
export const walletLoadedSchema = z.looseObject({
  name: z.string(),
  warning: z.string().optional(),
  warnings: z.array(z.string()).optional(),
});
