import { z } from "zod";
import { count, float, hash, hex, sat, u32, warnings } from "./schema-types.js";

/** What the node itself reads of a daemon's answers (spec/14 §8); members that are not listed are kept. */
export const templateTransactionSchema = z.looseObject({
  data: hex,
  /** Absent in answers of daemons without segwit, where it equals `hash`. */
  txid: hash.optional(),
  hash,
  fee: sat.optional(),
  weight: count.optional(),
  /** Cost of its signature operations; on segwit chains in units of a quarter. */
  sigops: count.optional(),
  /** Numbers, from 1, of the transactions before it that it spends. */
  depends: z.array(count).optional(),
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
  sigoplimit: count.optional(),
  sizelimit: count.optional(),
  weightlimit: count.optional(),
  /** The script of the output that commits to the witnesses of all transactions given. */
  default_witness_commitment: hex.optional(),
  /** The script that blocks of a signet have to satisfy. */
  signet_challenge: hex.optional(),
  /** Litecoin's extension block. */
  mweb: hex.optional(),
});
/** All but the transactions, which are thousands and are checked one by one. */
export const templateFrameSchema = blockTemplateSchema.extend({ transactions: z.array(z.unknown()) });
export type BlockTemplate = z.infer<typeof blockTemplateSchema>;
export type BlockTemplateTransaction = z.infer<typeof templateTransactionSchema>;

/** Null: accepted. A text: why not. Very old daemons say `true`. */
export const submitBlockSchema = z.union([z.string(), z.null(), z.literal(true).transform(() => null)]);

export const blockchainInfoSchema = z.looseObject({
  chain: z.string(),
  blocks: count,
  headers: z.int(),
  bestblockhash: hash,
  initialblockdownload: z.boolean().optional(),
  verificationprogress: float.optional(),
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

/** Keys are the names of the deployments. Core 23 and newer. */
export const deploymentInfoSchema = z.looseObject({
  hash: hash.optional(),
  height: count.optional(),
  deployments: z.record(z.string(), z.unknown()),
});
export type DeploymentInfo = z.infer<typeof deploymentInfoSchema>;

export const addressInfoSchema = z.looseObject({
  /** `getaddressinfo` gives none: it fails for a bad address. */
  isvalid: z.boolean().optional(),
  address: z.string().optional(),
  scriptPubKey: hex.optional(),
  /** Only of `getaddressinfo` since 0.18. */
  ismine: z.boolean().optional(),
});
export type AddressInfo = z.infer<typeof addressInfoSchema>;
