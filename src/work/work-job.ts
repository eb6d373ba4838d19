import type { Coin } from "../bitcoin/coin.js";
import type { Template, TemplateTransaction } from "../bitcoin/template.js";
import type { Room } from "../core/codec.js";
import { clip } from "../core/compact.js";
import type { Random } from "../core/random.js";
import type { MergedAddress } from "../sharechain/contents.js";
import { draftShare } from "../sharechain/draft.js";
import { GENTX_SUFFIX_SIZE, LOCK_TIME } from "../sharechain/gentx.js";
import { mergedEntries } from "../sharechain/merged/entries.js";
import { UnsolvedShare } from "../sharechain/mint.js";
import { payeeFields } from "../sharechain/payee-fields.js";
import type { GentxSize, ShareNode } from "../sharechain/share-node.js";
import type { Tracker } from "../sharechain/tracker.js";
import type { BlockContentsCache } from "./block-contents.js";
import { type JobMergedWork, mergedWorkOf } from "./child-work.js";
import type { Job, JobId } from "./job.js";
import type { MergedBlock, MergedWork } from "./merged-work.js";
import { SeenHashes } from "./seen-hashes.js";

/** Everything the node needs to judge a solution of a job; never leaves this folder. */
export interface WorkJob {
  readonly job: Job;
  readonly unsolved: UnsolvedShare;
  readonly template: Template;
  /** The template's transactions that the block holds. */
  readonly transactions: readonly TemplateTransaction[];
  readonly parent: ShareNode | null;
  readonly shareTarget: bigint;
  readonly blockTarget: bigint;
  /** Blocks of other chains that it commits to; null for none. */
  readonly merged: MergedWork | null;
  /** Header hashes that were handed in, over all connections (spec/10 §11.6). */
  readonly seen: SeenHashes;
  /** Values of the event counters when it was made. */
  readonly tipEvent: number;
  readonly blockEvent: number;
  /** Seconds since 1970. */
  readonly madeAt: number;
}

export interface JobIngredients {
  readonly id: JobId;
  readonly tracker: Tracker;
  readonly parent: ShareNode | null;
  readonly template: Template;
  readonly contents: BlockContentsCache;
  /** Checked: a share of the version to be minted can pay it. */
  readonly address: string;
  /** Where the miner wants to be paid on merged chains, if he said so. */
  readonly mergedAddresses?: readonly MergedAddress[];
  /** Target that the share's miner wants; clipped to what the chain allows. */
  readonly desiredTarget: bigint;
  /** In 1/65535. */
  readonly donation: number;
  /** Announcement of a lost share. */
  readonly staleInfo: number;
  readonly coinbaseTexts: readonly Uint8Array[];
  /** Blocks of other chains to commit to, and offers to make such blocks of. */
  readonly mergedBlocks: readonly MergedBlock[];
  /** Target that an unknown miner starts at, if the job's own allow it. */
  readonly startTarget: bigint;
  readonly clean: boolean;
  readonly tipEvent: number;
  readonly blockEvent: number;
  readonly now: number;
  readonly random: Random;
  /** For the bytes of the job, which are kept for as long as it is. */
  readonly room: Room;
}

/** How much larger than expected a generation transaction may be: a part of the room left free anyway (spec/04 §5.2). */
const GENTX_ALLOWANCE = 400;

/**
 * Builds a job from scratch (spec/10 §8): the expensive step, done once per payout address and event. Where the generation
 * transaction comes out larger than it was expected to, the block is filled again with what it takes.
 */
export function makeWorkJob(from: JobIngredients): WorkJob {
  const { version } = from.tracker.formatToMint(from.parent);
  const expected = from.tracker.gentxSizeEstimate(version);
  const chains = mergedChainsOf(from);
  const work = fillJob(from, expected, chains);
  const stripped = work.unsolved.gentx.length;
  if (stripped <= expected.stripped + GENTX_ALLOWANCE) return work;
  const witness = expected.weight - 4 * expected.stripped;
  return fillJob(from, { stripped, weight: 4 * stripped + witness }, chains);
}

/** What a job has to do with other chains. */
interface JobChains extends JobMergedWork {
  readonly entries: readonly MergedAddress[] | null;
}

function mergedChainsOf(from: JobIngredients): JobChains {
  const { tracker, parent, address } = from;
  const { rules } = tracker;
  const owner = tracker.formatToMint(parent).commitsToMergedPayouts ? rules.payable(address, "fixed") : null;
  const entries = owner === null ? null : mergedEntries(owner, from.mergedAddresses ?? [], rules);
  const ingredients = { tracker, parent, owner: owner?.scriptKey ?? null, mergedAddresses: entries };
  return { entries, ...mergedWorkOf(from.mergedBlocks, ingredients) };
}

function fillJob(from: JobIngredients, gentxSize: GentxSize, { merged, coinbases, entries }: JobChains): WorkJob {
  const { tracker, template, parent } = from;
  const { rules } = tracker;
  const version = rules.version(tracker.formatToMint(parent).version)!;
  const { coin } = rules.network;
  const contents = from.contents.of(template, gentxSize, version, rules.network);
  const { branches, hashes, included, segwit, subsidy, witnessCommitment } = contents;
  const blockTarget = rules.targetOf(template.bits).target;
  const draft = draftShare(
    parent,
    {
      version,
      data: {
        previousShareId: parent?.id ?? null,
        coinbase: from.contents.coinbaseScript(template, merged?.commitment ?? null, from.coinbaseTexts),
        nonce: from.random.uint32(),
        ...payeeFields(from.address, version.format, coin),
        subsidy,
        donation: from.donation,
        staleInfo: from.staleInfo,
        desiredVersion: BigInt((rules.successor(version.format) ?? version.format).version),
      },
      address: from.address,
      blockTarget,
      timestamp: Math.round(from.now),
      target: from.desiredTarget,
      mergedAddresses: entries,
      mergedCoinbases: coinbases,
      segwit,
      witnessCommitment,
      otherTransactions: hashes,
      refMerkleBranch: [],
      lastTxoutNonce: new Uint8Array(8),
    },
    rules,
    tracker.windows,
    from.room,
  );
  const unsolved = new UnsolvedShare(draft, branches, version);
  const shareTarget = rules.targetOf(draft.info.bits).target;
  const hardestTarget = easiestOf(shareTarget, merged);
  // Without its last twelve bytes: eight that miners vary, four of lock time.
  const prefix = draft.gentx.subarray(0, draft.gentx.length - GENTX_SUFFIX_SIZE + 32);
  return {
    job: {
      id: from.id,
      forAddress: from.address,
      coinbase: { prefix, suffix: LOCK_TIME },
      merkleBranch: draft.info.segwit?.txidBranch ?? unsolved.merkleBranch,
      header: from.contents.header(template),
      pseudoTarget: pseudoTarget(from.startTarget, hardestTarget, coin),
      shareTarget,
      hardestTarget,
      clean: from.clean,
    },
    unsolved,
    template,
    transactions: included,
    parent,
    shareTarget,
    blockTarget,
    merged,
    seen: new SeenHashes(),
    tipEvent: from.tipEvent,
    blockEvent: from.blockEvent,
    madeAt: from.now,
  };
}

/** The easiest target of share and merged chains. */
function easiestOf(shareTarget: bigint, merged: MergedWork | null): bigint {
  let easiest = shareTarget;
  for (const { block } of merged?.blocks ?? []) {
    if (block.target !== "share" && block.target > easiest) easiest = block.target;
  }
  return easiest;
}

/** Where an unknown miner starts: never harder than the job's own targets, and never insane (spec/10 §9.1 item 4). */
function pseudoTarget(start: bigint, hardest: bigint, { saneTargetRange: { low, high } }: Coin): bigint {
  return clip(start > hardest ? start : hardest, low, high);
}
