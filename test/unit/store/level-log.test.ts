import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { LevelDatabase } from "../../../src/store/level-database.js";
import { isLogDamaged } from "../../../src/store/level-log.js";

/** A log as LevelDB writes it: one batch for each value. */
async function logOf(sizes: readonly number[]): Promise<Buffer> {
  const directory = mkdtempSync(join(tmpdir(), "p2pool-log-"));
  try {
    const database = new LevelDatabase({ directory });
    await database.open();
    for (const [i, size] of sizes.entries()) {
      await database.write([{ key: `k${i}`, value: new Uint8Array(size).fill(i + 1) }]);
    }
    await database.close();
    return readFileSync(join(directory, readdirSync(directory).find((name) => name.endsWith(".log"))!));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("store: a log that ends anywhere is what a crash leaves", async () => {
  const log = await logOf([40, 30, 50]);
  for (let length = 0; length <= log.length; length++) {
    assert.equal(isLogDamaged(log.subarray(0, length)), false, `cut at ${length}`);
  }
  // Room that the file system gave, and nothing came into.
  assert.equal(isLogDamaged(Buffer.concat([log, new Uint8Array(5_000)])), false);
});

test("store: a log with one wrong bit anywhere is damaged", async () => {
  const log = await logOf([40, 30, 50]);
  const lastLength = log.length - (12 + 1 + 1 + 2 + 1 + 50) - 3;
  for (let at = 0; at < log.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const bad = Buffer.from(log);
      bad[at] = bad[at]! ^ (1 << bit);
      // Of the last record a greater length cannot be told from the end that a crash makes.
      const looksShort =
        (at === lastLength || at === lastLength + 1) && bad.readUInt16LE(lastLength) > log.readUInt16LE(lastLength);
      if (!looksShort) assert.equal(isLogDamaged(bad), true, `bit ${bit} of ${at}`);
    }
  }
});

test("store: records that go over blocks of the log", async () => {
  const log = await logOf([20_000, 20_000, 70_000, 32_700, 10, 3_000]);
  assert.equal(isLogDamaged(log), false);
  for (let at = 11; at < log.length; at += 997) {
    const bad = Buffer.from(log);
    bad[at] = bad[at]! ^ 0x40;
    // The few bytes at the end of a block are nothing.
    const isFiller = 32_768 - (at % 32_768) < 7 && log[at] === 0;
    if (!isFiller) assert.equal(isLogDamaged(bad), true, `at ${at}`);
  }
});
