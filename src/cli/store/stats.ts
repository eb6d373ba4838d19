import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { PoolNetwork } from "../../networks/index.js";
import { decodeShare, ShareError, ShareRules } from "../../sharechain/index.js";
import type { Database } from "../../store/database.js";
import type { Store } from "../../store/store.js";
import { type StoreSurvey, surveyStore } from "../../store/survey.js";

/** Least and greatest of something. */
interface Range {
  readonly from: number;
  readonly to: number;
}

export interface StatsReport {
  readonly network: string;
  readonly directory: string;
  readonly diskBytes: number;
  readonly survey: StoreSurvey;
  /** Heights that the shares claim, and when they were made; null without shares. */
  readonly heights: Range | null;
  readonly madeAt: Range | null;
  readonly blocks: readonly {
    readonly hash: string;
    readonly height: number;
    readonly foundAt: number;
    readonly fate: string;
    readonly reason: string | null;
  }[];
}

/** What a store holds. `store` is open on `database`, and its shares have not been loaded. @throws StoreError */
export async function storeStats(store: Store, database: Database, network: PoolNetwork): Promise<StatsReport> {
  const survey = await surveyStore(database);
  const rules = new ShareRules(network);
  const heights = new Extremes();
  const madeAt = new Extremes();
  for await (const portion of store.shares.load()) {
    for (const { raw } of portion) {
      try {
        const { info } = decodeShare(raw, rules);
        heights.add(info.absheight);
        madeAt.add(info.timestamp);
      } catch (error) {
        // `check` tells of these.
        if (!(error instanceof ShareError)) throw error;
      }
    }
  }
  return {
    network: network.name,
    directory: database.location,
    diskBytes: bytesIn(database.location),
    survey,
    heights: heights.range,
    madeAt: madeAt.range,
    blocks: store.blocks
      .list()
      .map(({ hash, height, foundAt, fate, reason }) => ({ hash, height, foundAt, fate, reason })),
  };
}

class Extremes {
  range: Range | null = null;

  add(value: number): void {
    const { from = value, to = value } = this.range ?? {};
    this.range = { from: Math.min(from, value), to: Math.max(to, value) };
  }
}

/** A file that goes away meanwhile counts nothing. */
function bytesIn(directory: string): number {
  return readdirSync(directory)
    .map((name) => statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);
}
