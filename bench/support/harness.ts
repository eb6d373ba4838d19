/** One line of a bench's table. */
export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What it should be, or what it is measured against. */
  readonly note?: string;
}

export interface Bench {
  readonly name: string;
  /** Its figures are counts, the same in every run. */
  readonly isExact?: true;
  run(): Promise<readonly Row[]>;
}

/** Milliseconds that a call takes. */
export function timeOf(action: () => void): number {
  const started = performance.now();
  action();
  return performance.now() - started;
}

/** Processor time of this process so far, which tells more than the clock where other programs run. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The value that `part` of the values lie below. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** Three significant digits, thousands apart. */
export function formatValue(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
  return Number(value.toPrecision(3)).toString();
}
