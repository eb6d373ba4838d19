/**
 * The decayed payouts of spec/20 §6 in the plainest way: walk, round down, sum, sort. Shares nothing with src/, so that the
 * two can judge each other.
 */
export interface PlainDecayedShare {
  readonly id: string;
  readonly parent: string | null;
  /** Hex digits of the output script. */
  readonly script: string;
  readonly work: bigint;
  readonly donation: number;
}

export interface PlainDecayedRules {
  readonly chainLength: number;
  readonly realChainLength: number;
  readonly donationScript: string;
}

export interface PlainDecayedWeights {
  readonly byScript: Map<string, bigint>;
  readonly total: bigint;
  readonly donation: bigint;
}

export function plainDecayedWeights(
  shares: ReadonlyMap<string, PlainDecayedShare>,
  start: string | null,
  maxShares: number,
  chainLength: number,
): PlainDecayedWeights {
  const halfLife = BigInt(Math.max(Math.floor(chainLength / 4), 1));
  const step = 2n ** 40n - (2n ** 40n * 693147n) / (1000000n * halfLife);
  const byScript = new Map<string, bigint>();
  let total = 0n;
  let donation = 0n;
  let factor = 2n ** 40n;
  let share = start === null ? undefined : shares.get(start);
  for (let count = 0; count < maxShares && share !== undefined; count++) {
    const work = (share.work * factor) / 2n ** 40n;
    const donated = BigInt(share.donation);
    byScript.set(share.script, (byScript.get(share.script) ?? 0n) + work * (65535n - donated));
    donation += work * donated;
    total += work * 65535n;
    factor = (factor * step) / 2n ** 40n;
    share = share.parent === null ? undefined : shares.get(share.parent);
  }
  return { byScript, total, donation };
}

/** Outputs of a share on `parent` in their order: script and amount, the donation last. */
export function plainDecayedOutputs(
  shares: ReadonlyMap<string, PlainDecayedShare>,
  parent: string | null,
  subsidy: bigint,
  { chainLength, realChainLength, donationScript }: PlainDecayedRules,
): [string, bigint][] {
  const { byScript, total } = plainDecayedWeights(shares, parent, realChainLength, chainLength);
  const amounts = new Map([...byScript].map(([script, weight]) => [script, (subsidy * weight) / total]));
  const left = (): bigint => [...amounts.values()].reduce((rest, amount) => rest - amount, subsidy);
  const order = ([a, x]: [string, bigint], [b, y]: [string, bigint]): number => (x < y || (x === y && a < b) ? -1 : 1);
  if (left() < 1n && subsidy > 0n) {
    const [script, amount] = [...amounts].sort(order).at(-1)!;
    amounts.set(script, amount - 1n);
  }
  const donation = left() + (amounts.get(donationScript) ?? 0n);
  amounts.delete(donationScript);
  const paid = [...amounts]
    .sort(order)
    .slice(-4000)
    .filter(([, amount]) => amount > 0n);
  return [...paid, [donationScript, donation]];
}
