import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { networkByName } from "../../../src/networks/index.js";
import { systemClock } from "../../../src/platform/clock.js";
import { createLogger } from "../../../src/platform/log.js";
import type { Database, Write } from "../../../src/store/database.js";
import { LevelDatabase } from "../../../src/store/level-database.js";
import { MemoryDatabase } from "../../../src/store/memory-database.js";
import type { Migration } from "../../../src/store/schema.js";
import { Store } from "../../../src/store/store.js";

const network = networkByName("bitcoin");

function storeOn(database: Database, migrations: readonly Migration[] = []): Store {
  return new Store({ database, network, clock: systemClock, log: createLogger("silent"), migrations });
}

const text = (value: Uint8Array | null): string | null => (value === null ? null : new TextDecoder().decode(value));
const put = (key: string, value: string): Write => ({ key, value: new TextEncoder().encode(value) });

/** Two steps, each of which goes on where it was cut off. */
function steps(done: string[], failing: number | null = null): Migration[] {
  return [1, 2].map((step) => async (database: Database) => {
    done.push(`${step}`);
    await database.write([put(`z${step}`, "begun")]);
    if (failing === step) throw new Error("cut off for the test");
    await database.write([put(`z${step}`, "done")]);
  });
}

describe("the store's schema", () => {
  for (const [what, begin] of [
    ["in memory", () => ({ database: new MemoryDatabase(), end: () => {} })],
    [
      "on disk",
      () => {
        const directory = mkdtempSync(join(tmpdir(), "p2pool-schema-"));
        return { database: new LevelDatabase({ directory }), end: () => rmSync(directory, { recursive: true }) };
      },
    ],
  ] as const) {
    test(`${what}: an older one is brought up to date, each step once, also after a step that was cut off`, async () => {
      const { database, end } = begin();
      try {
        const old = storeOn(database);
        await old.start();
        await old.records.save("peers", ["a"]);
        await old.stop();

        const done: string[] = [];
        await assert.rejects(storeOn(database, steps(done, 2)).start(), /cut off for the test/);
        assert.deepEqual(done, ["1", "2"]);
        const store = storeOn(database, steps(done));
        await store.start();
        assert.deepEqual(done, ["1", "2", "2"]);
        assert.deepEqual([text(await database.read("z1")), text(await database.read("z2"))], ["done", "done"]);
        assert.deepEqual(await store.records.load("peers"), ["a"]);
        await store.stop();
        const again = storeOn(database, steps(done));
        await again.start();
        assert.equal(done.length, 3);
        await again.stop();
        // An older version must not touch it.
        await assert.rejects(storeOn(database).start(), { data: { code: "STORE_SCHEMA_NEWER" } });
        const unharmed = storeOn(database, steps(done));
        await unharmed.start();
        assert.deepEqual(await unharmed.records.load("peers"), ["a"]);
        await unharmed.stop();
      } finally {
        end();
      }
    });
  }

  test("a new store begins with the present one", async () => {
    const done: string[] = [];
    const store = storeOn(new MemoryDatabase(), steps(done));
    await store.start();
    assert.deepEqual(done, []);
    await store.stop();
  });

  test("what is not ours is left alone", async () => {
    const database = new MemoryDatabase();
    await database.write([put("somebody", "else's")]);
    await assert.rejects(storeOn(database).start(), { data: { code: "STORE_FOREIGN" } });
    assert.equal(text(await database.read("somebody")), "else's");
  });
});
