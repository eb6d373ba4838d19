import { hashToHex } from "../core/bytes.js";
import { bitsToTarget } from "../core/compact.js";
import { hash256, hashMeetsTarget, Sha256 } from "../core/hash/index.js";
import { merkleApply } from "../core/merkle.js";
import type { Job, Outcome, Solution } from "./job.js";
import { minedHeader } from "./mined-header.js";
import { SeenHashes } from "./seen-hashes.js";
import type { TargetTable } from "./target-facts.js";

/** A job as it is judged where nothing else is known of it: in another process than the one that made it. */
export interface PreparedJob {
  readonly job: Job;
  /** Of the tip that it builds on. */
  readonly tipEvent: number;
  /** SHA-256 of the generation transaction up to the bytes that miners vary; made for the first solution, which most jobs never have. */
  prefix: { readonly state: Uint8Array; readonly length: bigint; readonly buffered: Uint8Array } | null;
  /** What meets this may be a share, a block or a merged block, and is not for here to judge. */
  readonly worthyTarget: bigint;
  /** Header hashes that were credited. */
  readonly seen: SeenHashes;
}

export function prepareJob(job: Job, tipEvent: number): PreparedJob {
  let worthyTarget = bitsToTarget(job.header.bits);
  if (worthyTarget < job.hardestTarget) worthyTarget = job.hardestTarget;
  return {
    job,
    tipEvent,
    prefix: null,
    worthyTarget,
    seen: new SeenHashes(),
  };
}

function prefixOf({ coinbase }: Job): NonNullable<PreparedJob["prefix"]> {
  const hash = Sha256.create().update(coinbase.prefix);
  return { state: hash.exportState(), length: hash.length, buffered: hash.exportBuffered() };
}

/** The header that a solution was mined with. */
export function headerOfJob(prepared: PreparedJob, solution: Solution): Uint8Array {
  const { job } = prepared;
  prepared.prefix ??= prefixOf(job);
  const { prefix } = prepared;
  const gentxHash = Sha256.resume(prefix.state, prefix.length, prefix.buffered)
    .update(solution.extranonce)
    .update(job.coinbase.suffix)
    .doubleDigest();
  return minedHeader(job.header, merkleApply(gentxHash, job.merkleBranch), solution);
}

/**
 * Judges a solution without faults by its hash, as `judgeSolution` would where neither a share nor a block can come of it; null
 * where one may.
 */
export function judgeByTarget(
  { seen, worthyTarget }: PreparedJob,
  { easedTarget, pseudoTarget }: Solution,
  { header, pow }: { readonly header: Uint8Array; readonly pow: Uint8Array },
  { targets, stale }: { readonly targets: TargetTable; readonly stale: boolean },
): Outcome | null {
  if (hashMeetsTarget(pow, targets.of(worthyTarget).bytes)) return null;
  const isEased = !hashMeetsTarget(pow, targets.of(pseudoTarget).bytes);
  const easiest = easedTarget === undefined || easedTarget <= pseudoTarget ? null : easedTarget;
  if (isEased && (easiest === null || !hashMeetsTarget(pow, targets.of(easiest).bytes))) {
    return { kind: "rejected", code: 23, reason: "Low difficulty share" };
  }
  const hash = hashToHex(hash256(header));
  if (seen.has(hash)) return { kind: "rejected", code: 22, reason: "Duplicate share" };
  seen.add(hash);
  return { kind: "pseudo", stale, hash, ...(isEased ? { isEased } : {}) };
}
