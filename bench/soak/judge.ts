import { median } from "../support/harness.js";
import type { Sample } from "./soak-node.js";

type Metric = Exclude<keyof Sample, "node" | "life" | "age" | "at" | "tip" | "height" | "processorSeconds">;

/** How much more a figure may be than before: what it moves by itself. */
interface Tolerance {
  readonly part: number;
  readonly least: number;
}

const MB = 2 ** 20;

/** What has to stay flat. */
const JUDGED: Readonly<Partial<Record<Metric, Tolerance>>> = {
  heap: { part: 0.03, least: 0.4 * MB },
  external: { part: 0.1, least: 1 * MB },
  resident: { part: 0.05, least: 5 * MB },
  childrenResident: { part: 0.05, least: 5 * MB },
  files: { part: 0.1, least: 4 },
  // One comes late, once: in an hour's run every node had it after 46 to 60 minutes, or soon after a restart.
  threads: { part: 0, least: 1.5 },
  children: { part: 0, least: 0.5 },
  handles: { part: 0.1, least: 4 },
  listeners: { part: 0.1, least: 20 },
  mostListeners: { part: 0, least: 2 },
  emitters: { part: 0.1, least: 20 },
  timers: { part: 0.1, least: 15 },
  promises: { part: 0.1, least: 50 },
  // A side branch keeps what is below it until it is five minutes old: up to twice as many as after a pruning.
  shares: { part: 0.6, least: 150 },
};
export const METRICS = Object.keys(JUDGED) as Metric[];

export interface Verdict {
  /** Whose: a life, or many lives at the same age. */
  readonly of: string;
  readonly node: number;
  readonly metric: Metric;
  /** Medians: of the second third and of the last, or of both halves of what came after the first hour. */
  readonly before: number;
  readonly after: number;
  /** An hour, as far as these two tell. */
  readonly perHour: number;
  readonly grows: boolean;
}

/** Samples from which a life is judged by itself. */
const LEAST_SAMPLES = 18;
/** Seconds that it has to be old when its second third begins: until then the chain grows to its length. */
const LEAST_AGE = 600;
/** Seconds after which a node has filled what it keeps of the last hour: rates of miners who left, the finest history. */
const FULL_AGE = 3600;
/** Lives from which a node is judged by their ends. */
const LEAST_LIVES = 6;

/**
 * Whether what was seen has become steady: for every life that was long enough, the median of its second third beside that of
 * its last. In the first the node fills what it keeps: the chain to where it is pruned, histories, caches, compiled code. Where
 * there is enough of a life after its first hour, that is judged, by its halves: much is kept for an hour. A node
 * that was started again and again is judged by its lives, each at the same age: what it keeps on disk must not make it larger.
 */
export function judge(samples: readonly Sample[]): Verdict[] {
  const verdicts: Verdict[] = [];
  for (const own of groups(samples, ({ node }) => node)) {
    const lives = groups(own, ({ life }) => life);
    for (const life of lives) {
      const isLong = life.length >= LEAST_SAMPLES && life[Math.floor(life.length / 3)]!.age >= LEAST_AGE;
      if (!isLong) continue;
      const full = life.filter(({ age }) => age >= FULL_AGE);
      const stretches = full.length >= LEAST_SAMPLES ? lastOf(full, 2) : lastOf(life, 3);
      verdicts.push(...compare(`node ${life[0]!.node}, life ${life[0]!.life}`, stretches));
    }
    if (lives.length < LEAST_LIVES) continue;
    // The last life of a node may be any length.
    const lengths = lives.slice(0, -1).map((life) => life.length);
    const age = Math.max(1, Math.floor(median(lengths) / 2));
    const looks = lives.flatMap((life) => life[age - 1] ?? []);
    if (looks.length >= LEAST_LIVES) {
      verdicts.push(
        ...compare(`node ${own[0]!.node}, ${looks.length} lives at their look number ${age}`, lastOf(looks, 3)),
      );
    }
  }
  return verdicts;
}

/** The last two of so many equal parts. */
function lastOf(samples: readonly Sample[], parts: number): readonly [readonly Sample[], readonly Sample[]] {
  const [from, to] = [parts - 2, parts - 1].map((part) => Math.floor((part * samples.length) / parts));
  return [samples.slice(from, to), samples.slice(to)];
}

function compare(of: string, [second, last]: readonly [readonly Sample[], readonly Sample[]]): Verdict[] {
  const hours = (median(last.map(({ at }) => at)) - median(second.map(({ at }) => at))) / 3600;
  return METRICS.map((metric) => {
    // Some are not counted at each look.
    const before = median(second.flatMap((sample) => sample[metric] ?? []));
    const after = median(last.flatMap((sample) => sample[metric] ?? []));
    const { part, least } = JUDGED[metric]!;
    const grows = after - before > Math.max(part * before, least);
    return { of, node: last[0]!.node, metric, before, after, perHour: (after - before) / hours, grows };
  });
}

function groups<K>(samples: readonly Sample[], key: (sample: Sample) => K): Sample[][] {
  const all = new Map<K, Sample[]>();
  for (const sample of samples) {
    const known = all.get(key(sample));
    if (known === undefined) all.set(key(sample), [sample]);
    else known.push(sample);
  }
  return [...all.values()];
}
