import { bitsToTarget, targetToDifficulty } from "../../core/compact.js";
import type { PoolNetwork } from "../../networks/index.js";
import {
  countVotes,
  expectedPayouts,
  poolHashRate,
  type ShareNode,
  ShareRules,
  Tracker,
} from "../../sharechain/index.js";
import { evaluateUnaided, unaidedView } from "./evaluate.js";
import { type BadLine, loadShareLog } from "./share-log.js";
import { type Verdicts, verdictsOn } from "./verdicts.js";

export interface ChainInspection {
  readonly network: PoolNetwork;
  /** Lines of a share log. */
  readonly lines: AsyncIterable<string>;
  /** Seconds since 1970. */
  readonly now: number;
  /** Heights of the coin's blocks by hash; empty if unknown, and then all blocks count as equally recent. */
  readonly blockHeights: ReadonlyMap<string, number>;
  /** For the payouts of a block found now; null for none. */
  readonly block: { readonly subsidy: bigint; readonly bits: number } | null;
  /** Whether every share is verified by itself, too. */
  readonly wantsVerdicts: boolean;
  readonly progress: (what: string, part: number) => void;
}

export interface ChainReport {
  readonly network: string;
  readonly shares: number;
  readonly verified: number;
  /** Marks of the log, which are counted and not trusted. */
  readonly marks: number;
  /** Refused although the log says that they were verified. */
  readonly markedButRefused: readonly string[];
  readonly duplicates: number;
  readonly badLines: readonly BadLine[];
  readonly refused: readonly { readonly id: string; readonly code: string; readonly reason: string }[];
  readonly best: {
    readonly id: string;
    readonly height: number;
    readonly verifiedHeight: number;
    readonly version: number;
    /** Of a share that is made on top of it. */
    readonly nextVersion: number;
    /** Work by voted version over the newest shares of a chain length, most first; the parts add up to 1. */
    readonly votes: readonly { readonly version: string; readonly part: number }[];
    readonly timestamp: number;
    readonly difficulty: number;
  } | null;
  readonly heads: readonly { readonly id: string; readonly height: number; readonly verified: boolean }[];
  /** First missing hashes below, null for the start of a chain. */
  readonly tails: readonly (string | null)[];
  /** Hashes per second; null while the chain is too young. */
  readonly poolHashRate: number | null;
  /** Descending. */
  readonly payouts: readonly { readonly address: string; readonly amount: bigint }[] | null;
  /** Null unless they were asked for. */
  readonly verdicts: Verdicts | null;
}

/** Reads a share log and verifies it as a node would that knows nothing else. Errors of lines end in the report. */
export async function inspectChain(inspection: ChainInspection): Promise<ChainReport> {
  const { network, block } = inspection;
  const tracker = new Tracker(new ShareRules(network));
  const { badLines, marks, duplicates } = await loadShareLog(tracker, inspection.lines);
  const verdicts = inspection.wantsVerdicts ? judgeAll(inspection, tracker) : null;
  const verifying = (part: number): void => inspection.progress("verifying", part);
  const { decision, refused } = evaluateUnaided(tracker, inspection.now, verifying, inspection.blockHeights);
  const best = decision.outcome === "decided" ? decision.best : null;
  return {
    network: network.name,
    shares: tracker.main.size,
    verified: tracker.verified.size,
    marks: marks.size,
    markedButRefused: [...refused.keys()].filter((id) => marks.has(id)),
    duplicates,
    badLines,
    refused: [...refused.values()].map(({ node, verdict }) => ({
      id: node.id,
      code: verdict.code,
      reason: verdict.reason,
    })),
    best:
      best === null
        ? null
        : {
            id: best.id,
            height: best.height,
            verifiedHeight: tracker.verified.height(best.id),
            version: best.item.share.version,
            nextVersion: tracker.formatToMint(best).version,
            votes: votesOf(best, network.chainLength),
            timestamp: best.item.share.info.timestamp,
            difficulty: targetToDifficulty(best.item.share.target),
          },
    heads: [...tracker.main.heads()].map((head) => ({
      id: head.id,
      height: head.height,
      verified: tracker.isVerified(head),
    })),
    tails: [...tracker.main.tails().keys()],
    poolHashRate: best === null ? null : poolHashRate(best, tracker.rules),
    payouts: best === null || block === null ? null : payouts(tracker, best, block),
    verdicts,
  };
}

/** On a tracker of its own: which shares are verified has to be the evaluation's business. */
function judgeAll({ network, now, blockHeights, progress }: ChainInspection, { main }: Tracker): Verdicts {
  const tracker = new Tracker(new ShareRules(network));
  for (const { item } of main.all()) tracker.add(item.share, 0);
  return verdictsOn(tracker, now, unaidedView(blockHeights), (part) => progress("judging", part));
}

function votesOf(best: ShareNode, chainLength: number): { version: string; part: number }[] {
  const { byVersion, total } = countVotes(best, Math.min(best.height, chainLength));
  return [...byVersion]
    .map(([version, work]) => ({ version: String(version), part: Number((work * 10_000n) / total) / 10_000 }))
    .sort((a, b) => b.part - a.part);
}

function payouts(
  tracker: Tracker,
  best: Parameters<typeof expectedPayouts>[0],
  block: { readonly subsidy: bigint; readonly bits: number },
): { address: string; amount: bigint }[] {
  const amounts = expectedPayouts(best, bitsToTarget(block.bits), block.subsidy, tracker.rules, tracker.windows);
  return [...amounts]
    .map(([address, amount]) => ({ address, amount }))
    .sort((a, b) => (a.amount < b.amount ? 1 : a.amount > b.amount ? -1 : a.address < b.address ? -1 : 1));
}
