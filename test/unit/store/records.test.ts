import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { networkByName } from "../../../src/networks/index.js";
import { systemClock } from "../../../src/platform/clock.js";
import { createLogger } from "../../../src/platform/log.js";
import type { Database } from "../../../src/store/database.js";
import { StoreError } from "../../../src/store/errors.js";
import { LevelDatabase } from "../../../src/store/level-database.js";
import { MemoryDatabase } from "../../../src/store/memory-database.js";
import { Store } from "../../../src/store/store.js";

// Both databases must keep what a store hands them over a restart, and keep networks apart.

const open = async (database: Database, network: "bitcoin" | "litecoin"): Promise<Store> => {
  const store = new Store({
    database,
    network: networkByName(network),
    clock: systemClock,
    log: createLogger("silent"),
  });
  await store.start();
  return store;
};

async function checkDatabase(database: () => Database): Promise<void> {
  const first = await open(database(), "bitcoin");
  assert.equal(await first.records.load("peers"), null);
  await first.records.save("peers", { hosts: ["a", "b"] });
  await first.records.save("other", [1]);
  await first.records.remove("other");
  first.bins.put("peers", "last_hour", 1_700_000_016, new Map([["incoming", [3, 2]]]));
  first.bins.put("peers", "last_hour", 1_700_000_040, new Map([["incoming", [4, 1]]]));
  first.bins.put("peers", "last_day", 1_700_000_064, new Map([["outgoing", [1, 1]]]));
  first.bins.put("peers", "last_day", 1_700_000_064, null);
  await first.stop();
  const second = await open(database(), "bitcoin");
  assert.deepEqual(await second.records.load("peers"), { hosts: ["a", "b"] });
  assert.equal(await second.records.load("other"), null);
  const bins = await second.bins.load();
  assert.deepEqual(
    bins.map(({ view, end, bin }) => [view, end, Object.fromEntries(bin)]),
    [
      ["last_hour", 1_700_000_040, { incoming: [4, 1] }],
      ["last_hour", 1_700_000_016, { incoming: [3, 2] }],
    ],
  );
  await second.stop();
  await assert.rejects(second.records.load("peers"), StoreError);
  await assert.rejects(open(database(), "litecoin"), StoreError);
}

test("store: records outlive a restart in memory", async () => {
  const database = new MemoryDatabase();
  await checkDatabase(() => database);
});

test("store: records outlive a restart on disk", async () => {
  const directory = mkdtempSync(join(tmpdir(), "p2pool-store-"));
  try {
    await checkDatabase(() => new LevelDatabase({ directory }));
  } finally {
    rmSync(directory, { recursive: true });
  }
});
