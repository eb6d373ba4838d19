import { Sha256 } from "../core/hash/index.js";
import { merkleApply, merkleBranch } from "../core/merkle.js";
import type { HashLink, MinHeader, SegwitData } from "./contents.js";
import type { ShareDraft } from "./draft.js";
import type { VersionRules } from "./rules.js";
import { encodeShare, hashLinkRestSize } from "./share.js";
import type { GentxSize } from "./share-node.js";

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

/** The parts of a share that do not depend on what a miner finds: made once per job. */
export interface UnsolvedShare {
  readonly draft: ShareDraft;
  readonly version: VersionRules;
  /** Made when it is first asked for: of most jobs nobody finds anything. */
  readonly hashLink: HashLink;
  /** From full hashes, so not the block's own branch on segwit chains (spec/03 §8). */
  readonly merkleBranch: readonly Uint8Array[];
  readonly messages: Uint8Array | null;
}

export function unsolvedShare(
  draft: ShareDraft,
  { byHash }: BlockBranches,
  version: VersionRules,
  messages: Uint8Array | null = null,
): UnsolvedShare {
  let hashLink: HashLink | null = null;
  return {
    draft,
    version,
    messages,
    get hashLink() {
      hashLink ??= hashLinkOf(draft.gentxPrefix, version);
      return hashLink;
    },
    merkleBranch: version.segwitActive && version.format.unusedMerkleLink === "empty" ? [] : byHash,
  };
}

function hashLinkOf(gentxPrefix: Uint8Array, version: VersionRules): HashLink {
  const hash = Sha256.create().update(gentxPrefix);
  const buffered = hash.exportBuffered();
  const rest = buffered.subarray(0, hashLinkRestSize(buffered.length, version.constantEnd));
  return { state: hash.exportState(), rest, length: BigInt(gentxPrefix.length) };
}

/** The wrapper of the share that a mined header makes of it; still to be loaded and verified like a stranger's. */
export function solveShare(unsolved: UnsolvedShare, header: MinHeader, lastTxoutNonce: Uint8Array): Uint8Array {
  return encodeShare(
    {
      minHeader: header,
      info: unsolved.draft.info,
      refMerkleBranch: [],
      lastTxoutNonce,
      hashLink: unsolved.hashLink,
      merkleBranch: unsolved.merkleBranch,
      messages: unsolved.messages,
    },
    unsolved.version,
  );
}
