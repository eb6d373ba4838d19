import { seededRandom } from "../../../../src/core/random.js";
import { networkByName } from "../../../../src/networks/index.js";
import { chooseBest, type Decision } from "../../../../src/sharechain/choose-best.js";
import type { ShareVersion } from "../../../../src/sharechain/formats/index.js";
import { ShareRules } from "../../../../src/sharechain/rules.js";
import type { ShareNode } from "../../../../src/sharechain/share-node.js";
import { Tracker } from "../../../../src/sharechain/tracker.js";
import type { DaemonView, Verdict } from "../../../../src/sharechain/verify.js";
import { syntheticShare } from "./synthetic.js";

/** The toy of spec/04 §13.7: hashes are integers, every share verifies in its place. */
export const TOY_CHAIN_LENGTH = 16;

export function toyId(number: number): string {
  return String(number).padStart(64, "0");
}

export function toyNumber(id: string | null): number | null {
  return id === null ? null : Number(id);
}

export interface ToyShare {
  readonly attempts?: bigint;
  readonly seen?: number;
  readonly naughty?: number;
  readonly isBlock?: boolean;
  readonly version?: ShareVersion;
  /** Number of a transaction that it lists. */
  readonly transaction?: number;
  readonly peer?: string;
  readonly timestamp?: number;
}

class TrustingTracker extends Tracker {
  override verify(node: ShareNode): Verdict {
    const ok = node.last === null || node.height > TOY_CHAIN_LENGTH;
    const { naughty } = node.item;
    if (!ok) return { ok, code: "DRAFT_CHAIN_TOO_SHORT", reason: "chain is too short", naughty };
    this.markVerified(node);
    return { ok, naughty, gentxSize: { stripped: 100, weight: 400 }, votes: null };
  }
}

export class Toy {
  readonly tracker: Tracker;
  /** Height of every block relative to the best. */
  blocksBehind = 0;
  private readonly view: DaemonView = {
    blockHeight: () => 0,
    relativeHeight: () => 0 - this.blocksBehind,
    fee: () => undefined,
    transactionSize: () => 10_000_000,
  };

  constructor() {
    const { coin, ...network } = networkByName("bitcoin_regtest");
    this.tracker = new TrustingTracker(
      new ShareRules({
        ...network,
        coin: { ...coin, blockPeriod: 150 },
        sharePeriod: 10,
        chainLength: TOY_CHAIN_LENGTH,
        realChainLength: TOY_CHAIN_LENGTH,
      }),
    );
  }

  /** Adds the shares `numbers`, each on the one before it, the first on `under`. */
  add(numbers: readonly number[], under: number | null, toy: ToyShare = {}): this {
    let parent = under;
    for (const number of numbers) {
      const share = syntheticShare({
        id: toyId(number),
        parent: parent === null ? null : toyId(parent),
        timestamp: toy.timestamp ?? 1000,
        isBlockSolution: toy.isBlock ?? false,
        ...(toy.version === undefined ? {} : { version: toy.version }),
      });
      const lists = { newHashes: [new Uint8Array(32).fill(toy.transaction ?? 0)], refs: [0n, 0n] };
      const node = this.tracker.add(
        {
          ...share,
          work: toy.attempts ?? 100n,
          info: { ...share.info, transactions: toy.transaction === undefined ? null : lists },
        },
        toy.seen ?? 0,
        toy.peer ?? null,
      )!;
      node.item.naughty = toy.naughty ?? 0;
      parent = number;
    }
    return this;
  }

  evaluate(now = 1000): Decision & { readonly outcome: "decided" } {
    const decision = chooseBest(this.tracker, this.view, now, seededRandom(1));
    if (decision.outcome !== "decided") throw new Error("evaluation was aborted");
    return decision;
  }

  evaluateAny(now = 1000): Decision {
    return chooseBest(this.tracker, this.view, now, seededRandom(1));
  }

  verified(): number[] {
    return [...this.tracker.verified.all()].map(({ id }) => Number(id)).sort((a, b) => a - b);
  }

  known(): number[] {
    return [...this.tracker.main.all()].map(({ id }) => Number(id)).sort((a, b) => a - b);
  }
}

/** first…last */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
