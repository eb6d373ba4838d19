import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { chainNetwork, fill, recordedShares } from "../../../bench/support/chains.js";
import { powHash } from "../../../src/core/hash/index.js";
import { seededRandom } from "../../../src/core/random.js";
import { BlockHeights } from "../../../src/daemon/block-heights.js";
import { Peering } from "../../../src/node/peering.js";
import { ShareChain } from "../../../src/node/share-chain.js";
import { SyncProgress, type SyncStatus } from "../../../src/node/sync-progress.js";
import { type Clock, systemClock } from "../../../src/platform/clock.js";
import { createLogger } from "../../../src/platform/log.js";
import { ShareRules, Tracker } from "../../../src/sharechain/index.js";
import { LevelDatabase } from "../../../src/store/level-database.js";
import { Store } from "../../../src/store/store.js";

// 9,000 shares of the reference with 200 payees over real sockets, from a node that has them to one that has none.

/** As if the recorded chain's last share had just been found. */
const offset = 1_700_268_741 - systemClock.now();
const clock: Clock = { ...systemClock, now: () => systemClock.now() + offset };
const log = createLogger("silent");
const network = chainNetwork();

class ChainNode {
  readonly chain: ShareChain;
  readonly peering: Peering;
  readonly sync: SyncProgress;
  readonly reports: SyncStatus[] = [];
  completed: readonly number[] | null = null;
  private readonly store: Store | null;

  constructor({ fixedNodes = [], folder }: { readonly fixedNodes?: readonly string[]; readonly folder?: string }) {
    this.store =
      folder === undefined
        ? null
        : new Store({ database: new LevelDatabase({ directory: folder }), network, clock, log });
    const random = seededRandom(fixedNodes.length);
    this.chain = new ShareChain({
      tracker: new Tracker(new ShareRules(network)),
      heights: new BlockHeights({ getBlockHeader: async () => ({ height: 0 }), clock, log }),
      clock,
      random,
      log,
      store: this.store?.shares ?? null,
      onBest: (best) => this.peering.tipChanged(best),
      onWanted: () => this.peering.wantedChanged(),
      onRefused: (refusal) => this.peering.refused(refusal),
    });
    this.peering = new Peering({
      settings: {
        port: 0,
        host: "127.0.0.1",
        failIfTaken: true,
        maxIncoming: 10,
        outgoing: 0,
        fixedNodes,
        externalAddress: null,
        advertise: false,
        mapPort: false,
        localNetwork: true,
      },
      chain: this.chain,
      clock,
      random,
      log,
      version: "test",
      template: () => null,
      provePow: async (headers) => headers.map((header) => powHash(this.chain.tracker.rules.network.coin.pow, header)),
      onHeader: () => {},
      records: null,
    });
    this.sync = new SyncProgress({
      chain: this.chain,
      clock,
      onProgress: (status) => this.reports.push(status),
      onComplete: (...counts) => {
        this.completed = counts;
      },
    });
  }

  /** Resolves with the shares that were on disk. */
  async start(): Promise<number> {
    await this.store?.start();
    const { shares } = await this.chain.load();
    this.chain.evaluate();
    this.chain.start();
    this.sync.start();
    await this.peering.start();
    return shares;
  }

  async stop(): Promise<void> {
    this.sync.stop();
    await this.peering.stop();
    this.chain.stop();
    await this.store?.stop();
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("first sync from a peer, stopped in the middle and gone on with after a restart", {
  timeout: 60_000,
}, async () => {
  const raws = recordedShares();
  const server = new ChainNode({});
  const tip = fill(server.chain.tracker, raws);
  await server.start();
  assert.equal(server.chain.best?.id, tip.id);
  assert.equal(server.sync.status(), null, "has everything");
  const folder = mkdtempSync(join(tmpdir(), "p2pool-test-"));
  const fixedNodes = [`127.0.0.1:${server.peering.boundPort}`];
  let client = new ChainNode({ fixedNodes, folder });
  try {
    assert.equal(await client.start(), 0);
    assert.equal(client.sync.status(), null, "knows of nothing to get");
    await until(() => client.chain.tracker.main.size >= 4_000);
    const middle = client.sync.status()!;
    assert.equal(middle.sharesNeeded, 9_000);
    assert.equal(middle.verifiedNeeded, 8_640);
    assert.ok(middle.shares >= 4_000 && middle.shares < 9_000, `${middle.shares} shares`);
    await client.stop();
    const held = client.chain.tracker.main.size;

    client = new ChainNode({ fixedNodes, folder });
    let fetched = 0;
    const loaded = await client.start();
    assert.equal(loaded, held, "all that was fetched is on disk");
    client.chain.tracker.main.observe({ added: () => fetched++ });
    await until(() => client.chain.tracker.verified.size >= 8_640);
    assert.equal(client.chain.best?.id, tip.id);
    assert.equal(client.chain.tracker.main.size, 9_000);
    assert.ok(fetched <= 9_000 - loaded, `${fetched} fetched, ${loaded} were there`);
    assert.equal(client.sync.status(), null);
    await until(() => client.completed !== null || client.reports.length === 0);
  } finally {
    await client.stop();
    await server.stop();
    rmSync(folder, { recursive: true });
  }
});
