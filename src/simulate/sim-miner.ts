import { attemptsToTarget, bitsToTarget } from "../core/compact.js";
import type { Random } from "../core/random.js";
import type { Job } from "../work/job.js";
import { drawBelow, drawWait } from "./drawn-work.js";
import type { SimNode } from "./sim-node.js";

export interface SimMinerOptions {
  readonly node: SimNode;
  readonly random: Random;
  /** Hashes per second. */
  readonly rate: number;
  /** Expected hashes of what it hands in: as easy as any share, so that none is missed. */
  readonly attempts: number;
  /** From a new job until its solutions are of that, milliseconds. */
  readonly delayMs: number;
  /** A solution that meets the coin's target is thrown away. */
  readonly withholds: boolean;
  /** Whether it mines here now. */
  readonly isMining: () => boolean;
}

/**
 * A miner as a process of chance: solutions come at random at the rate that its hash rate makes of their difficulty, whatever
 * the job, and each is of the job that the miner had by then. So a job need only be made where there is a solution of it.
 */
export class SimMiner {
  private readonly options: SimMinerOptions;
  private readonly target: bigint;
  private isStopped = false;
  /** Blocks that it threw away. */
  withheld = 0;
  private extranonce = 0;

  constructor(options: SimMinerOptions) {
    this.options = options;
    this.target = attemptsToTarget(options.attempts);
  }

  start(): void {
    this.next(drawWait(this.meanMs, this.options.random));
  }

  stop(): void {
    this.isStopped = true;
  }

  get isMining(): boolean {
    const { node, isMining } = this.options;
    return node.isUp && isMining();
  }

  private get meanMs(): number {
    return (1000 * this.options.attempts) / this.options.rate;
  }

  /** The next solution after so long. Its job is the node's of a while before. */
  private next(waitMs: number): void {
    const { node, random, delayMs } = this.options;
    const { clock } = node.options.world;
    clock.after(waitMs, () => {
      if (this.isStopped) return;
      this.next(drawWait(this.meanMs, random));
      if (!this.isMining) return;
      node.refreshTemplate();
      const job = node.work.job({ payee: node.options.address, shareDifficulty: null });
      if ("refused" in job) throw new Error(`no work: ${job.refused}`);
      clock.after(delayMs, () => {
        if (node.isUp && !this.isStopped) this.handIn(job);
      });
    });
  }

  private handIn(job: Job): void {
    const { node, random, withholds } = this.options;
    const { drawn } = node.options.world;
    const hash = drawBelow(this.target, random);
    if (withholds && hash <= bitsToTarget(job.header.bits)) {
      this.withheld++;
      return;
    }
    node.solved = (header) => drawn.mined(header, hash, hash <= job.shareTarget);
    const extranonce = new Uint8Array(8);
    new DataView(extranonce.buffer).setUint32(4, ++this.extranonce);
    const { time, version } = job.header;
    node.work.submit({
      job: job.id,
      extranonce,
      nonce: random.uint32(),
      time,
      version,
      pseudoTarget: this.target,
      worker: "",
    });
  }
}
