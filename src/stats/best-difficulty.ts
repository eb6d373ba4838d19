/** The hardest solutions seen: since the start, since the pool's last block, ever. */
export interface BestDifficulties {
  readonly session: number | null;
  readonly round: number | null;
  readonly allTime: number | null;
}

const NONE: BestDifficulties = { session: null, round: null, allTime: null };
/** Addresses remembered; the one that submitted longest ago goes. */
const MAX_ADDRESSES = 2000;

/** Best difficulties of the node and of each address (spec/10 §12.5). */
export class BestDifficulty {
  private node: BestDifficulties = NONE;
  private byAddress = new Map<string, BestDifficulties>();

  reached(address: string, difficulty: number): void {
    this.node = raise(this.node, difficulty);
    const before = this.byAddress.get(address) ?? NONE;
    this.byAddress.delete(address);
    this.byAddress.set(address, raise(before, difficulty));
    if (this.byAddress.size > MAX_ADDRESSES) this.byAddress.delete(this.byAddress.keys().next().value!);
  }

  /** The pool found a block. */
  newRound(): void {
    this.node = { ...this.node, round: null };
    for (const [address, best] of this.byAddress) this.byAddress.set(address, { ...best, round: null });
  }

  get ofNode(): BestDifficulties {
    return this.node;
  }

  of(address: string): BestDifficulties {
    return this.byAddress.get(address) ?? NONE;
  }

  /** To be kept: what was best ever. */
  save(): unknown {
    const addresses = [...this.byAddress].map(([address, { allTime }]) => [address, allTime]);
    return { node: this.node.allTime, addresses };
  }

  /** Takes what was kept; anything that does not look like it is ignored. */
  restore(saved: unknown): void {
    const { node, addresses } = (saved ?? {}) as { node?: unknown; addresses?: unknown };
    if (typeof node === "number") this.node = { ...NONE, allTime: node };
    if (!Array.isArray(addresses)) return;
    for (const entry of addresses.slice(-MAX_ADDRESSES) as unknown[]) {
      const [address, allTime] = Array.isArray(entry) ? (entry as unknown[]) : [];
      if (typeof address === "string" && typeof allTime === "number") {
        this.byAddress.set(address, { ...NONE, allTime });
      }
    }
  }
}

function raise(best: BestDifficulties, difficulty: number): BestDifficulties {
  return {
    session: Math.max(best.session ?? 0, difficulty),
    round: Math.max(best.round ?? 0, difficulty),
    allTime: Math.max(best.allTime ?? 0, difficulty),
  };
}
