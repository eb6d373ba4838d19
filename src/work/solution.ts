import { type BlockHash, blockHash, serialiseBlock } from "../bitcoin/block.js";
import { serialiseChildBlock } from "../bitcoin/child-block.js";
import { hexToHash } from "../core/bytes.js";
import { hashToDifficulty } from "../core/compact.js";
import { hash256, hashMeetsTarget } from "../core/hash/index.js";
import { merkleApply } from "../core/merkle.js";
import type { MinHeader, ShareId } from "../sharechain/contents.js";
import { gentxWithWitness } from "../sharechain/gentx.js";
import type { ShareRules } from "../sharechain/rules.js";
import { decodeShare, gentxHashFromLink, proveShare, type Share } from "../sharechain/share.js";
import type { Payout } from "../sharechain/split.js";
import type { Outcome, RejectCode, Solution } from "./job.js";
import { type MergedBlock, mergedProof } from "./merged-work.js";
import { minedHeader } from "./mined-header.js";
import type { TargetTable } from "./target-facts.js";
import type { WorkJob } from "./work-job.js";

/** A solution that meets the coin's target. */
export interface FoundBlock {
  readonly hash: BlockHash;
  readonly previousBlock: BlockHash;
  readonly height: number;
  /** The whole block as daemons take it. */
  readonly bytes: Uint8Array;
  /** Value of its generation transaction, satoshi. */
  readonly subsidy: bigint;
  /** Whom it pays, in the order of the outputs, and the donation that follows. */
  readonly payees: readonly Payout[];
  readonly donation: bigint;
  readonly worker: string;
  /** That its share pays as the finder. */
  readonly address: string;
  /** Of its header. */
  readonly bits: number;
  /** Of its own hash. */
  readonly difficulty: number;
  /** Seconds since 1970. */
  readonly foundAt: number;
}

/** A solution that meets the share target, as a share that was loaded from its own bytes like a stranger's. */
export interface FoundShare {
  readonly share: Share;
  /** Whether the tip is still the one that it builds on. */
  readonly onTime: boolean;
  readonly worker: string;
  readonly isBlock: boolean;
}

/** A solution that meets the target of a merged chain. */
export interface FoundMergedBlock {
  readonly block: MergedBlock;
  /** What the chain's daemon takes with the block's hash. */
  readonly proof: Uint8Array;
  /** The whole block with its proof, where we made it and not the daemon. */
  readonly bytes: Uint8Array | null;
  readonly worker: string;
}

/** What a solution sets in motion. A failure of one is reported and does not keep the others from happening. */
export interface SolutionEffects {
  block(found: FoundBlock): void;
  mergedBlock(found: FoundMergedBlock): void;
  share(found: FoundShare): void;
  /** A submission was judged, whatever came of it. */
  judged?(judged: JudgedSolution): void;
  /** A job was made. */
  jobMade?(address: string, shareTarget: bigint): void;
  failed(error: unknown, doing: string): void;
}

/** As much of an outcome as is counted. */
export type Verdict =
  | { readonly kind: "rejected"; readonly code: RejectCode }
  | { readonly kind: "block" | "pseudo" | "share"; readonly stale: boolean };

/** A submission and its verdict, for statistics. */
export interface JudgedSolution {
  readonly outcome: Verdict;
  readonly worker: string;
  /** Of the job; null if the job is not known. */
  readonly job: { readonly address: string; readonly attemptsToShare: number } | null;
  /** Expected hashes that it was credited with, and their difficulty. */
  readonly work: number;
  readonly pseudoDifficulty: number;
  /** Of the header's hash; null where none was computed. */
  readonly difficulty: number | null;
}

export interface SolutionContext {
  readonly rules: ShareRules;
  /** Seconds since 1970. */
  readonly now: number;
  readonly stale: boolean;
  readonly targets: TargetTable;
  readonly effects: SolutionEffects;
  /** A share was made, and is about to enter the chain. */
  shareMade(id: ShareId, isLate: boolean): void;
}

/** The header that a solution of a known job was mined with. */
export function headerOf(solution: Solution, { job, unsolved }: WorkJob): Uint8Array {
  const gentxHash = gentxHashFromLink(
    unsolved.hashLink,
    unsolved.refHash,
    solution.extranonce,
    unsolved.version.constantEnd,
  );
  return minedHeader(job.header, merkleApply(gentxHash, job.merkleBranch), solution);
}

/**
 * Judges a solution without faults by the hash of its header (spec/10 §11), and sets off block and share. Both are tried
 * whatever the answer to the miner will be, the block first.
 */
export function judgeSolution(
  solution: Solution,
  work: WorkJob,
  { header, pow }: { readonly header: Uint8Array; readonly pow: Uint8Array },
  context: SolutionContext,
): Outcome {
  const { unsolved } = work;
  const { targets } = context;
  const minHeader: MinHeader = {
    version: solution.version,
    previousBlock: work.template.previousBlock,
    timestamp: solution.time,
    bits: work.template.bits,
    nonce: solution.nonce,
  };
  const hash = blockHash(header);
  const known = work.seen.has(hash);

  const isBlock = hashMeetsTarget(pow, targets.of(work.blockTarget).bytes);
  const isShare = hashMeetsTarget(pow, targets.of(work.shareTarget).bytes);
  if (isBlock && !known)
    attempt(context, "handing in a block", () =>
      context.effects.block(foundBlock(solution, work, { header, hash, pow }, context)),
    );
  const isMerged = known ? false : findMergedBlocks(solution, work, minHeader, hash, pow, context);
  if (isShare && !known) {
    attempt(context, "making a share", () => {
      const raw = unsolved.solvedBy(minHeader, solution.extranonce);
      const decoded = decodeShare(raw, context.rules);
      if (decoded.id !== (hash as string)) throw new Error(`share ${decoded.id} was mined as ${hash}`);
      // The same header, so the same proof of work.
      const share = proveShare(decoded, pow);
      context.shareMade(share.id, context.stale);
      context.effects.share({ share, onTime: !context.stale, worker: solution.worker, isBlock });
    });
  }

  const { pseudoTarget, easedTarget = pseudoTarget } = solution;
  const isEased = !hashMeetsTarget(pow, targets.of(pseudoTarget).bytes);
  const isPseudo = !isEased || (easedTarget > pseudoTarget && hashMeetsTarget(pow, targets.of(easedTarget).bytes));
  if (isPseudo || isShare || isBlock || isMerged) work.seen.add(hash);
  if (!isPseudo) return reject(23, "Low difficulty share");
  if (known) return reject(22, "Duplicate share");
  const kind = isBlock ? "block" : isShare ? "share" : "pseudo";
  return { kind, stale: context.stale, hash, ...(isEased ? { isEased } : {}) };
}

export function reject(code: RejectCode, reason: string): Outcome {
  return { kind: "rejected", code, reason };
}

function foundBlock(
  solution: Solution,
  work: WorkJob,
  { header, hash, pow }: { header: Uint8Array; hash: BlockHash; pow: Uint8Array },
  context: SolutionContext,
): FoundBlock {
  const { unsolved } = work;
  const stripped = unsolved.gentxWith(solution.extranonce);
  const gentx = unsolved.version.segwitActive ? gentxWithWitness(stripped) : stripped;
  return {
    hash,
    previousBlock: work.template.previousBlock,
    height: work.template.height,
    bytes: serialiseBlock(header, [gentx, ...work.transactions.map(({ data }) => data)], work.template.mweb),
    subsidy: unsolved.info.data.subsidy,
    payees: unsolved.payees(),
    donation: unsolved.donation,
    worker: solution.worker,
    address: work.job.forAddress,
    bits: work.template.bits,
    difficulty: hashToDifficulty(pow),
    foundAt: context.now,
  };
}

/** Hands the solution to every merged chain whose target it meets; whether there is one. */
function findMergedBlocks(
  solution: Solution,
  work: WorkJob,
  minHeader: MinHeader,
  hash: BlockHash,
  pow: Uint8Array,
  context: SolutionContext,
): boolean {
  let isAny = false;
  for (const { block, branch, slot, child } of work.merged?.blocks ?? []) {
    const target = block.target === "share" ? work.shareTarget : block.target;
    if (!hashMeetsTarget(pow, context.targets.of(target).bytes)) continue;
    isAny = true;
    attempt(context, "handing in a merged block", () => {
      const gentx = work.unsolved.gentxWith(solution.extranonce);
      const { merkleBranch } = work.job;
      const proof = mergedProof({
        gentx,
        header: { ...minHeader, merkleRoot: merkleApply(hash256(gentx), merkleBranch) },
        blockHash: hexToHash(hash),
        merkleBranch,
        slot,
        slotBranch: branch,
      });
      const bytes = child === undefined ? null : serialiseChildBlock(child, proof);
      context.effects.mergedBlock({ block, proof, bytes, worker: solution.worker });
    });
  }
  return isAny;
}

function attempt(context: SolutionContext, doing: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    context.effects.failed(error, doing);
  }
}
