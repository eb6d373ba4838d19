/**
 * The payouts of spec/04 §6 in the plainest way: walk, sum, sort. Shares nothing with src/, so that the two can judge each
 * other.
 */
export interface PlainShare {
  readonly id: string;
  readonly parent: string | null;
  readonly address: string;
  readonly work: bigint;
  readonly donation: number;
}

export interface PlainRules {
  readonly realChainLength: number;
  readonly spread: bigint;
  readonly donationAddress: string;
}

export interface PlainWeights {
  readonly byAddress: Map<string, bigint>;
  readonly total: bigint;
  readonly donation: bigint;
}

/** Weights from `start` down (§6.2). */
export function plainWeights(
  shares: ReadonlyMap<string, PlainShare>,
  start: string | null,
  maxShares: number,
  maxWeight: bigint,
): PlainWeights {
  const byAddress = new Map<string, bigint>();
  let total = 0n;
  let donation = 0n;
  let id = start;
  for (let count = 0; count < maxShares && total < maxWeight; count++) {
    const share = id === null ? undefined : shares.get(id);
    if (share === undefined) break;
    const left = (maxWeight - total) / 65535n;
    const units = share.work < left ? share.work : left;
    const donated = BigInt(share.donation);
    byAddress.set(share.address, (byAddress.get(share.address) ?? 0n) + units * (65535n - donated));
    donation += units * donated;
    total += units * 65535n;
    id = share.parent;
  }
  for (const [address, weight] of byAddress) if (weight === 0n) byAddress.delete(address);
  return { byAddress, total, donation };
}

/** Outputs of a share's generation transaction in their order: address and amount, the donation last (§6.3, §6.4). */
export function plainOutputs(
  shares: ReadonlyMap<string, PlainShare>,
  share: PlainShare,
  subsidy: bigint,
  blockAttempts: bigint,
  rules: PlainRules,
): [string, bigint][] {
  const parent = share.parent === null ? undefined : shares.get(share.parent);
  let height = 0;
  for (let id = share.parent; id !== null && shares.has(id); id = shares.get(id)!.parent) height++;
  const maxShares = Math.max(0, Math.min(height, rules.realChainLength) - 1);
  const maxWeight = 65535n * rules.spread * blockAttempts;
  const weights = plainWeights(shares, parent?.parent ?? null, maxShares, maxWeight);
  const amounts = new Map<string, bigint>();
  for (const [address, weight] of weights.byAddress) {
    amounts.set(address, (subsidy * 199n * weight) / (200n * weights.total));
  }
  amounts.set(share.address, (amounts.get(share.address) ?? 0n) + subsidy / 200n);
  const paid = [...amounts.values()].reduce((sum, amount) => sum + amount, 0n);
  amounts.set(rules.donationAddress, (amounts.get(rules.donationAddress) ?? 0n) + subsidy - paid);
  const sorted = [...amounts].sort(([a, x], [b, y]) => {
    const isDonation = Number(a === rules.donationAddress) - Number(b === rules.donationAddress);
    return isDonation || (x < y ? -1 : x > y ? 1 : a < b ? -1 : 1);
  });
  return sorted.slice(-4000).filter(([address, amount]) => amount > 0n || address === rules.donationAddress);
}
