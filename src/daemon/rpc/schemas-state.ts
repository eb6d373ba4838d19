import { z } from "zod";
import { amount, count, float, hash, hex, u32, warnings } from "./schema-types.js";

/** The daemon's own state, its peers, and auxiliary chains (spec/14 §8). */
export const miningInfoSchema = z.looseObject({
  blocks: count,
  difficulty: float,
  /** Of the whole network, hashes per second. */
  networkhashps: float,
  pooledtx: count.optional(),
  chain: z.string().optional(),
  warnings,
});
export type MiningInfo = z.infer<typeof miningInfoSchema>;

export const mempoolInfoSchema = z.looseObject({
  loaded: z.boolean().optional(),
  size: count,
  bytes: count,
  usage: count.optional(),
  total_fee: amount.optional(),
  maxmempool: count.optional(),
  mempoolminfee: amount.optional(),
  minrelaytxfee: amount.optional(),
});
export type MempoolInfo = z.infer<typeof mempoolInfoSchema>;

export const chainTipsSchema = z.array(
  z.looseObject({
    height: count,
    hash,
    /** Length of the branch; 0 for the best chain. */
    branchlen: count,
    /** `active`, `valid-fork`, `valid-headers`, `headers-only`, `invalid`. */
    status: z.string(),
  }),
);

export const newBlockSchema = z.looseObject({ hash, height: count });

export const indexInfoSchema = z.record(
  z.string(),
  z.looseObject({ synced: z.boolean(), best_block_height: count.optional() }),
);

export const peerInfoSchema = z.array(
  z.looseObject({
    id: z.int().optional(),
    addr: z.string(),
    version: z.int(),
    subver: z.string(),
    inbound: z.boolean(),
    /** Seconds; absent before the first ping has come back. */
    pingtime: float.optional(),
    startingheight: z.int().optional(),
    synced_headers: z.int().optional(),
    synced_blocks: z.int().optional(),
  }),
);

/** Amount of coins per 1000 virtual bytes; absent while the daemon has no idea. */
export const smartFeeSchema = z.looseObject({
  feerate: amount.optional(),
  errors: z.array(z.string()).optional(),
  blocks: count,
});

export const rpcInfoSchema = z.looseObject({
  active_commands: z.array(z.looseObject({ method: z.string(), duration: count })),
  logpath: z.string().optional(),
});

export const zmqNotificationsSchema = z.array(
  z.looseObject({ type: z.string(), address: z.string(), hwm: count.optional() }),
);

export const generatedBlockSchema = z.looseObject({ hash, hex: hex.optional() });

/** `getinfo`, until Core 0.16. */
export const oldInfoSchema = z.looseObject({
  version: count,
  blocks: count,
  connections: count,
  testnet: z.boolean(),
  errors: z.string().default(""),
});

/** What a merged-mining child asks for (spec/07 §12.2). */
export const auxBlockSchema = z.looseObject({
  hash,
  chainid: z.int(),
  /** Bytes reversed against the usual writing; or the word "p2pool", for our share target. */
  target: z.string().optional(),
  _target: z.string().optional(),
  bits: z.union([z.string().regex(/^[0-9a-f]{8}$/i, "not 8 hex digits"), u32]).optional(),
  previousblockhash: hash.optional(),
  coinbasevalue: z.union([z.int(), z.bigint()]).optional(),
  height: count.optional(),
});
export type AuxBlock = z.infer<typeof auxBlockSchema>;

/** Whether the child took the proof. Namecoin's family says true or false, others nothing, or a reason. */
export const auxSubmitSchema = z.union([z.boolean(), z.string(), z.null()]);
export const auxBlockOrVerdictSchema = z.union([auxBlockSchema, z.boolean()]);
