import type FullNode from "bcoin/lib/node/fullnode.js";
import type Coin from "bcoin/lib/primitives/coin.js";
import CoinClass from "bcoin/lib/primitives/coin.js";
import type KeyRing from "bcoin/lib/primitives/keyring.js";
import MTX from "bcoin/lib/primitives/mtx.js";

const COINBASE_MATURITY = 100;
/** Below this many coins a payment is split further, above it one coin goes in for each that comes out. */
const ENOUGH_COINS = 64;
const MIN_COIN_VALUE = 100_000;

export interface TrafficOptions {
  readonly node: FullNode;
  /** Owner of all coins; pays itself. */
  readonly ring: KeyRing;
  /** Premined coinbases, oldest first; taken over. */
  readonly coinbases: Coin[];
  readonly transactionsPerBlock: number;
  readonly intervalMs: number;
  onTrouble(message: string): void;
}

/**
 * Keeps a few signed P2WPKH payments in the mempool, so that the blocks of a demonstration hold real transactions with
 * fees and a witness commitment that matters. The n-th payment always looks the same: the coins queue up in order, the
 * fee follows from n, and signatures are deterministic.
 */
export class Traffic {
  private readonly options: TrafficOptions;
  private readonly coins: Coin[] = [];
  private count = 0;
  private busy = false;

  constructor(options: TrafficOptions) {
    this.options = options;
  }

  /** Fills the mempool once, then goes on for as long as the thread lives. */
  async start(): Promise<void> {
    const { transactionsPerBlock, intervalMs, node } = this.options;
    while (node.mempool.map.size < transactionsPerBlock && (await this.pay()));
    setInterval(() => void this.tick(), intervalMs).unref();
    node.on("block", () => void this.tick());
  }

  private async tick(): Promise<void> {
    const { node, transactionsPerBlock, onTrouble } = this.options;
    if (this.busy || node.mempool.map.size >= transactionsPerBlock) return;
    this.busy = true;
    try {
      await this.pay();
    } catch (error) {
      // After a reorganisation a coin of ours may be gone; the next payment takes the next coin.
      onTrouble(`payment ${this.count} failed: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.busy = false;
    }
  }

  /** False if there is no coin to spend. */
  private async pay(): Promise<boolean> {
    const { node, ring } = this.options;
    const coin = this.takeCoin();
    if (coin === null) return false;
    const number = this.count++;
    const fee = 1_000 + 137 * (number % 16);
    const outputs = this.coins.length < ENOUGH_COINS ? 3 : 1;
    const mtx = new MTX();
    mtx.addCoin(coin);
    let left = coin.value - fee;
    for (let i = outputs; i > 1; i--) {
      const value = Math.floor(left / i);
      mtx.addOutput(ring.getAddress(), value);
      left -= value;
    }
    mtx.addOutput(ring.getAddress(), left);
    mtx.sign(ring);
    const tx = mtx.toTX();
    if ((await node.mempool.addTX(tx)) !== null) throw new Error("its coin is unknown");
    for (let i = 0; i < outputs; i++) this.coins.push(CoinClass.fromTX(tx, i, -1));
    return true;
  }

  private takeCoin(): Coin | null {
    const { coinbases, node } = this.options;
    const oldest = coinbases[0];
    if (oldest !== undefined && node.chain.height + 1 - oldest.height >= COINBASE_MATURITY) return coinbases.shift()!;
    for (let coin = this.coins.shift(); coin !== undefined; coin = this.coins.shift()) {
      if (coin.value >= MIN_COIN_VALUE) return coin;
    }
    return null;
  }
}
