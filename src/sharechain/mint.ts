import { decode } from "../core/codec.js";
import { Sha256 } from "../core/hash/index.js";
import { merkleApply, merkleBranch } from "../core/merkle.js";
import type { HashLink, MinHeader, SegwitData, ShareContents, ShareInfo } from "./contents.js";
import type { ShareDraft } from "./draft.js";
import { completeGentx, GENTX_SUFFIX_SIZE } from "./gentx.js";
import type { VersionRules } from "./rules.js";
import { encodeShare, hashLinkRestSize } from "./share.js";
import type { GentxSize } from "./share-node.js";
import type { Payout } from "./split.js";

/** What selection needs to know of a transaction that a template offers. */
export interface OfferedTransaction {
  /** Hash of the full form and of the stripped form, 32 bytes in wire order. */
  readonly hash: Uint8Array;
  readonly txid: Uint8Array;
  /** Satoshi; null if unknown. */
  readonly fee: bigint | null;
  readonly strippedSize: number;
  /** Full size + 3 × stripped size. */
  readonly weight: number;
  /** In the unit of the limit; absent where it is not known, and then not counted. */
  readonly sigops?: number;
}

/** What a block may have. */
export interface BlockLimits {
  /** Bytes without witnesses. */
  readonly blockMaxSize: number;
  readonly blockMaxWeight: number;
  /** Bytes with witnesses; no limit of its own if absent. */
  readonly fullSize?: number;
  /** Signature operations of all but the generation transaction. */
  readonly sigops?: number;
}

export interface TransactionSelection<T extends OfferedTransaction> {
  /** The first transactions of the offer, as many as fit. */
  readonly included: readonly T[];
  /** Value of the generation transaction once the fees of the others are lost. */
  readonly subsidy: bigint;
}

/** Room left free, in bytes and in weight, besides header and generation transaction (spec/04 §5.2). */
const SIZE_MARGIN = 80 + 500;
const WEIGHT_MARGIN = 4 * 80 + 2000;

/**
 * Takes transactions in their order up to the first that would break a block limit; a prefix always holds what its
 * transactions depend on (spec/04 §5.2, §5.3).
 * `gentxSize`: expected size of the generation transaction. `baseSubsidy`: the block's subsidy without fees, needed where
 * the fee of a transaction left out is not known.
 */
export function selectTransactions<T extends OfferedTransaction>(
  offered: readonly T[],
  subsidy: bigint,
  baseSubsidy: bigint,
  gentxSize: GentxSize,
  limits: BlockLimits,
): TransactionSelection<T> {
  const room = new BlockRoom(gentxSize, limits);
  let count = 0;
  for (const transaction of offered) {
    room.take(transaction);
    if (room.isExceeded) break;
    count++;
  }
  const included = offered.slice(0, count);
  return { included, subsidy: remainingSubsidy(included, offered.slice(count), subsidy, baseSubsidy) };
}

/** What a block of some transactions takes of its limits, with room for header and generation transaction. */
export class BlockRoom {
  private readonly limits: BlockLimits;
  private size: number;
  private weight: number;
  private sigops = 0;

  constructor(gentxSize: GentxSize, limits: BlockLimits) {
    this.limits = limits;
    this.size = gentxSize.stripped + SIZE_MARGIN;
    this.weight = gentxSize.weight + WEIGHT_MARGIN;
  }

  take({ strippedSize, weight, sigops = 0 }: OfferedTransaction): void {
    this.size += strippedSize;
    this.weight += weight;
    this.sigops += sigops;
  }

  giveBack({ strippedSize, weight, sigops = 0 }: OfferedTransaction): void {
    this.size -= strippedSize;
    this.weight -= weight;
    this.sigops -= sigops;
  }

  get isExceeded(): boolean {
    const { blockMaxSize, blockMaxWeight, fullSize, sigops } = this.limits;
    return (
      this.size > blockMaxSize ||
      this.weight > blockMaxWeight ||
      // Weight is full + 3 × stripped size.
      (fullSize !== undefined && this.weight - 3 * this.size > fullSize) ||
      (sigops !== undefined && this.sigops > sigops)
    );
  }
}

/** What is left of a block's value once the fees of some of its transactions are lost. */
export function remainingSubsidy(
  included: readonly OfferedTransaction[],
  leftOut: readonly OfferedTransaction[],
  subsidy: bigint,
  baseSubsidy: bigint,
): bigint {
  let lost = 0n;
  for (const { fee } of leftOut) {
    if (fee === null) return baseSubsidy + knownFees(included);
    lost += fee;
  }
  return subsidy - lost;
}

function knownFees(transactions: readonly OfferedTransaction[]): bigint {
  return transactions.reduce((sum, { fee }) => sum + (fee ?? 0n), 0n);
}

/** Branches of the generation transaction in a block's two merkle trees: all that a share needs of the block's transactions. */
export interface BlockBranches {
  readonly byTxid: readonly Uint8Array[];
  readonly byHash: readonly Uint8Array[];
}

/** Costs two hashes a transaction: to be made once for a block's transactions, not once for a job. */
export function blockBranches(transactions: readonly OfferedTransaction[]): BlockBranches {
  return {
    byTxid: merkleBranch([null, ...transactions.map(({ txid }) => txid)], 0),
    byHash: merkleBranch([null, ...transactions.map(({ hash }) => hash)], 0),
  };
}

/** Segwit data of a share whose block has these branches (spec/03 §4); null where segwit is not active. */
export function segwitData({ byTxid, byHash }: BlockBranches, version: VersionRules): SegwitData | null {
  if (!version.segwitActive) return null;
  // Among the witness hashes the generation transaction's is zero.
  return { txidBranch: byTxid, wtxidMerkleRoot: merkleApply(new Uint8Array(32), byHash) };
}

/**
 * A share but for what a miner finds. Jobs keep thousands of them and few are solved, so that it is kept as bytes, and what
 * follows from them is made when it is asked for.
 */
export class UnsolvedShare {
  readonly version: VersionRules;
  /** Stripped generation transaction, with the draft's nonce. */
  readonly gentx: Uint8Array;
  /** From full hashes, so not the block's own branch on segwit chains (spec/03 §8). */
  readonly merkleBranch: readonly Uint8Array[];
  readonly donation: bigint;
  /** Whom the generation transaction pays, in the order of its outputs. */
  readonly payees: () => readonly Payout[];
  private readonly infoBytes: Uint8Array;
  private readonly messages: Uint8Array | null;
  private link: HashLink | null = null;

  constructor(draft: ShareDraft, { byHash }: BlockBranches, version: VersionRules, messages: Uint8Array | null = null) {
    this.version = version;
    this.gentx = draft.gentx;
    this.merkleBranch = version.segwitActive && version.format.unusedMerkleLink === "empty" ? [] : byHash;
    this.donation = draft.donation;
    this.payees = draft.payees;
    this.infoBytes = draft.infoBytes;
    this.messages = messages;
  }

  get info(): ShareInfo {
    return decode(this.version.codec.info, this.infoBytes);
  }

  get hashLink(): HashLink {
    this.link ??= hashLinkOf(this.gentxPrefix, this.version);
    return this.link;
  }

  private get gentxPrefix(): Uint8Array {
    return this.gentx.subarray(0, -GENTX_SUFFIX_SIZE);
  }

  /** 32 bytes. */
  get refHash(): Uint8Array {
    const start = this.gentx.length - GENTX_SUFFIX_SIZE;
    return this.gentx.subarray(start, start + 32);
  }

  /** The stripped generation transaction with the eight bytes that a miner chose. */
  gentxWith(lastTxoutNonce: Uint8Array): Uint8Array {
    return completeGentx(this.gentxPrefix, this.refHash, lastTxoutNonce);
  }

  /** Of the share that a mined header makes of it. */
  contents(minHeader: MinHeader, lastTxoutNonce: Uint8Array): ShareContents {
    const { hashLink, info, merkleBranch, messages } = this;
    return { minHeader, info, refMerkleBranch: [], lastTxoutNonce, hashLink, merkleBranch, messages };
  }

  /** The wrapper of that share; still to be loaded and verified like a stranger's. */
  solvedBy(minHeader: MinHeader, lastTxoutNonce: Uint8Array): Uint8Array {
    return encodeShare(this.contents(minHeader, lastTxoutNonce), this.version);
  }
}

function hashLinkOf(gentxPrefix: Uint8Array, version: VersionRules): HashLink {
  const hash = Sha256.create().update(gentxPrefix);
  const buffered = hash.exportBuffered();
  const rest = buffered.subarray(0, hashLinkRestSize(buffered.length, version.constantEnd));
  return { state: hash.exportState(), rest, length: BigInt(gentxPrefix.length) };
}
