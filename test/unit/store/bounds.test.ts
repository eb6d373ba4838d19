import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { systemClock } from "../../../src/platform/clock.js";
import { createLogger } from "../../../src/platform/log.js";
import { ShareRules, Tracker } from "../../../src/sharechain/index.js";
import type { BlockFate } from "../../../src/store/block-store.js";
import type { Write } from "../../../src/store/database.js";
import { LevelDatabase } from "../../../src/store/level-database.js";
import { LIMITS, type StoreLimits } from "../../../src/store/limits.js";
import { MemoryDatabase } from "../../../src/store/memory-database.js";
import { Store } from "../../../src/store/store.js";
import { ManualClock } from "../../support/daemon-clock.js";
import { easyNetwork, TestChain } from "../peers/support/chain.js";

const network = easyNetwork();

async function openStore(limits: Partial<StoreLimits>): Promise<Store> {
  const store = new Store({
    database: new MemoryDatabase(),
    network,
    clock: systemClock,
    log: createLogger("silent"),
    limits: { ...LIMITS, ...limits },
  });
  await store.start();
  for await (const _ of store.shares.load());
  return store;
}

describe("bounds of the store", () => {
  test("shares of others beyond the bound are not kept, own ones are; what the tracker drops goes", async () => {
    const store = await openStore({ shares: 5 });
    const chain = new TestChain({ network, clock: systemClock });
    chain.extend(8);
    const tracker = new Tracker(new ShareRules(network));
    store.shares.attach(tracker);
    const shares = [...chain.best()!.chain(8)].reverse().map(({ item }) => item.share);
    for (const share of shares.slice(0, 7)) tracker.add(share, 0);
    assert.equal(store.shares.size, 5);
    tracker.add(shares[7]!, 0);
    await store.shares.addOwn(shares[7]!, 0);
    assert.equal(store.shares.size, 6);
    tracker.remove(shares[7]!.id);
    assert.equal(store.shares.size, 5);
    await store.stop();
  });

  test("shares of others are not queued without end for a disk that does not take them", async () => {
    const store = await openStore({ waitingBytes: 2_000, flushMs: 3_600_000 });
    const chain = new TestChain({ network, clock: systemClock });
    const tracker = new Tracker(new ShareRules(network));
    store.shares.attach(tracker);
    for (const { item } of [...chain.extend(20).chain(20)].reverse()) tracker.add(item.share, 0);
    assert.ok(store.waitingWrites < 10, `${store.waitingWrites} waiting`);
    await store.stop();
  });

  test("the oldest found blocks go, of those first whose fate is settled, and the bytes before the records", async () => {
    const store = await openStore({ blocks: 4, rawBlocks: 2 });
    const put = (i: number, fate: BlockFate): Promise<void> =>
      store.blocks.put(
        { hash: `${i}`.repeat(64), height: i, foundAt: i, fate, reason: null, details: null },
        new Uint8Array(10).fill(i),
      );
    await put(1, "found");
    await put(2, "accepted");
    await put(3, "rejected");
    await put(4, "accepted");
    await put(5, "accepted");
    const heights = store.blocks.list().map(({ height }) => height);
    assert.deepEqual(heights, [5, 4, 2, 1]);
    const kept = await Promise.all(heights.map((i) => store.blocks.bytes(`${i}`.repeat(64))));
    // The first one was never judged: its bytes are still needed.
    assert.deepEqual(
      kept.map((bytes) => bytes?.[0] ?? null),
      [5, null, null, 1],
    );
    await store.stop();
  });

  test("a disk that hangs has one block's write at a time, and those that come meanwhile go together", async () => {
    const held: (() => void)[] = [];
    class Hanging extends MemoryDatabase {
      isHanging = false;
      sizes: number[] = [];
      override async write(batch: readonly Write[]): Promise<void> {
        this.sizes.push(batch.length);
        if (this.isHanging) await new Promise<void>((resolve) => held.push(resolve));
        await super.write(batch);
      }
    }
    const database = new Hanging();
    const clock = new ManualClock();
    const store = new Store({ database, network, clock, log: createLogger("silent") });
    await store.start();
    const put = (i: number): Promise<void> =>
      store.blocks.put(
        { hash: `${i}`.repeat(64), height: i, foundAt: i, fate: "found", reason: null, details: null },
        new Uint8Array(10).fill(i),
      );
    database.isHanging = true;
    database.sizes = [];
    const all = [1, 2, 3, 4].map(put);
    clock.advance(7_000);
    assert.deepEqual(database.sizes, [2]);
    assert.equal(store.slowSeconds, 7);
    database.isHanging = false;
    held[0]!();
    await Promise.all(all);
    assert.deepEqual(database.sizes, [2, 6]);
    assert.equal(store.slowSeconds, 0);
    assert.deepEqual(await store.blocks.bytes("4".repeat(64)), new Uint8Array(10).fill(4));
    await store.stop();
  });

  test("the files do not grow with what was written, but with what is there", async () => {
    const directory = mkdtempSync(join(tmpdir(), "p2pool-bounds-"));
    try {
      const database = new LevelDatabase({ directory });
      await database.open();
      const [count, size] = [500, 1_000];
      const key = (round: number, i: number): string => `s${`${round * count + i}`.padStart(12, "0")}`;
      for (let round = 0; round < 60; round++) {
        const added = Array.from({ length: count }, (_, i) => ({ key: key(round, i), value: randomBytes(size) }));
        const removed = Array.from({ length: count }, (_, i) => ({ key: key(round - 2, i), value: null }));
        await database.write([...added, ...removed]);
      }
      await database.close();
      const bytes = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
      // Thirty megabytes were written, of which one is left; measured, up to 17 are there until LevelDB tidies up.
      assert.ok(bytes < 25e6, `${bytes} bytes`);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
