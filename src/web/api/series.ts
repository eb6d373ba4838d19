import { z } from "zod";
import { type ReadBin, SINGLE_KEY } from "../../stats/history/bins.js";
import {
  REST_KEY,
  STREAM_NAMES,
  STREAMS,
  type StreamDescription,
  type StreamName,
  VIEW_NAMES,
  VIEWS,
  type ViewName,
} from "../../stats/history/streams.js";
import type { NodeView } from "../view.js";
import { NOTHING } from "./overview.js";
import { ApiError, type Resource, resource } from "./resource.js";
import * as schemas from "./schemas.js";

/** Keys of one series that are shown, the largest first; the rest is one more. */
const MAX_KEYS = 20;
/** Name of the single key of streams that have no others. */
const VALUE = "value";

type Series = z.input<typeof schemas.series>;

export const seriesResources: readonly Resource[] = [
  resource({
    path: "/series",
    summary: "What there is a history of",
    query: NOTHING,
    params: NOTHING,
    reply: schemas.pageOf(schemas.seriesItem),
    get: () => ({
      items: STREAM_NAMES.map((name) => {
        const { unit, isGauge, isMulti, about } = STREAMS[name];
        return {
          name,
          unit,
          kind: isGauge ? ("gauge" as const) : ("counter" as const),
          multi: isMulti,
          views: VIEW_NAMES,
          about,
        };
      }),
      count: STREAM_NAMES.length,
      nextCursor: null,
    }),
  }),
  resource({
    path: "/series/{name}",
    summary: "The history of one figure in columns, oldest first; the last bin is still open",
    query: z.strictObject({
      view: z.enum(VIEW_NAMES as [ViewName, ...ViewName[]]).optional(),
      from: z.coerce.number().optional().describe("instead of a view: the finest that reaches back to there"),
      to: z.coerce.number().optional(),
      keys: z.string().max(4000).optional(),
      prefix: z.string().max(128).optional(),
    }),
    params: z.strictObject({ name: z.string() }),
    reply: schemas.series,
    get: ({ view, now }, { from, to, ...query }, { name }) => {
      if (!Object.hasOwn(STREAMS, name)) throw new ApiError("not_found", "There is no history of that name.");
      const choice = { keys: query.keys?.split(",") ?? null, prefix: query.prefix ?? null };
      const viewName = query.view ?? (from === undefined ? "last_day" : finestView(now() - from));
      return within(readSeries(view, name as StreamName, viewName, choice), from ?? null, to ?? null);
    },
  }),
];

/** The finest view that reaches back so many seconds, or the longest. */
function finestView(seconds: number): ViewName {
  return VIEW_NAMES.find((name) => VIEWS[name].bins * VIEWS[name].width >= seconds) ?? "last_year";
}

/** The bins between two times. */
function within(series: Series, from: number | null, to: number | null): Series {
  const { t, stepSeconds } = series;
  const isInside = (_: unknown, i: number): boolean =>
    (from === null || t[i]! + stepSeconds > from) && (to === null || t[i]! < to);
  const values = Object.entries(series.values).map(([key, column]) => [key, column.filter(isInside)]);
  return { ...series, t: t.filter(isInside), values: Object.fromEntries(values) };
}

export interface KeyChoice {
  readonly keys: readonly string[] | null;
  readonly prefix: string | null;
}

export function readSeries(view: NodeView, name: StreamName, viewName: ViewName, choice: KeyChoice): Series {
  const { unit, isGauge, isMulti } = STREAMS[name];
  const { width } = VIEWS[viewName];
  const bins = view.history.read(name, viewName).reverse();
  const last = bins.at(-1)!;
  return {
    name,
    unit,
    kind: isGauge ? "gauge" : "counter",
    view: viewName,
    stepSeconds: width,
    openSeconds: last[2],
    t: bins.map(([center, , binWidth]) => Math.round(center - binWidth / 2)),
    values: isMulti
      ? columns(bins, choice, STREAMS[name])
      : { [VALUE]: bins.map(([, value]) => value as number | null) },
  };
}

function columns(
  bins: readonly ReadBin[],
  choice: KeyChoice,
  { unit, undefinedIsZero }: StreamDescription,
): Record<string, (number | null)[]> {
  const sums = new Map<string, number>();
  for (const [, value] of bins) {
    for (const [key, amount] of Object.entries((value ?? {}) as Record<string, number>)) {
      // A stream whose missing keys are 0 counts its samples there; in others it is what was put together.
      if (key === SINGLE_KEY ? !undefinedIsZero && isOpen(choice) : isChosen(key, choice))
        sums.set(key, (sums.get(key) ?? 0) + amount);
    }
  }
  const sorted = [...sums].sort((a, b) => b[1] - a[1]).map(([key]) => key);
  const shown = sorted.slice(0, MAX_KEYS);
  const rest = sorted.slice(MAX_KEYS);
  const at = (bin: ReadBin, key: string): number | null => {
    const values = bin[1] as Record<string, number> | null;
    return values === null ? null : (values[key] ?? bin[3]);
  };
  const result: Record<string, (number | null)[]> = {};
  for (const key of shown) result[key === SINGLE_KEY ? REST_KEY : key] = bins.map((bin) => at(bin, key));
  // Adding up means nothing for gauges that are no rates.
  if (rest.length > 0 && unit.endsWith("/s")) {
    const before = result[REST_KEY];
    result[REST_KEY] = bins.map((bin, i) => rest.reduce((sum, key) => sum + (at(bin, key) ?? 0), before?.[i] ?? 0));
  }
  return result;
}

function isOpen({ keys, prefix }: KeyChoice): boolean {
  return keys === null && prefix === null;
}

function isChosen(key: string, { keys, prefix }: KeyChoice): boolean {
  if (keys !== null && !keys.includes(key)) return false;
  return prefix === null || key === prefix || key.startsWith(`${prefix}.`);
}
