import assert from "node:assert/strict";
import { BinRing, type Datum, SINGLE_KEY, type StreamKind } from "../../../src/stats/history/bins.js";
import type { FileHandler } from "../runner.js";

// graph.json: the history database of the reference, stream kind by stream kind (spec/12 B.2).

interface Stream {
  readonly kind: string;
  readonly options: {
    readonly is_gauge?: boolean;
    readonly multivalues?: boolean;
    readonly multivalue_undefined_means_0?: boolean;
    readonly multivalues_keep?: number;
    readonly multivalues_squash_key?: string;
  };
  readonly events: readonly (readonly [number, Datum])[];
  readonly queries: readonly {
    readonly after: number;
    readonly t: number;
    readonly short: unknown;
    readonly long: unknown;
  }[];
  readonly saved: Readonly<Record<"x", Readonly<Record<ViewName, Saved>>>>;
}
interface Saved {
  readonly bin_width: number;
  readonly last_bin_end: number;
  readonly bins: readonly Readonly<Record<string, readonly [number, number]>>[];
}
type ViewName = "long" | "short";
const VIEWS = { short: { width: 10, count: 10 }, long: { width: 200, count: 5 } } as const;

export const graph: FileHandler = {
  *streams(value) {
    for (const stream of value as Stream[]) {
      for (const view of ["short", "long"] as const) {
        yield { name: `${stream.kind} ${view}`, run: () => checkView(stream, view) };
      }
    }
  },
};

function kindOf({ options }: Stream): StreamKind {
  return {
    isGauge: options.is_gauge ?? true,
    isMulti: options.multivalues ?? false,
    undefinedIsZero: options.multivalue_undefined_means_0 ?? false,
    keep: options.multivalues_keep ?? 20,
    restKey: options.multivalues_squash_key ?? SINGLE_KEY,
  };
}

function checkView(stream: Stream, view: ViewName): void {
  const ring = new BinRing({ ...VIEWS[view], kind: kindOf(stream) });
  let next = 0;
  for (const query of stream.queries) {
    for (; next < query.after; next++) ring.add(...stream.events[next]!);
    assert.deepEqual(round(ring.read(query.t)), round(query[view]));
  }
  for (; next < stream.events.length; next++) ring.add(...stream.events[next]!);
  const saved = stream.saved.x[view];
  assert.equal(ring.lastEnd, saved.last_bin_end);
  assert.deepEqual(
    saved.bins.map((_, i) => Object.fromEntries(ring.binAt(ring.lastEnd - i * ring.width) ?? [])),
    saved.bins,
  );
  const loaded = new BinRing({ ...VIEWS[view], kind: kindOf(stream) });
  for (const [i, bin] of saved.bins.entries()) {
    const restored = loaded.restore(saved.last_bin_end - i * saved.bin_width, new Map(Object.entries(bin)));
    assert.ok(restored);
  }
  assert.deepEqual(loaded.read(saved.last_bin_end), ring.read(saved.last_bin_end));
}

/** Sums of doubles in another order differ in their last digit. */
function round(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_key, inner: unknown) =>
    typeof inner === "number" ? Number(inner.toPrecision(12)) : inner,
  );
}
