import { SINGLE_KEY, type StreamKind } from "./bins.js";

/** A stream of the history as interfaces show it. */
export interface StreamDescription {
  readonly unit: "B" | "B/s" | "H/s" | "coins" | "count" | "difficulty" | "s" | "submissions/s";
  readonly isGauge: boolean;
  readonly isMulti: boolean;
  readonly undefinedIsZero: boolean;
  /** Most keys of a bin of short and of long views. */
  readonly keep: { readonly short: number; readonly long: number };
  readonly about: string;
}

export interface ViewDescription {
  readonly bins: number;
  /** Seconds. */
  readonly width: number;
  readonly isShort: boolean;
}

/** spec/12 B.2. */
export const VIEWS = {
  last_hour: { bins: 150, width: 24, isShort: true },
  last_day: { bins: 300, width: 288, isShort: true },
  last_week: { bins: 300, width: 2016, isShort: false },
  last_month: { bins: 300, width: 8640, isShort: false },
  last_year: { bins: 300, width: 105_192, isShort: false },
} as const satisfies Readonly<Record<string, ViewDescription>>;
export type ViewName = keyof typeof VIEWS;
export const VIEW_NAMES = Object.keys(VIEWS) as ViewName[];

const FEW = { short: 20, long: 20 };
/** The reference keeps 10,000 miners in every bin, which may come to gigabytes (spec/12 B.4). */
const MINERS = { short: 2000, long: 200 };

type Shape = Pick<StreamDescription, "isGauge" | "isMulti" | "keep" | "undefinedIsZero">;
const counter: Shape = { isGauge: false, isMulti: false, undefinedIsZero: false, keep: FEW };
const counters: Shape = { ...counter, isMulti: true };
const gauge: Shape = { isGauge: true, isMulti: false, undefinedIsZero: false, keep: FEW };
const gauges: Shape = { ...gauge, isMulti: true };

/** spec/12 B.3. */
export const STREAMS = {
  local_hash_rate: { unit: "H/s", ...counter, about: "work of this node's miners" },
  local_dead_hash_rate: { unit: "H/s", ...counter, about: "of it, what came too late" },
  local_share_hash_rates: {
    unit: "H/s",
    ...counters,
    undefinedIsZero: true,
    about: "work of this node's shares by what became of them",
  },
  pool_rates: { unit: "H/s", ...gauges, undefinedIsZero: true, about: "the pool's work by what became of it" },
  current_payout: { unit: "coins", ...gauge, about: "what a block would pay to this node's addresses" },
  current_payouts: { unit: "coins", ...gauges, about: "what a block would pay to addresses that mine here" },
  peers: { unit: "count", ...gauges, about: "connected nodes" },
  miner_hash_rates: { unit: "H/s", ...counters, keep: MINERS, about: "work by miner" },
  miner_dead_hash_rates: { unit: "H/s", ...counters, keep: MINERS, about: "of it, what came too late" },
  desired_version_rates: {
    unit: "H/s",
    ...gauges,
    undefinedIsZero: true,
    about: "work by the version that it votes for",
  },
  traffic_rate: { unit: "B/s", ...counters, about: "bytes exchanged with other nodes" },
  getwork_latency: { unit: "s", ...gauge, about: "how long the daemon takes for a block template" },
  memory_usage: { unit: "B", ...gauge, about: "resident memory of this process" },
  network_difficulty: { unit: "difficulty", ...gauge, about: "difficulty of a block" },
  share_difficulty: { unit: "difficulty", ...gauge, about: "lowest difficulty of a share" },
  worker_count: { unit: "count", ...gauge, about: "connected workers" },
  pseudoshares: { unit: "submissions/s", ...counters, about: "submissions by result" },
} as const satisfies Readonly<Record<string, StreamDescription>>;
export type StreamName = keyof typeof STREAMS;
export const STREAM_NAMES = Object.keys(STREAMS) as StreamName[];

/** Where a stream's samples are counted under `null`, the rest cannot be kept there too (spec/12 B.2). */
export const REST_KEY = "_other";

export function kindOf(stream: StreamName, view: ViewName): StreamKind {
  const { isGauge, isMulti, undefinedIsZero, keep } = STREAMS[stream];
  return {
    isGauge,
    isMulti,
    undefinedIsZero,
    keep: VIEWS[view].isShort ? keep.short : keep.long,
    restKey: undefinedIsZero ? REST_KEY : SINGLE_KEY,
  };
}
