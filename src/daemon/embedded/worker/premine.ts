import type FullNode from "bcoin/lib/node/fullnode.js";
import Coin from "bcoin/lib/primitives/coin.js";

/** One block a minute, as long as the times stay behind the present. */
const SPACING = 60;

export interface PremineOptions {
  readonly blocks: number;
  /** Seconds since 1970 of the last block. */
  readonly lastTime: number;
  /** Gets every coinbase. */
  readonly address: object;
}

/**
 * Mines empty blocks on the genesis block, which take about two hashes each while `chain.getTarget` gives the easiest
 * target. Same options, same chain: bcoin draws four bytes of each coinbase with Math.random, which is pinned meanwhile
 * (this thread does nothing else yet).
 *
 * @returns the coinbases' coins, oldest first.
 */
export async function premine(node: FullNode, { blocks, lastTime, address }: PremineOptions): Promise<Coin[]> {
  const coins: Coin[] = [];
  const random = Math.random;
  Math.random = () => 0;
  try {
    for (let height = 1; height <= blocks; height++) {
      const template = await node.miner.createBlock(node.chain.tip, address);
      template.time = lastTime - (blocks - height) * SPACING;
      const block = template.commit(solve(template));
      if ((await node.chain.add(block)) === null) throw new Error(`block ${height} was not accepted`);
      coins.push(Coin.fromTX(block.txs[0]!, 0, height));
    }
  } finally {
    Math.random = random;
  }
  return coins;
}

function solve(template: BcoinTemplate): unknown {
  for (let nonce = 0; nonce < 2 ** 32; nonce++) {
    const proof = template.getProof(0, 0, template.time, nonce);
    if (proof.verify(template.target)) return proof;
  }
  throw new Error("no nonce meets the target");
}
