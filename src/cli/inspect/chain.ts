import { bitsToTarget, targetToDifficulty } from "../../core/compact.js";
import { errorMessage } from "../../core/errors.js";
import { seededRandom } from "../../core/random.js";
import type { PoolNetwork } from "../../networks/index.js";
import {
  chooseBest,
  countVotes,
  type DaemonView,
  type Decision,
  expectedPayouts,
  loadShare,
  poolHashRate,
  type Refusal,
  ShareError,
  type ShareNode,
  ShareRules,
  Tracker,
} from "../../sharechain/index.js";
import { parseLogLine } from "../../store/share-log.js";

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
  readonly progress: (what: string, part: number) => void;
}

/** A line that holds no share that could be used. */
interface BadLine {
  readonly line: number;
  readonly reason: string;
}

export interface ChainReport {
  readonly network: string;
  readonly shares: number;
  readonly verified: number;
  /** Marks of the log, which are counted and not trusted. */
  readonly marks: number;
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
}

/** Reads a share log and verifies it as a node would that knows nothing else. Errors of lines end in the report. */
export async function inspectChain(inspection: ChainInspection): Promise<ChainReport> {
  const { network, block } = inspection;
  const tracker = new Tracker(new ShareRules(network));
  const { badLines, marks, duplicates } = await load(tracker, inspection);
  const { decision, refused } = evaluate(tracker, inspection);
  const best = decision.outcome === "decided" ? decision.best : null;
  return {
    network: network.name,
    shares: tracker.main.size,
    verified: tracker.verified.size,
    marks,
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
  };
}

async function load(
  tracker: Tracker,
  { lines }: ChainInspection,
): Promise<{ badLines: BadLine[]; marks: number; duplicates: number }> {
  const badLines: BadLine[] = [];
  let marks = 0;
  let duplicates = 0;
  let line = 0;
  for await (const text of lines) {
    const record = parseLogLine(text, ++line);
    if (record === null) continue;
    if (record.kind === "bad") badLines.push(record);
    else if (record.kind === "verified") marks++;
    else {
      try {
        if (tracker.add(loadShare(record.raw, tracker.rules), 0) === null) duplicates++;
      } catch (error) {
        if (!(error instanceof ShareError)) throw error;
        badLines.push({ line, reason: errorMessage(error) });
      }
    }
  }
  return { badLines, marks, duplicates };
}

/** Evaluations until nothing changes any more: one may drop what hid something better. */
function evaluate(
  tracker: Tracker,
  { blockHeights, now, network, progress }: ChainInspection,
): { decision: Decision; refused: Map<string, Refusal> } {
  const expected = Math.max(1, Math.min(tracker.main.size, network.chainLength));
  const stop = tracker.verified.observe({ added: () => progress("verifying", tracker.verified.size / expected) });
  const best = Math.max(0, ...blockHeights.values());
  const view: DaemonView = {
    blockHeight: (hash) => blockHeights.get(hash) ?? 0,
    relativeHeight: (hash) => (blockHeights.get(hash) ?? 0) - best,
    fee: () => undefined,
    transactionSize: () => undefined,
  };
  const refused = new Map<string, Refusal>();
  for (;;) {
    const before = `${tracker.main.size} ${tracker.verified.size}`;
    const decision = chooseBest(tracker, view, now, seededRandom(0));
    for (const refusal of decision.refused) refused.set(refusal.node.id, refusal);
    if (`${tracker.main.size} ${tracker.verified.size}` === before) {
      stop();
      return { decision, refused };
    }
  }
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
