import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { networkByName } from "../../../src/networks/index.js";
import { ownShareStored } from "../../../src/node/own-share-stored.js";
import type { Logger } from "../../../src/platform/log.js";
import type { ShareNode } from "../../../src/sharechain/share-node.js";
import type { Write } from "../../../src/store/database.js";
import { StoreError } from "../../../src/store/errors.js";
import { MemoryDatabase } from "../../../src/store/memory-database.js";
import { Store } from "../../../src/store/store.js";
import { ManualClock } from "../../support/daemon-clock.js";

/** A disk that answers when the test says so. */
class Disk extends MemoryDatabase {
  held: Promise<void> | null = null;

  override async write(batch: readonly Write[]): Promise<void> {
    await this.held;
    await super.write(batch);
  }
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** As much of a share as the store looks at. */
const node = {
  item: {
    seenAt: 1_700_000_000,
    share: { id: "ab".repeat(32), raw: new Uint8Array(100), powHash: new Uint8Array(32), info: { absheight: 1 } },
  },
} as unknown as ShareNode;

describe("a share of our own is told to others", () => {
  let clock: ManualClock;
  let disk: Disk;
  let store: Store;
  let warnings: string[];
  let isTold: boolean;
  let write: { resolve(): void; reject(error: Error): void };

  beforeEach(async () => {
    clock = new ManualClock();
    disk = new Disk();
    warnings = [];
    isTold = false;
    const log = { debug() {}, info() {}, error() {}, warn: (_: unknown, text: string) => warnings.push(text) };
    const services = { clock, log: log as unknown as Logger };
    store = new Store({ database: disk, network: networkByName("bitcoin"), ...services });
    await store.start();
    for await (const _ of store.shares.load()) assert.fail("nothing is stored yet");
    disk.held = new Promise((resolve, reject) => {
      write = { resolve, reject };
    });
    disk.held.catch(() => {});
    void ownShareStored(node, { store, ...services }).then(() => {
      isTold = true;
    });
    await settle();
  });

  test("once it is on disk, and not before", async () => {
    assert.equal(isTold, false);
    write.resolve();
    await settle();
    assert.equal(isTold, true);
    assert.deepEqual(warnings, []);
  });

  test("after a while where the disk hangs, with a warning", async () => {
    clock.advance(1999);
    await settle();
    assert.equal(isTold, false);
    clock.advance(2);
    await settle();
    assert.equal(isTold, true);
    assert.deepEqual(warnings, ["the disk is slow: a share of our own is told to others before it is stored"]);
  });

  test("at once where the disk refuses it", async () => {
    write.reject(new StoreError("no room", "STORE_IO"));
    await settle();
    assert.equal(isTold, true);
  });
});
