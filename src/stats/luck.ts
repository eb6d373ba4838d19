/** Blocks that somebody's shares should have been on average, and those that they were. */
export interface Luck {
  readonly expected: number;
  readonly found: number;
}

export interface LuckOf extends Luck {
  /** Null for the whole pool. */
  readonly address: string | null;
}

/** Addresses counted: those with the most work. */
const MAX_ADDRESSES = 100;
/** Kept beside them, so that whoever comes new has a chance to become one of them. */
const MAX_CANDIDATES = 400;

/**
 * How many blocks the pool's shares and those of single addresses were, against what chance lets one expect: who hands in
 * shares but keeps his blocks back shows here, in time (spec/09 §7.2).
 */
export class LuckCounter {
  private pool: Luck = { expected: 0, found: 0 };
  private readonly byAddress = new Map<string, Luck>();

  /** A share that was just made. `chance`: that a share of its target is a block, by the daemon's own target. */
  share(address: string, chance: number, isBlock: boolean): void {
    const add = ({ expected, found }: Luck): Luck => ({
      expected: expected + chance,
      found: found + (isBlock ? 1 : 0),
    });
    this.pool = add(this.pool);
    this.byAddress.set(address, add(this.byAddress.get(address) ?? { expected: 0, found: 0 }));
    if (this.byAddress.size > MAX_CANDIDATES) this.keepLargest(MAX_ADDRESSES);
  }

  /** The pool first, then the addresses with the most work. */
  list(): readonly LuckOf[] {
    const addresses = [...this.byAddress].map(([address, luck]) => ({ address, ...luck }));
    addresses.sort((a, b) => b.expected - a.expected);
    return [{ address: null, ...this.pool }, ...addresses.slice(0, MAX_ADDRESSES)];
  }

  save(): unknown {
    return this.list().map(({ address, expected, found }) => [address, expected, found]);
  }

  /** Takes what was kept; anything that does not look like it is ignored. */
  restore(saved: unknown): void {
    if (!Array.isArray(saved)) return;
    for (const entry of saved.slice(0, MAX_ADDRESSES + 1) as unknown[]) {
      const [address, expected, found] = Array.isArray(entry) ? (entry as unknown[]) : [];
      if (typeof expected !== "number" || typeof found !== "number" || !(expected >= 0 && found >= 0)) continue;
      if (address === null) this.pool = { expected, found };
      else if (typeof address === "string") this.byAddress.set(address, { expected, found });
    }
  }

  private keepLargest(count: number): void {
    const largest = [...this.byAddress].sort(([, a], [, b]) => b.expected - a.expected).slice(0, count);
    this.byAddress.clear();
    for (const [address, luck] of largest) this.byAddress.set(address, luck);
  }
}

/** How likely it is by chance to find so few blocks or fewer (Poisson). */
export function chanceOfSoFew({ expected, found }: Luck): number {
  // By logarithms: the first terms are nothing that a number could hold where many are expected.
  let logTerm = -expected;
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= found; i++) {
    logTerm += Math.log(expected / i);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, sum);
}
