/** What stands where there is no value; never a number (spec/12 D.1). */
export const ABSENT = "—";

const RATE_UNITS = ["H/s", "kH/s", "MH/s", "GH/s", "TH/s", "PH/s", "EH/s", "ZH/s"] as const;
const PLAIN_UNITS = ["", " k", " M", " G", " T", " P", " E"] as const;

export function formatHashRate(rate: number | null): string {
  return scaled(rate, RATE_UNITS, " ");
}

export function formatDifficulty(difficulty: number | null): string {
  if (difficulty !== null && difficulty > 0 && difficulty < 0.001) return difficulty.toExponential(2);
  return scaled(difficulty, PLAIN_UNITS, "");
}

function scaled(value: number | null, units: readonly string[], gap: string): string {
  if (value === null || !Number.isFinite(value)) return ABSENT;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(3))}${gap}${units[unit]}`;
}

export function formatCount(value: number | null): string {
  return value === null ? ABSENT : value.toLocaleString("en-US");
}

/** Whole coins with all eight places. */
export function formatCoins(amountSat: bigint): string {
  return `${amountSat / 100_000_000n}.${(amountSat % 100_000_000n).toString().padStart(8, "0")}`;
}

export function formatAmount(amountSat: bigint, symbol: string): string {
  return `${formatCoins(amountSat)} ${symbol}`;
}

export function formatDuration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return ABSENT;
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** Share times may be a little ahead of the clock: each is later than its parent's. */
export function formatAgo(at: number | null, now: number): string {
  if (at === null) return ABSENT;
  return at > now ? "now" : `${formatDuration(now - at).replace(/^(\d+ \w+) .*/, "$1")} ago`;
}

/** Enough of a hash to tell it from others: P2Pool shows the last eight digits, which do not begin with zeros. */
export function shortHash(hash: string): string {
  return `…${hash.slice(-8)}`;
}

/** An address, or one with a worker's name behind it, short enough for a phone: both ends of the address and the name. */
export function shortName(name: string): string {
  const [address = "", ...worker] = name.split(".");
  const shown = address.length > 20 ? `${address.slice(0, 8)}…${address.slice(-6)}` : address;
  return [shown, ...worker].join(".");
}

/** A part of a whole. */
export function formatPercent(fraction: number | null, digits = 1): string {
  return fraction === null || !Number.isFinite(fraction) ? ABSENT : `${(100 * fraction).toFixed(digits)} %`;
}

export function formatTime(at: number | null): string {
  return at === null ? ABSENT : new Date(at * 1000).toLocaleString();
}

export function formatBytes(bytes: number | null): string {
  return scaled(bytes, ["B", "kB", "MB", "GB", "TB"], " ");
}

/** A figure of a history, in its unit. */
export function formatUnit(value: number | null, unit: string): string {
  if (value === null || !Number.isFinite(value)) return ABSENT;
  if (unit === "H/s") return formatHashRate(value);
  if (unit === "B") return formatBytes(value);
  if (unit === "B/s") return `${formatBytes(value)}/s`;
  if (unit === "s") return value < 1 ? `${(1000 * value).toFixed(0)} ms` : `${value.toFixed(2)} s`;
  if (unit === "difficulty") return formatDifficulty(value);
  if (unit === "coins") return value === 0 ? "0" : value.toPrecision(4);
  if (unit === "submissions/s") return `${Number(value.toPrecision(3))}/s`;
  return String(Number(value.toPrecision(4)));
}
