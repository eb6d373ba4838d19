import { z } from "zod";
import type { Payout } from "../sharechain/split.js";
import type { BlockFate, StoredBlock } from "../store/block-store.js";

/** What one daemon said of a block. */
interface BlockVerdict {
  /** Its address, without credentials. */
  readonly daemon: string;
  readonly accepted: boolean;
  /** Its word, "duplicate" for an accepted block for example; null for none. */
  readonly reason: string | null;
}

/** A block that this node found, and what became of it so far. Plain data; amounts in satoshi, times in seconds since 1970. */
export interface BlockRecord {
  readonly hash: string;
  readonly height: number;
  readonly worker: string;
  readonly subsidy: bigint;
  readonly foundAt: number;
  /** In the order of the outputs. */
  readonly payees: readonly Payout[];
  readonly donation: bigint;
  /** Whether any daemon took it; null until one has judged it. */
  readonly accepted: boolean | null;
  /** The word of the daemon that accepted or refused it, if it had one. */
  readonly reason: string | null;
  /** As of the last look; `confirmed` and what is a hundred blocks deep stays so. */
  readonly fate: BlockFate;
  /** Blocks from it to the tip, itself included; null while it is not known to be in the best chain. */
  readonly confirmations: number | null;
  /** Of each daemon that has answered. */
  readonly verdicts: readonly BlockVerdict[];
}

const satoshi = z
  .string()
  .regex(/^\d{1,19}$/)
  .transform(BigInt);

/** What is kept besides the fields of a stored block. */
const detailsSchema = z.object({
  worker: z.string(),
  subsidy: satoshi,
  payees: z.array(z.object({ address: z.string(), amount: satoshi })),
  donation: satoshi,
  accepted: z.boolean().nullable(),
  confirmations: z.int().nullable(),
  verdicts: z.array(z.object({ daemon: z.string(), accepted: z.boolean(), reason: z.string().nullable() })),
});

export function recordToStored(record: BlockRecord): StoredBlock {
  const { hash, height, foundAt, fate, reason, ...rest } = record;
  const payees = rest.payees.map(({ address, amount }) => ({ address, amount: String(amount) }));
  const details = { ...rest, payees, subsidy: String(rest.subsidy), donation: String(rest.donation) };
  return { hash, height, foundAt, fate, reason, details };
}

/** Null for what this version cannot read. */
export function storedToRecord({ details, ...stored }: StoredBlock): BlockRecord | null {
  const read = detailsSchema.safeParse(details);
  return read.success ? { ...stored, ...read.data } : null;
}
