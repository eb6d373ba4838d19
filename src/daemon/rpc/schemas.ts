import { z } from "zod";

/**
 * What daemons answer (spec/14 §8), as far as the node reads it; members that are not listed are kept. Hashes and blobs stay
 * hex text here. Amounts named `sat` are integers below 2^53, which doubles hold exactly.
 */
const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/i, "not an even number of hex digits");
const hash = z.string().regex(/^[0-9a-f]{64}$/i, "not 64 hex digits");
const sat = z.int().nonnegative();
const count = z.int().nonnegative();
const u32 = z.int().min(0).max(0xffffffff);

const templateTransactionSchema = z.looseObject({
  data: hex,
  /** Absent in answers of daemons without segwit, where it equals `hash`. */
  txid: hash.optional(),
  hash,
  fee: sat.optional(),
  weight: count.optional(),
});

export const blockTemplateSchema = z.looseObject({
  /** Signed in daemons that write it as their header holds it. */
  version: z
    .int()
    .min(-0x80000000)
    .max(0xffffffff)
    .transform((v) => v >>> 0),
  rules: z.array(z.string()).default([]),
  vbrequired: u32.optional(),
  previousblockhash: hash,
  transactions: z.array(templateTransactionSchema),
  coinbaseflags: hex.optional(),
  coinbaseaux: z.record(z.string(), z.unknown()).optional(),
  coinbasevalue: sat,
  longpollid: z.string().optional(),
  mintime: u32.optional(),
  time: u32.optional(),
  curtime: u32.optional(),
  bits: z.union([z.string().regex(/^[0-9a-f]{8}$/i, "not 8 hex digits"), u32]),
  height: count.optional(),
  /** Litecoin's extension block. */
  mweb: hex.optional(),
});
export type BlockTemplate = z.infer<typeof blockTemplateSchema>;
export type BlockTemplateTransaction = z.infer<typeof templateTransactionSchema>;

/** Null: accepted. A text: why not. Very old daemons say `true`. */
export const submitBlockSchema = z.union([z.string(), z.null(), z.literal(true).transform(() => null)]);

/** One text, or a list of texts in newer daemons; empty texts are no warnings. */
const warnings = z
  .union([z.string(), z.array(z.string())])
  .default([])
  .transform((v) => (typeof v === "string" ? [v] : v).filter((text) => text !== ""));

export const blockchainInfoSchema = z.looseObject({
  chain: z.string(),
  blocks: count,
  headers: z.int(),
  bestblockhash: hash,
  initialblockdownload: z.boolean().optional(),
  verificationprogress: z.number().optional(),
  /** A list of objects or names, or an object by name; gone since Core 23. */
  softforks: z.unknown().optional(),
  bip9_softforks: z.unknown().optional(),
  warnings,
});
export type BlockchainInfo = z.infer<typeof blockchainInfoSchema>;

export const networkInfoSchema = z.looseObject({
  /** A number such as 210201; bcoin gives the text "v1.0.2". */
  version: z.union([z.number(), z.string()]),
  subversion: z.string().default(""),
  connections: count.optional(),
  warnings,
});
export type NetworkInfo = z.infer<typeof networkInfoSchema>;

export const blockHeaderSchema = z.looseObject({
  hash,
  /** -1 on a stale branch. */
  confirmations: z.int(),
  height: count,
  time: u32,
  previousblockhash: hash.nullish(),
});
export type RpcBlockHeader = z.infer<typeof blockHeaderSchema>;

export const blockSchema = blockHeaderSchema.extend({
  /** Ids, or whole transactions at verbosity 2. */
  tx: z.array(z.unknown()),
});
export type RpcBlock = z.infer<typeof blockSchema>;

export const addressInfoSchema = z.looseObject({
  /** `getaddressinfo` gives none: it fails for a bad address. */
  isvalid: z.boolean().optional(),
  address: z.string().optional(),
  scriptPubKey: hex.optional(),
  ismine: z.boolean().optional(),
});
export type AddressInfo = z.infer<typeof addressInfoSchema>;

export { count as countSchema, hash as hashSchema, hex as hexSchema };
export const addressSchema = z.string().min(1);
