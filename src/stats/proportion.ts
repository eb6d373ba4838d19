/** Two-sided 95 % of a normal distribution. */
const Z = 1.959963984540054;

/** Wilson score interval of a proportion seen as `x` of `n`, at 95 % (spec/08 §8.5); all of 0 to 1 for `n` 0. */
export function proportionBounds(x: number, n: number): { readonly low: number; readonly high: number } {
  if (n === 0) return { low: 0, high: 1 };
  const p = x / n;
  const centre = p + Z ** 2 / (2 * n);
  const half = Z * Math.sqrt((p * (1 - p)) / n + Z ** 2 / (4 * n ** 2));
  const scale = 1 + Z ** 2 / n;
  const clip = (value: number): number => Math.min(1, Math.max(0, value));
  return { low: clip(Math.min(p, (centre - half) / scale)), high: clip(Math.max(p, (centre + half) / scale)) };
}
