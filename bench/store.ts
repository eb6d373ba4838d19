import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadStoredShares } from "../src/node/load-shares.js";
import { systemClock } from "../src/platform/clock.js";
import { createLogger } from "../src/platform/log.js";
import { ShareRules, Tracker } from "../src/sharechain/index.js";
import type { Database } from "../src/store/database.js";
import { DatabaseCopy } from "../src/store/database-copy.js";
import { LevelDatabase } from "../src/store/level-database.js";
import { Store } from "../src/store/store.js";
import { chainNetwork, extend, fill, recordedShares } from "./support/chains.js";
import { type Bench, median } from "./support/harness.js";
import { NodeUnderTest } from "./support/node-under-test.js";

/** Twice the chain length of the large networks: as many as a store holds. */
const SHARES = 17_280;
const STARTS = 5;

/** A node starts on a full store: until a miner has its first job. */
export const storeBench: Bench = {
  name: "store",
  async run() {
    const folder = mkdtempSync(join(tmpdir(), "p2pool-bench-"));
    try {
      const tracker = new Tracker(new ShareRules(chainNetwork()));
      const recorded = recordedShares();
      const tip = extend(tracker, fill(tracker, recorded), SHARES - recorded.length);
      await save(tracker, folder);
      const bare: number[] = [];
      const takenOver: number[] = [];
      const opened: number[] = [];
      const started: number[] = [];
      const holdUps: number[] = [];
      for (let i = 0; i < STARTS; i++) {
        bare.push(await readAll(folder));
        takenOver.push(await takeOver(folder));
        const startedAtMs = Date.now();
        const node = await NodeUnderTest.start(tip.item.share.info.timestamp + 1, 0, tip.id, folder);
        const readyAtMs = Date.now();
        const { shares, verified, openedAtMs, loopMaxMs } = node.ready;
        await node.stop();
        if (shares !== SHARES || verified !== SHARES) throw new Error(`${shares} shares, ${verified} of them verified`);
        opened.push((readyAtMs - openedAtMs) / 1000);
        started.push((readyAtMs - startedAtMs) / 1000);
        holdUps.push(loopMaxMs);
      }
      return [
        { what: `${SHARES} verified shares on disk`, value: sizeOf(folder) / 2 ** 20, unit: "MB" },
        { what: "reading the database alone", value: median(bare), unit: "s", note: "lower bound" },
        { what: "opening the store → a miner's first job", value: median(opened), unit: "s", note: "below 2" },
        { what: "the same against reading alone", value: median(opened) / median(bare), unit: "×" },
        { what: "opening, the slowest time", value: Math.max(...opened), unit: "s" },
        {
          what: "a successor that has read a copy: opening the store",
          value: median(takenOver),
          unit: "s",
          note: "below 1",
        },
        { what: "start of the process → a miner's first job", value: median(started), unit: "s" },
        { what: "longest hold-up of the event loop", value: median(holdUps), unit: "ms", note: "at most 50" },
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

function storeOn(database: Database): Store {
  return new Store({ database, network: chainNetwork(), clock: systemClock, log: createLogger("error") });
}

async function save(tracker: Tracker, directory: string): Promise<void> {
  const store = storeOn(new LevelDatabase({ directory }));
  await store.start();
  for await (const _ of store.shares.load());
  store.shares.attach(tracker);
  await store.stop();
}

/** Seconds that the store costs a node that takes over and has all of its shares already. */
async function takeOver(directory: string): Promise<number> {
  const tracker = new Tracker(new ShareRules(chainNetwork()));
  const copy = storeOn(new DatabaseCopy({ directory }));
  await copy.start();
  await loadStoredShares(copy.shares, tracker);
  await copy.stop();
  const started = performance.now();
  const store = storeOn(new LevelDatabase({ directory }));
  await store.start();
  await loadStoredShares(store.shares, tracker);
  store.shares.attach(tracker);
  const seconds = (performance.now() - started) / 1000;
  await store.stop();
  return seconds;
}

/** Seconds until every record has been in memory once. */
async function readAll(directory: string): Promise<number> {
  const started = performance.now();
  const database = new LevelDatabase({ directory });
  await database.open();
  for await (const _ of database.scan("", "\x7f", { count: 1000, bytes: 2 ** 20 }));
  await database.close();
  return (performance.now() - started) / 1000;
}

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
