import { BoundedMap } from "../core/bounded.js";
import { RateMeter } from "../core/rate-meter.js";

/** Spans that rates are kept over: work as old as that weighs 1/e (spec/10 §12.1). */
const RATE_SPANS = { "1m": 60, "10m": 600, "1h": 3600, "24h": 86_400 } as const;
export type RateSpan = keyof typeof RATE_SPANS;
const SPAN_NAMES = Object.keys(RATE_SPANS) as RateSpan[];
/** Hashes per second; null while there is nothing to tell from. */
export type SpanRates = Readonly<Record<RateSpan, number | null>>;

/** Names remembered; the one that worked longest ago goes. */
const MAX_USERS = 10_000;

/** Decayed hash rates by user name: constant memory for each. */
export class MinerRates {
  private readonly users = new BoundedMap<string, ReadonlyMap<RateSpan, RateMeter>>(MAX_USERS);

  add(user: string, work: number, nowMs: number): void {
    const meters = this.users.get(user) ?? newMeters(nowMs);
    this.users.set(user, meters);
    for (const meter of meters.values()) meter.add(work, nowMs);
  }

  of(user: string, nowMs: number): SpanRates {
    const meters = this.users.get(user);
    return spanRates((span) => meters?.get(span)?.rate(nowMs) ?? null);
  }
}

/** The sum of several, unknown where all are. */
export function addRates(rates: readonly SpanRates[]): SpanRates {
  return spanRates((span) => {
    const known = rates.flatMap((rate) => rate[span] ?? []);
    return known.length === 0 ? null : known.reduce((sum, rate) => sum + rate, 0);
  });
}

function spanRates(get: (span: RateSpan) => number | null): SpanRates {
  return { "1m": get("1m"), "10m": get("10m"), "1h": get("1h"), "24h": get("24h") };
}

function newMeters(nowMs: number): ReadonlyMap<RateSpan, RateMeter> {
  return new Map(SPAN_NAMES.map((name) => [name, new RateMeter({ spanMs: 1000 * RATE_SPANS[name], nowMs })]));
}
