import { staleInfoOfByte } from "../core/stale-info.js";
import type { ShareRules } from "./rules.js";
import type { ShareNode } from "./share-node.js";
import { poolRateExact } from "./targets.js";
import { countVotes } from "./versions.js";

// What the chain says about the pool (spec/04 §11). Local: no rule of consensus reads it.

/**
 * Part of the pool's shares that were lost, over `count` shares from `from` down: each announced stale stands for one lost
 * share besides those in the chain.
 */
export function averageStaleProportion(from: ShareNode, count: number): number {
  let stale = 0;
  for (const { item } of from.chain(count)) if (item.share.info.data.staleInfo !== 0) stale++;
  return stale / (count + stale);
}

/** Work by stale announcement over `count` - 1 shares: `good` is all of it, whatever was announced. */
export function staleWork(from: ShareNode, count: number): Map<string, bigint> {
  const work = new Map<string, bigint>();
  const add = (key: string, amount: bigint): void => {
    work.set(key, (work.get(key) ?? 0n) + amount);
  };
  for (const { item } of from.chain(count - 1)) {
    const stale = staleInfoOfByte(item.share.info.data.staleInfo);
    add("good", item.work);
    if (stale !== null) add(stale, item.work);
  }
  return work;
}

/** The same in hashes per second. */
export function staleRates(from: ShareNode, count: number): Map<string, number> {
  const far = from.ancestor(count - 1);
  if (far === null) throw new RangeError("rates need that many shares");
  const seconds = from.item.share.info.timestamp - far.item.share.info.timestamp;
  return new Map([...staleWork(from, count)].map(([key, work]) => [key, Number(work) / seconds]));
}

/** Part of each address's shares that were announced stale, over `count` - 1 shares. */
export function staleProportionByAddress(from: ShareNode, count: number): Map<string, number> {
  const counts = new Map<string, { stale: number; total: number }>();
  for (const { item } of from.chain(count - 1)) {
    const { address, format, info } = item.share;
    // Before version 34 the reference counts each share as its user's first, and answers are compared with it.
    const before = format.payee === "pubkeyHash" ? undefined : counts.get(address);
    const stale = info.data.staleInfo !== 0 ? 1 : 0;
    counts.set(address, { stale: (before?.stale ?? 0) + stale, total: (before?.total ?? 0) + 1 + stale });
  }
  return new Map([...counts].map(([address, { stale, total }]) => [address, stale / total]));
}

/** Shares of an hour, at most those that are there. */
function hourOfShares(best: ShareNode, rules: ShareRules): number {
  return Math.min(best.height, Math.floor(3600 / rules.network.sharePeriod));
}

/** The pool's real hash rate, lost shares included, hashes per second; null while the chain is too young to tell. */
export function poolHashRate(best: ShareNode, rules: ShareRules): number | null {
  const shares = Math.min(best.height - 1, Math.floor(3600 / rules.network.sharePeriod));
  if (shares < 2) return null;
  return poolRateExact(best, shares) / (1 - averageStaleProportion(best, hourOfShares(best, rules)));
}

/** A version that most of the pool votes for and this program does not know; null if there is none. */
export function unknownMajorityVersion(best: ShareNode, rules: ShareRules): bigint | null {
  const votes = countVotes(best, Math.min(rules.network.chainLength, hourOfShares(best, rules)));
  for (const [version, work] of votes.byVersion) {
    const known = version <= 0xffffn && rules.version(Number(version)) !== null;
    if (!known && 2n * work > votes.total) return version;
  }
  return null;
}
