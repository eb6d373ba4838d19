import type { PoolNetwork } from "../networks/index.js";

/** Bytes that an answer of the daemon may have (spec/07 §3): a template of full blocks in hexadecimal, and room to spare. */
export function maxAnswerBytes({ blockMaxSize }: Pick<PoolNetwork, "blockMaxSize">): number {
  return 8 * blockMaxSize + 16_000_000;
}
