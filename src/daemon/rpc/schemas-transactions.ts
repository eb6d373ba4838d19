import { z } from "zod";
import { amount, count, float, hash, hex, u32 } from "./schema-types.js";
import { blockHeaderSchema } from "./schemas.js";

/** Transactions and blocks as daemons take them apart (spec/14 §8). */
const scriptPubKey = z.looseObject({
  hex: hex.optional(),
  type: z.string().optional(),
  /** One since Core 22, before that a list. */
  address: z.string().optional(),
  addresses: z.array(z.string()).optional(),
});

const input = z.looseObject({
  /** Absent in a generation transaction, which has `coinbase`. */
  txid: hash.optional(),
  vout: u32.optional(),
  coinbase: hex.optional(),
  txinwitness: z.array(hex).optional(),
  sequence: u32.optional(),
});

const output = z.looseObject({
  /** Absent in outputs of Litecoin's extension block. */
  value: amount.optional(),
  n: count.optional(),
  scriptPubKey: scriptPubKey.optional(),
});

export const decodedTransactionSchema = z.looseObject({
  txid: hash,
  hash: hash.optional(),
  version: z.int(),
  size: count.optional(),
  vsize: count.optional(),
  weight: count.optional(),
  locktime: u32,
  vin: z.array(input),
  vout: z.array(output),
  fee: amount.optional(),
  hex: hex.optional(),
  blockhash: hash.optional(),
  confirmations: z.int().optional(),
});
export type DecodedTransaction = z.infer<typeof decodedTransactionSchema>;

export const blockSchema = blockHeaderSchema.extend({
  /** Ids, or whole transactions at verbosity 2 and 3. */
  tx: z.array(z.union([hash, decodedTransactionSchema])),
  size: count.optional(),
  weight: count.optional(),
});
export type RpcBlock = z.infer<typeof blockSchema>;

export const txOutSchema = z
  .looseObject({
    bestblock: hash,
    confirmations: z.int(),
    value: amount,
    scriptPubKey,
    coinbase: z.boolean(),
  })
  .nullable();

export const scanTxOutSchema = z
  .looseObject({
    success: z.boolean().optional(),
    height: count.optional(),
    unspents: z
      .array(z.looseObject({ txid: hash, vout: u32, scriptPubKey: hex, amount, height: count.optional() }))
      .optional(),
    total_amount: amount.optional(),
    progress: float.optional(),
  })
  // The answers to "abort" and "status".
  .or(z.boolean())
  .nullable();

export const decodedScriptSchema = scriptPubKey.extend({ asm: z.string().optional(), p2sh: z.string().optional() });

export const mempoolAcceptSchema = z.array(
  z.looseObject({
    txid: hash,
    allowed: z.boolean().optional(),
    "reject-reason": z.string().optional(),
    vsize: count.optional(),
    fees: z.looseObject({ base: amount }).optional(),
  }),
);

export const rawMempoolSchema = z.union([
  z.array(hash),
  z.record(
    hash,
    z.looseObject({
      vsize: count.optional(),
      weight: count.optional(),
      time: u32,
      height: count,
      depends: z.array(hash),
    }),
  ),
  z.looseObject({ txids: z.array(hash), mempool_sequence: count }),
]);
