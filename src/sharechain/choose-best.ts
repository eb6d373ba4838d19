import type { Random } from "../core/random.js";
import type { ShareId } from "./contents.js";
import { easesByFuture, punishValue } from "./punish.js";
import type { ShareForest, ShareNode } from "./share-node.js";
import type { Tracker } from "./tracker.js";
import type { DaemonView, Verdict } from "./verify.js";

/** A missing parent worth asking for. */
export interface WantedShare {
  /** A peer that sent something on top of it; null if only own or stored shares stand there. */
  readonly peer: string | null;
  readonly id: ShareId;
}

export interface RankedHead {
  readonly node: ShareNode;
  /** Work under the newest five shares, with the head's own taken off or put on for punishment. */
  readonly work: bigint;
  readonly punish: number;
}

/** Score of the heaviest head of a verified tail (spec/04 §8.3). */
export interface TailScore {
  readonly tail: string | null;
  readonly head: ShareNode;
  /** Verified shares, at most CHAIN_LENGTH. */
  readonly height: number;
  /** Work by the coin's blocks as a clock; null while the chain is shorter than CHAIN_LENGTH. */
  readonly rate: { readonly work: bigint; readonly blockIntervals: bigint } | null;
}

export interface Refusal {
  readonly node: ShareNode;
  readonly verdict: Verdict & { readonly ok: false };
}

/** What an evaluation found, whether or not it came to an end. */
interface Findings {
  /** Shares that cannot be verified; those at an end of a chain are removed by now. */
  readonly refused: readonly Refusal[];
  /** Shares below a verified one that cannot be verified; they stay, as spec/04 §8.2 has it. */
  readonly unsound: readonly Refusal[];
  /** Peers that sent those that were refused. */
  readonly badPeers: ReadonlySet<string>;
  /** Whether there was more to verify than the caller had time for; another evaluation goes on from here. */
  readonly isUnfinished: boolean;
}

/** Asked before each verification, which takes a fraction of a millisecond: whether there is time for it. */
export type MayVerify = () => boolean;

/** What to do after an evaluation (spec/04 §8.7). */
export type Decision =
  | (Findings & {
      readonly outcome: "decided";
      readonly best: ShareNode | null;
      readonly wanted: readonly WantedShare[];
      /** Ascending; the last is best before the jump over punished shares. */
      readonly heads: readonly RankedHead[];
      /** Ascending; heads are those of the last one's tail. */
      readonly tailScores: readonly TailScore[];
      /** Minus the punish value of the traditional ranking's best head: above 0 for a block solution, below for an offender. */
      readonly punishFlag: number;
    })
  /** The walk away from a punished share came to a missing parent: best share and wanted list stay as they were. */
  | (Findings & { readonly outcome: "aborted" });

/** Shares at the head whose work does not count, so that short forks tie and the earliest seen wins. */
const UNCOUNTED_SHARES = 5;
const DESCENDANT_GENERATIONS = 20;
const WANTED_MAX_AGE = 3600;
const WANTED_MAX_AGE_WITHOUT_BEST = 86400;

interface Desire extends WantedShare {
  readonly newestTimestamp: number;
}

/**
 * Chain evaluation (spec/04 §8): verifies new heads and extends verified chains downwards, drops what cannot be verified,
 * and ranks tails and heads. Deterministic in (tracker, view, now, random). `now`: seconds since 1970.
 */
export function chooseBest(
  tracker: Tracker,
  view: DaemonView,
  now: number,
  random: Random,
  mayVerify: MayVerify = () => true,
): Decision {
  const desires = new Map<string, Desire>();
  let isUnfinished = false;
  const mayGoOn = (): boolean => {
    const may = mayVerify();
    isUnfinished ||= !may;
    return may;
  };
  const refused = verifyHeads(tracker, view, now, random, desires, mayGoOn);
  const badPeers = dropRefused(tracker, refused);
  const unsound = extendDown(tracker, view, now, random, desires, mayGoOn);

  const findings: Findings = { refused: [...refused.values()], unsound, badPeers, isUnfinished };
  const tailScores = scoreTails(tracker, view);
  const bestTail = tailScores.at(-1);
  const heads =
    bestTail === undefined ? [] : rankHeads(tracker, view, tracker.verified.tails().get(bestTail.tail)!.heads);
  const punishFlag = traditionalPunishFlag(heads, tracker);
  const ranked = heads.at(-1);
  const best = ranked === undefined ? null : jumpOverPunished(ranked, tracker, view);
  if (best === undefined) return { outcome: "aborted", ...findings };

  const clock = Math.floor(now);
  const cutOff =
    best === null
      ? clock - WANTED_MAX_AGE_WITHOUT_BEST
      : Math.min(clock, best.item.share.info.timestamp) - WANTED_MAX_AGE;
  const wanted = [...desires.values()].filter((desire) => desire.newestTimestamp >= cutOff);
  return { outcome: "decided", best, wanted, heads, tailScores, punishFlag, ...findings };
}

/** §8.1: each unverified head, and what is under it until something verifies. */
function verifyHeads(
  tracker: Tracker,
  view: DaemonView,
  now: number,
  random: Random,
  desires: Map<string, Desire>,
  mayGoOn: MayVerify,
): Map<string, Refusal> {
  const refused = new Map<string, Refusal>();
  const { chainLength } = tracker.rules.network;
  for (const head of [...tracker.main.heads()]) {
    if (isHead(tracker.verified, head)) continue;
    const { height, last } = head;
    const attempts = last === null ? height : Math.min(UNCOUNTED_SHARES, Math.max(0, height - chainLength));
    let verified = false;
    for (const node of head.chain(attempts)) {
      if (!mayGoOn()) return refused;
      const verdict = tracker.verify(node, now, view);
      verified = verdict.ok;
      if (verdict.ok) break;
      if (!refused.has(node.id)) refused.set(node.id, { node, verdict });
    }
    if (!verified && last !== null) want(desires, tracker.main, last, head, height, random);
  }
  return refused;
}

function isHead(forest: ShareForest, node: ShareNode): boolean {
  const own = forest.get(node.id);
  return own !== undefined && own.children.length === 0;
}

/** §8.2, first half. A share in the middle of a chain stays. */
function dropRefused(tracker: Tracker, refused: ReadonlyMap<string, Refusal>): Set<string> {
  const badPeers = new Set<string>();
  for (const { node } of refused.values()) {
    if (node.item.peer !== null) badPeers.add(node.item.peer);
    tracker.remove(node.id);
  }
  return badPeers;
}

/** §8.2, second half: verified chains shorter than CHAIN_LENGTH grow downwards. Failures here drop nothing. */
function extendDown(
  tracker: Tracker,
  view: DaemonView,
  now: number,
  random: Random,
  desires: Map<string, Desire>,
  mayGoOn: MayVerify,
): Refusal[] {
  const unsound: Refusal[] = [];
  const { chainLength } = tracker.rules.network;
  for (const head of [...tracker.verified.heads()]) {
    const { height, last } = head;
    const below = tracker.main.get(last);
    const mainHeight = below?.height ?? 0;
    const mainLast = tracker.main.last(last);
    const missing = Math.max(chainLength - height, 0);
    // The "- 1" leaves one share that would qualify unverified; every node does so.
    const possible = mainLast === null ? mainHeight : Math.max(mainHeight - 1 - chainLength, 0);
    if (below !== undefined) {
      for (const node of below.chain(Math.min(missing, possible))) {
        if (!mayGoOn()) break;
        const verdict = tracker.verify(node, now, view);
        if (verdict.ok) continue;
        unsound.push({ node, verdict });
        break;
      }
    }
    if (height < chainLength && mainLast !== null) {
      want(desires, tracker.verified, mainLast, head, height, random, last);
    }
  }
  return unsound;
}

/** Notes that `id` is missing under `head`, and one of those who might have it. */
function want(
  desires: Map<string, Desire>,
  forest: ShareForest,
  id: string,
  head: ShareNode,
  height: number,
  random: Random,
  under: string | null = id,
): void {
  const above = forest.childrenOf(under);
  const source = above[Math.floor(random.uniform() * above.length)];
  const peer = source?.item.peer ?? null;
  let newestTimestamp = 0;
  for (const { item } of head.chain(Math.min(height, UNCOUNTED_SHARES))) {
    newestTimestamp = Math.max(newestTimestamp, item.share.info.timestamp);
  }
  const key = `${id} ${peer ?? ""}`;
  const known = desires.get(key);
  if (known === undefined || known.newestTimestamp < newestTimestamp) {
    desires.set(key, { peer, id: id as ShareId, newestTimestamp });
  }
}

/** §8.3, ascending. */
function scoreTails(tracker: Tracker, view: DaemonView): TailScore[] {
  const scores: TailScore[] = [];
  for (const [tail, { heads }] of tracker.verified.tails()) {
    let heaviest: ShareNode | null = null;
    for (const head of heads) if (heaviest === null || head.work > heaviest.work) heaviest = head;
    if (heaviest !== null) scores.push({ tail, head: heaviest, ...scoreHead(heaviest, tracker, view) });
  }
  return scores.sort(compareTails);
}

/** Score of a verified head: its height, or from CHAIN_LENGTH on its work per block of the coin. */
export function scoreHead(head: ShareNode, tracker: Tracker, view: DaemonView): Pick<TailScore, "height" | "rate"> {
  const { chainLength } = tracker.rules.network;
  if (head.height < chainLength) return { height: head.height, rate: null };
  const depth = Math.floor((chainLength * 15) / 16);
  // Ancestors are looked up in main, heights and sums in verified (§1.1).
  const end = tracker.main.get(head.id)!.ancestor(depth)!;
  let newestBlock = Number.NEGATIVE_INFINITY;
  for (const { item } of end.chain(Math.floor(chainLength / 16))) {
    newestBlock = Math.max(newestBlock, view.relativeHeight(item.share.header.previousBlock ?? ""));
  }
  const work = tracker.main.get(head.id)!.workSince(end);
  return { height: chainLength, rate: { work, blockIntervals: BigInt(1 - newestBlock) } };
}

function compareTails(a: TailScore, b: TailScore): number {
  if (a.height !== b.height) return a.height - b.height;
  if (a.rate !== null && b.rate !== null) {
    const left = a.rate.work * b.rate.blockIntervals;
    const right = b.rate.work * a.rate.blockIntervals;
    if (left !== right) return left < right ? -1 : 1;
  } else if (a.rate !== b.rate) return a.rate === null ? -1 : 1;
  return compareIds(a.tail, b.tail);
}

/** As integers, and none below all; ids have the same number of digits. */
function compareIds(a: string | null, b: string | null): number {
  if (a === b) return 0;
  return (a ?? "") < (b ?? "") ? -1 : 1;
}

/** §8.4, ascending. */
function rankHeads(tracker: Tracker, view: DaemonView, heads: Iterable<ShareNode>): RankedHead[] {
  const ranked: RankedHead[] = [];
  for (const node of heads) {
    const punish = punishValue(node, tracker, view);
    const own = BigInt(Math.min(punish, 1)) * node.item.work;
    ranked.push({ node, work: countedWork(node, tracker) - own, punish });
  }
  return ranked.sort(
    (a, b) =>
      compareBigints(a.work, b.work) ||
      b.punish - a.punish ||
      Number(easesByFuture(b.node, tracker.rules)) - Number(easesByFuture(a.node, tracker.rules)) ||
      b.node.item.seenAt - a.node.item.seenAt ||
      compareIds(a.node.id, b.node.id),
  );
}

/** Verified work under the newest five shares. */
function countedWork(head: ShareNode, tracker: Tracker): bigint {
  const under = tracker.main.get(head.id)!.ancestor(Math.min(UNCOUNTED_SHARES, head.height));
  return under === null ? 0n : (tracker.verified.get(under.id)?.work ?? 0n);
}

function compareBigints(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function traditionalPunishFlag(heads: readonly RankedHead[], tracker: Tracker): number {
  let best: { head: RankedHead; work: bigint } | null = null;
  for (const head of heads) {
    const work = countedWork(head.node, tracker);
    const order =
      best === null ||
      (compareBigints(work, best.work) ||
        best.head.node.item.seenAt - head.node.item.seenAt ||
        best.head.punish - head.punish ||
        compareIds(head.node.id, best.head.node.id)) > 0;
    if (order) best = { head, work };
  }
  // 0 - x rather than -x: minus zero is nobody's answer.
  return best === null ? 0 : 0 - best.head.punish;
}

/** §8.5; undefined if a punished share has no parent. */
function jumpOverPunished(head: RankedHead, tracker: Tracker, view: DaemonView): ShareNode | undefined {
  let node = tracker.main.get(head.node.id)!;
  let { punish } = head;
  while (punish > 0) {
    if (node.parent === null) return undefined;
    node = node.parent;
    punish = punishValue(node, tracker, view);
    if (punish === 0) node = bestDescendant(node, DESCENDANT_GENERATIONS).node;
  }
  return node;
}

/** The end of the deepest chain of shares on `node` that are not naughty; ties by the greatest hash. */
function bestDescendant(node: ShareNode, limit: number): { generations: number; node: ShareNode } {
  let best: { generations: number; node: ShareNode } | null = null;
  if (limit >= 0) {
    for (const child of node.children) {
      if (child.item.naughty !== 0) continue;
      const found = bestDescendant(child, limit - 1);
      const better =
        best === null ||
        found.generations > best.generations ||
        (found.generations === best.generations && found.node.id > best.node.id);
      if (better) best = found;
    }
  }
  return best === null ? { generations: 0, node } : { generations: best.generations + 1, node: best.node };
}
