import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { blockHash } from "../../../src/bitcoin/block.js";
import { ConnectionError, InvalidAddressOrKeyError, type RpcErrorData } from "../../../src/daemon/rpc/index.js";
import { networkByName } from "../../../src/networks/index.js";
import type { NodeEvent } from "../../../src/node/events.js";
import { FoundBlocks } from "../../../src/node/found-blocks.js";
import type { Logger } from "../../../src/platform/log.js";
import type { Write } from "../../../src/store/database.js";
import { StoreError } from "../../../src/store/errors.js";
import { MemoryDatabase } from "../../../src/store/memory-database.js";
import { Store } from "../../../src/store/store.js";
import type { FoundBlock } from "../../../src/work/solution.js";
import { ManualClock } from "../../support/daemon-clock.js";

const BYTES = new Uint8Array(100).fill(7);
const HASH = blockHash(BYTES.subarray(0, 80));
const FOUND: FoundBlock = {
  hash: HASH,
  previousBlock: "00".repeat(32) as FoundBlock["previousBlock"],
  height: 500,
  bytes: BYTES,
  subsidy: 5_000_000_000n,
  payees: [{ address: "me", amount: 4_999_999_999n }],
  donation: 1n,
  worker: "me.rig",
  address: "me",
  bits: 0x207fffff,
  difficulty: 1,
  foundAt: 1_700_000_000,
};
const DATA: RpcErrorData = { method: "x", endpoint: "http://127.0.0.1/", durationMs: 1, code: "RPC_CONNECTION" };
const UNREACHABLE = new ConnectionError("nobody listens", DATA);
const UNKNOWN = new InvalidAddressOrKeyError("Block not found", { ...DATA, code: "RPC_ERROR", rpcCode: -5 });

/** A database on a disk that is as slow as the test wants. */
class Disk extends MemoryDatabase {
  held: Promise<void> | null = null;
  failure: StoreError | null = null;

  override async write(batch: readonly Write[]): Promise<void> {
    await this.held;
    if (this.failure !== null) throw this.failure;
    await super.write(batch);
  }
}

/** Lets everything happen that needs no time. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe("found blocks", () => {
  let clock: ManualClock;
  let disk: Disk;
  let store: Store;
  let happened: string[];
  let events: NodeEvent[];
  /** What the daemons say, by endpoint. */
  let answers: Record<string, string | null | Error>;
  let header: number | Error;

  const open = async (): Promise<void> => {
    store = new Store({ database: disk, network: networkByName("bitcoin"), clock, log: silent });
    await store.start();
  };
  const daemon = (endpoint: string) => ({
    rpc: {
      endpoint,
      submitBlock: async (hex: string): Promise<string | null> => {
        happened.push(`${endpoint} ${hex.length / 2}`);
        const answer = answers[endpoint]!;
        if (answer instanceof Error) throw answer;
        return answer;
      },
      submitBlockByTemplate: async (): Promise<null> => null,
    },
    onJudged: () => happened.push(`${endpoint} judged`),
  });
  const create = (withStore = true): FoundBlocks =>
    new FoundBlocks({
      daemons: [daemon("a"), daemon("b")],
      store: withStore ? store.blocks : null,
      getBlockHeader: async () => {
        if (typeof header !== "number") throw header;
        return { confirmations: header };
      },
      clock,
      log: silent,
      sendByP2p: ({ hash }) => happened.push(`p2p ${hash === HASH}`),
      onAccepted: () => {},
      onEvent: (event) => events.push(event),
    });
  const told = (): string[] =>
    events.map((event) =>
      event.type.startsWith("block") && "fate" in event ? `${event.type} ${event.fate}` : event.type,
    );

  beforeEach(async () => {
    clock = new ManualClock();
    disk = new Disk();
    happened = [];
    events = [];
    answers = { a: null, b: null };
    header = 1;
    await open();
  });

  test("without a store a block leaves in the same turn, by P2P first, and once", () => {
    const blocks = create(false);
    blocks.found(FOUND);
    blocks.found(FOUND);
    assert.deepEqual(happened, ["p2p true", "a 100", "b 100"]);
  });

  test("a block is on disk before it leaves", async () => {
    const blocks = create();
    let release = (): void => {};
    disk.held = new Promise((resolve) => {
      release = resolve;
    });
    blocks.found(FOUND);
    await settle();
    assert.deepEqual(happened, []);
    assert.deepEqual(told(), ["block-found found"]);
    release();
    await settle();
    assert.deepEqual(happened.slice(0, 3), ["p2p true", "a 100", "b 100"]);
    assert.deepEqual(told(), ["block-found found", "block-judged accepted"]);
    const [record] = blocks.list();
    assert.deepEqual(
      record?.verdicts.map(({ daemon: name, accepted }) => [name, accepted]),
      [
        ["a", true],
        ["b", true],
      ],
    );
    await blocks.stop();
  });

  test("a disk that is slow or full does not keep a block from leaving", async () => {
    const blocks = create();
    disk.held = new Promise(() => {});
    blocks.found(FOUND);
    await clock.untilWaiting(200);
    assert.deepEqual(happened, []);
    clock.advance(200);
    await settle();
    assert.deepEqual(happened.slice(0, 3), ["p2p true", "a 100", "b 100"]);

    happened = [];
    disk = new Disk();
    await open();
    const others = create();
    disk.failure = new StoreError("disk full", "STORE_IO");
    others.found(FOUND);
    await settle();
    assert.deepEqual(happened.slice(0, 3), ["p2p true", "a 100", "b 100"]);
    disk.failure = null;
    await store.flush();
    assert.equal(store.blocks.get(HASH)?.fate, "accepted", "it is written once the disk has room");
    assert.deepEqual(await store.blocks.bytes(HASH), BYTES);
    await others.stop();
  });

  test("what nobody has judged is handed in again after a start, with all that is known of it", async () => {
    answers = { a: UNREACHABLE, b: UNREACHABLE };
    const killed = create();
    killed.found(FOUND);
    await settle();
    // No stop: the process is gone. The next one has what is on the disk.
    await store.flush();
    happened = [];
    events = [];
    answers = { a: "duplicate", b: UNREACHABLE };
    await open();
    const blocks = create();
    await blocks.resume();
    await settle();
    assert.deepEqual(happened, ["p2p true", "a 100", "b 100", "a judged"]);
    assert.deepEqual(told(), ["block-judged accepted"]);
    const [record] = blocks.list();
    assert.deepEqual(record?.payees, FOUND.payees);
    assert.equal(record?.subsidy, FOUND.subsidy);
    assert.equal(record?.reason, "duplicate");
    // A third start has nothing to hand in.
    await store.flush();
    happened = [];
    await open();
    const third = create();
    await third.resume();
    await settle();
    assert.deepEqual(happened, []);
    assert.equal(third.list()[0]?.accepted, true);
  });

  test("one daemon that takes a block outweighs one that refuses it", async () => {
    answers = { a: "high-hash", b: UNREACHABLE };
    const blocks = create();
    blocks.found(FOUND);
    await settle();
    assert.deepEqual(told(), ["block-found found", "block-judged rejected"]);
    assert.equal(blocks.list()[0]?.reason, "high-hash");
    assert.deepEqual(await store.blocks.bytes(HASH), BYTES, "a refused block is kept");
    answers = { a: "high-hash", b: null };
    clock.advance(1_000);
    await settle();
    assert.deepEqual(told().slice(2), ["block-judged accepted"]);
    await blocks.stop();
    assert.equal(store.blocks.get(HASH)?.fate, "accepted");
  });

  test("reorganisations are followed until the block is a hundred deep", async () => {
    const blocks = create();
    const tip = async (height: number, confirmations: number): Promise<void> => {
      header = confirmations;
      blocks.tipChanged(height);
      await settle();
    };
    blocks.found(FOUND);
    await settle();
    events = [];
    await tip(500, 1);
    assert.equal(blocks.list()[0]?.confirmations, 1);
    await tip(500, -1);
    assert.deepEqual(told(), ["block-fate orphaned"]);
    assert.equal(blocks.list()[0]?.confirmations, null);
    await tip(501, 2);
    assert.deepEqual(told().slice(1), ["block-fate accepted"]);
    await tip(540, 41);
    await tip(541, 0);
    assert.equal(blocks.list()[0]?.confirmations, 42, "not every tip is worth a call");
    await tip(599, 100);
    assert.deepEqual(told().slice(2), ["block-fate confirmed"]);
    assert.equal(await store.blocks.bytes(HASH), null, "its bytes are not needed any more");
    await tip(600, -1);
    assert.equal(told().length, 3, "nobody looks any more");
    await blocks.stop();
    assert.equal(clock.size, 0);
  });

  test("a daemon that does not know an accepted block is given it again", async () => {
    const blocks = create();
    blocks.found(FOUND);
    await settle();
    happened = [];
    header = UNKNOWN;
    blocks.tipChanged(499);
    await settle();
    assert.deepEqual(happened, ["p2p true", "a 100", "b 100", "a judged", "b judged"]);
    await blocks.stop();
  });

  test("what was not judged at the end is for the next start", async () => {
    answers = { a: UNREACHABLE, b: UNREACHABLE };
    const blocks = create();
    blocks.found(FOUND);
    await settle();
    const stopped = blocks.stop();
    await clock.untilWaiting(1_500);
    clock.advance(1_500);
    await stopped;
    assert.equal(store.blocks.get(HASH)?.fate, "found");
  });
});

const silent = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Logger;
