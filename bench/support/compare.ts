import { median, type Row } from "./harness.js";

/** A row over several runs of its bench: the median, and what each of them gave. */
export interface KeptRow extends Row {
  readonly runs: readonly number[];
}

export interface Movement {
  /** Of the medians; infinite where the earlier one is 0. */
  readonly percent: number;
  /** Whether it is more than what the runs of either side differ by; null where they are too few to tell. */
  readonly moved: boolean | null;
}

/** Runs from which on their spread says something. */
const LEAST_RUNS = 3;

/** Puts several runs of a bench together, row by row. Rows that not every run has are left out. */
export function together(runs: readonly (readonly Row[])[]): KeptRow[] {
  const [first = []] = runs;
  return first.flatMap((row) => {
    const values = runs.flatMap((rows) => rows.find(({ what }) => what === row.what)?.value ?? []);
    return values.length < runs.length ? [] : [{ ...row, value: median(values), runs: values }];
  });
}

/** Between the least and the greatest of all runs, in the row's unit. */
export function spread({ runs }: KeptRow): number {
  return Math.max(...runs) - Math.min(...runs);
}

/** `isExact`: the rows are counts, which chance does not change. */
export function movement(before: KeptRow, now: KeptRow, isExact: boolean): Movement {
  const difference = now.value - before.value;
  const percent = difference === 0 ? 0 : (100 * difference) / Math.abs(before.value);
  if (isExact) return { percent, moved: difference !== 0 };
  if (before.runs.length < LEAST_RUNS || now.runs.length < LEAST_RUNS) return { percent, moved: null };
  return { percent, moved: Math.abs(difference) > Math.max(spread(before), spread(now)) };
}

export function describeMovement({ percent, moved }: Movement): string {
  const text = `${percent > 0 ? "+" : ""}${percent.toFixed(1)} %`;
  if (moved === null) return `${text} (too few runs to tell)`;
  if (moved) return `${text} MOVED`;
  return percent === 0 ? "=" : `${text} (noise)`;
}
