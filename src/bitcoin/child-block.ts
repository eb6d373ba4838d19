import { Writer } from "../core/codec.js";
import { hash256 } from "../core/hash/index.js";
import { merkleApply, merkleBranch } from "../core/merkle.js";
import { type BlockHeader, encodeBlockHeader } from "./block.js";

/** Bit of a header's version that says that the work was done for another block; the chain's identity stands above it. */
const AUXPOW_BIT = 0x100;
const CHAIN_ID_SHIFT = 16;

/** What a block of a merged chain is made of, besides its coinbase. */
export interface ChildTemplate {
  readonly chainId: number;
  readonly version: number;
  readonly previousBlock: BlockHeader["previousBlock"];
  /** Seconds since 1970. */
  readonly time: number;
  readonly bits: number;
  /** Ids and bytes of the other transactions, in their order. */
  readonly transactions: readonly { readonly txid: Uint8Array; readonly raw: Uint8Array }[];
}

/** What a merged chain's daemon offers for a block whose coinbase is ours. */
export interface ChildOffer {
  readonly template: ChildTemplate;
  readonly height: bigint;
  /** Of the coinbase with all fees, in the chain's smallest unit. */
  readonly value: bigint;
  /** Of each transaction; null where the daemon does not say it. */
  readonly fees: readonly (bigint | null)[];
  /** Bytes that a block may have. */
  readonly sizeLimit: number;
  /** Siblings of the coinbase in a block with all transactions: worked out once, not once a job. */
  readonly coinbaseBranch: readonly Uint8Array[];
}

export interface ChildBlock {
  /** 80 bytes; their hash is what the parent chain commits to. */
  readonly header: Uint8Array;
  /** Siblings of the coinbase among the block's transactions. */
  readonly coinbaseBranch: readonly Uint8Array[];
  readonly transactions: readonly Uint8Array[];
}

/** Siblings of the coinbase among transactions. */
export function childCoinbaseBranch(transactions: ChildTemplate["transactions"]): Uint8Array[] {
  return merkleBranch([null, ...transactions.map(({ txid }) => txid)], 0);
}

/** A block of a merged chain around a coinbase of ours, still without the work that is done for it (spec/20 §9.4). */
export function childBlock(
  template: ChildTemplate,
  coinbase: Uint8Array,
  coinbaseBranch: readonly Uint8Array[] = childCoinbaseBranch(template.transactions),
): ChildBlock {
  const { chainId, version, previousBlock, time, bits, transactions } = template;
  const header = encodeBlockHeader({
    version: ((version & (AUXPOW_BIT - 1)) | AUXPOW_BIT | (chainId << CHAIN_ID_SHIFT)) >>> 0,
    previousBlock,
    merkleRoot: merkleApply(hash256(coinbase), coinbaseBranch),
    timestamp: time,
    bits,
    nonce: 0,
  });
  return { header, coinbaseBranch, transactions: [coinbase, ...transactions.map(({ raw }) => raw)] };
}

/**
 * The block with the proof, as encoded, that the work of a parent block was done for it: what `submitblock` of the merged
 * chain's daemon takes.
 */
export function serialiseChildBlock({ header, transactions }: ChildBlock, proof: Uint8Array): Uint8Array {
  const writer = new Writer();
  writer.raw(header);
  writer.raw(proof);
  writer.varint(transactions.length);
  for (const raw of transactions) writer.raw(raw);
  return writer.finish();
}
