/** A proportion with the bounds of its 95 % confidence interval, all between 0 and 1. */
interface Proportion {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** √2·erf⁻¹(0.95) */
const Z = 1.959964;

/** How often something happens that was seen `hits` times in `trials` (Wilson score, spec/08 §8.5); null without trials. */
export function proportion(hits: number, trials: number): Proportion | null {
  if (trials === 0) return null;
  const p = hits / trials;
  const z2 = Z * Z;
  const centre = p + z2 / (2 * trials);
  const half = Z * Math.sqrt((p * (1 - p)) / trials + z2 / (4 * trials * trials));
  const scale = 1 + z2 / trials;
  const clip = (x: number): number => Math.min(1, Math.max(0, x));
  return {
    value: p,
    low: clip(Math.min((centre - half) / scale, p)),
    high: clip(Math.max((centre + half) / scale, p)),
  };
}

/** How this node does against the pool: 1 is what everybody gets (spec/10 §12.4). `poolStale`: part of the pool's shares. */
export function efficiency(stale: number, total: number, poolStale: number): Proportion | null {
  const lost = proportion(stale, total);
  if (lost === null || poolStale >= 1) return null;
  const kept = (x: number): number => (1 - x) / (1 - poolStale);
  return { value: kept(lost.value), low: kept(lost.high), high: kept(lost.low) };
}
