import { binaryStringToBytes } from "../../core/bytes.js";
import type { MergedAddress } from "../contents.js";
import type { PayableAddress } from "../recent-payees.js";
import type { ShareRules } from "../rules.js";
import { childForm } from "./owner.js";

/**
 * Where a share should say that its miner is paid on the network's merged chains: where he wants, else where the same key or
 * script can. Always said, though it often goes without saying: anybody can make a share that names another one's script and
 * an address of his own, which nodes then remember for shares that say nothing (spec/20 §9.3).
 */
export function mergedEntries(
  owner: PayableAddress,
  wanted: readonly MergedAddress[],
  { network }: ShareRules,
): readonly MergedAddress[] | null {
  const derived = childForm(owner.scriptKey);
  const entries = network.mergedChains.flatMap(({ chainId }): MergedAddress[] => {
    const named = wanted.find((entry) => entry.chainId === chainId);
    if (named !== undefined) return [named];
    return derived === null ? [] : [{ chainId, script: binaryStringToBytes(derived) }];
  });
  return entries.length === 0 ? null : entries;
}
