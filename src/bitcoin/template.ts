import type { Brand } from "../core/bytes.js";
import type { CompactBits } from "../core/compact.js";
import type { MerkleTree } from "../core/merkle.js";

/** 64 hex digits in display order. */
export type BlockHash = Brand<string, "BlockHash">;

export interface TemplateTransaction {
  /** Full serialisation. */
  readonly data: Uint8Array;
  /** 32 bytes, wire order: hash of the stripped form. */
  readonly txid: Uint8Array;
  /** 32 bytes, wire order: hash of `data`. */
  readonly hash: Uint8Array;
  /** Satoshi; null if the daemon did not say. */
  readonly fee: bigint | null;
  readonly strippedSize: number;
  /** Full size + 3 × stripped size. */
  readonly weight: number;
  /** Its signature operations, in the unit of the template's limit; absent if the daemon did not say. */
  readonly sigops?: number;
}

/** Merkle trees over a generation transaction and a list of others, and the list that they were made of. */
interface TemplateTrees {
  readonly of: readonly TemplateTransaction[];
  readonly byTxid: MerkleTree;
  readonly byHash: MerkleTree;
}

/** A coin daemon's proposal for the next block (spec/10 §3, spec/07 §6.1), checked and decoded. */
export interface Template {
  readonly previousBlock: BlockHash;
  /** Height of the block to be built. */
  readonly height: number;
  readonly bits: CompactBits;
  /** Header version proposed by the daemon. */
  readonly version: number;
  /** Version bits that the daemon wants to stay set. */
  readonly requiredVersionBits: number;
  /** Earliest allowed header time, seconds. */
  readonly minTime: number;
  /** The daemon's time when the template was made, seconds. */
  readonly time: number;
  /** Value of the whole generation transaction in satoshi: block subsidy and all fees. */
  readonly subsidy: bigint;
  readonly transactions: readonly TemplateTransaction[];
  /** Bytes that the daemon wants at the end of the coinbase script. */
  readonly coinbaseFlags: Uint8Array;
  /** Active rules by name, with a leading "!" where the daemon put one. */
  readonly rules: readonly string[];
  /** Litecoin's extension block, appended after the transactions of a block. */
  readonly mweb: Uint8Array | null;
  /** Limits of a whole block as the daemon sees them; absent if it did not say. Bytes with witnesses. */
  readonly sizeLimit?: number;
  readonly weightLimit?: number;
  /** On segwit chains the cost of signature operations, of which a plain one has 4. */
  readonly sigopLimit?: number;
  /** Made while the template was read, so that no job has to. */
  readonly trees?: TemplateTrees;
  /** Script of the commitment that the daemon would make to the witnesses of all the transactions; absent without segwit. */
  readonly defaultWitnessCommitment?: Uint8Array;
  /** When the answer arrived, by the local clock, seconds since 1970. */
  readonly receivedAt: number;
}
