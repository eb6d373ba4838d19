import { live } from "../live.js";
import type { Loaded, Screen } from "../screen.js";
import type { Series } from "../types.js";

/** What the keys of some histories stand for. */
export const SHARE_NAMES: Readonly<Record<string, string>> = {
  good: "all shares",
  orphan: "orphaned",
  doa: "dead on arrival",
};

/** What to show of a node's past at first: of one that was just started, the last hour. */
export function usualView({ info }: Screen["shared"]): { readonly name: string; readonly title: string } {
  const isYoung = Date.now() / 1000 - info.startedAt < YOUNG_SECONDS;
  return isYoung ? { name: "last_hour", title: "The last hour" } : { name: "last_day", title: "The last day" };
}

const YOUNG_SECONDS = 3 * 3600;

const wanted = new Map<Screen, string[]>();

/** A history, loaded once and kept right by the node's `point` events while the page is shown. */
export function seriesOf(screen: Screen, name: string, view: string, query = ""): Loaded<Series> {
  const loaded = screen.load<Series>(`/series/${name}?view=${view}${query}`);
  // Points carry the keys of the whole series, so that a choice of keys is loaded again instead.
  const key = `${name}:${view}`;
  const keys = wanted.get(screen) ?? [];
  wanted.set(screen, [...keys, key]);
  if (keys.length === 0) {
    screen.atEnd(() => {
      wanted.delete(screen);
      live.want([]);
    });
  }
  // After all of a page's histories are known: one stream for all.
  queueMicrotask(() => live.want([...new Set(wanted.get(screen) ?? [])].slice(0, 20)));
  screen.on("point", (point) => {
    const series = loaded.value;
    if (series === null || point.name !== name || point.view !== view) return;
    if (query !== "") return;
    applyPoint(series, point);
    screen.update();
  });
  return loaded;
}

function applyPoint(
  series: Series,
  point: { t: number; openSeconds: number | null; values: Record<string, number | null> },
): void {
  const last = series.t.length - 1;
  let i = series.t.indexOf(point.t);
  if (i < 0 && point.t > series.t[last]!) {
    series.t = [...series.t.slice(1), point.t];
    for (const [key, values] of Object.entries(series.values)) series.values[key] = [...values.slice(1), null];
    i = last;
  }
  if (i < 0) return;
  for (const [key, value] of Object.entries(point.values)) {
    const values = series.values[key] ?? new Array<number | null>(series.t.length).fill(null);
    values[i] = value;
    series.values[key] = values;
  }
  if (point.openSeconds !== null) series.openSeconds = point.openSeconds;
}
