import { InvalidAddressOrKeyError, type RpcClient } from "../../daemon/rpc/index.js";
import { type Check, ok, problem, unknown } from "./check.js";

/** Blocks asked for at most. */
const MAX_BLOCKS = 20;
const NAME = "coin chain";

/** What the daemon has of the blocks that other nodes build on. */
export interface BlockComparison {
  /** In its best chain, with their heights. */
  readonly inChain: readonly { readonly hash: string; readonly height: number }[];
  /** Known, beside its best chain. */
  readonly beside: readonly string[];
  readonly missing: readonly string[];
}

/** `blocks`: that shares of others build on, the newest first. @throws what the calls throw, but for unknown blocks */
export async function compareBlocks(
  rpc: Pick<RpcClient, "getBlockHeader">,
  blocks: readonly string[],
): Promise<BlockComparison> {
  const inChain: { hash: string; height: number }[] = [];
  const beside: string[] = [];
  const missing: string[] = [];
  for (const hash of [...new Set(blocks)].slice(0, MAX_BLOCKS)) {
    try {
      const { height, confirmations } = await rpc.getBlockHeader(hash);
      if (confirmations < 0) beside.push(hash);
      else inChain.push({ hash, height });
    } catch (error) {
      if (!(error instanceof InvalidAddressOrKeyError)) throw error;
      missing.push(hash);
    }
  }
  return { inChain, beside, missing };
}

/** Whether this daemon is on the chain that the pool works on. One block beside it is a block that lost, as they do. */
export function blocksCheck({ inChain, beside, missing }: BlockComparison): Check {
  const count = inChain.length + beside.length + missing.length;
  if (count === 0) return unknown(NAME, "no share of another node to compare with");
  const heights = inChain.map(({ height }) => height);
  if (missing.length > inChain.length) {
    const text = `other nodes build on block ${missing[0]}, which this coin daemon does not have: it is behind, or on a fork of its own`;
    return problem(NAME, text);
  }
  if (beside.length > inChain.length) {
    const text = `other nodes build on block ${beside[0]}, which is beside this coin daemon's best chain: it is on a fork of its own`;
    return problem(NAME, text);
  }
  return ok(NAME, `other nodes build on the coin daemon's own blocks, up to height ${Math.max(...heights)}`);
}
