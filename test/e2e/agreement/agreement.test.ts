import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import fc from "fast-check";
import { LevelDatabase } from "../../../src/store/level-database.js";
import { MemoryDatabase } from "../../../src/store/memory-database.js";
import type { ChainNode } from "./support/chain-node.js";
import { Pool } from "./support/pool.js";

const NODES = 4;

describe("nodes agree on the tip, over real sockets", { timeout: 120_000 }, () => {
  let pool: Pool;
  afterEach(() => pool?.stop());

  test("after a partition, on the side with more work", async () => {
    pool = await Pool.start({ count: NODES });
    pool.cut([0, 1]);
    for (let i = 0; i < 3; i++) {
      await pool.nodes[0]!.mine();
      await pool.run(10_000);
    }
    for (let i = 0; i < 5; i++) {
      await pool.nodes[2 + (i % 2)]!.mine();
      await pool.run(10_000);
    }
    const [a, b, c, d] = pool.tips;
    assert.deepEqual([a === b, c === d, a === c], [true, true, false]);
    pool.healAll();
    await pool.until(() => pool.hasAgreed, "the same tip");
    assert.equal(pool.tips[0], c);
    await pool.agree();
  });

  test("after a partition that both sides spent with the same work", async () => {
    pool = await Pool.start({ count: NODES });
    pool.cut([1, 2]);
    for (let i = 0; i < 4; i++) {
      await pool.nodes[i % 2 === 0 ? 0 : 3]!.mine();
      await pool.nodes[1 + (i % 2)]!.mine();
      await pool.run(10_000);
    }
    pool.healAll();
    await pool.agree();
  });

  test("though one of them lags", async () => {
    pool = await Pool.start({ count: NODES });
    for (let other = 1; other < NODES; other++) pool.link(0, other).lagMs = 7_000;
    for (let i = 0; i < 12; i++) {
      await pool.nodes[i % NODES]!.mine();
      await pool.run(4_000);
    }
    await pool.agree();
    assert.ok(
      pool.nodes.every(({ peering }) => peering.count === NODES - 1),
      "nobody was dropped for being slow",
    );
  });

  test("though each of them is lied to", async () => {
    pool = await Pool.start({ count: NODES });
    const liars = await Promise.all(pool.nodes.map((_, index) => pool.lieTo(index)));
    // It may have believed what it was told itself (spec/09 §4).
    const isFoundOut = ({ peering: { network } }: ChainNode, index: number): boolean => {
      const { address } = liars[index]!;
      // Both lies together are worth a ban, with which points begin anew.
      return network.standing.points(address) >= 45 || network.standing.isBanned(address);
    };
    // Sockets take their time, and a lie that is late by the nodes' clock is not listened to.
    while (!pool.nodes.every(isFoundOut)) await setTimeout(5);
    for (let i = 0; i < 8; i++) {
      await pool.nodes[i % NODES]!.mine();
      await pool.run(5_000);
    }
    await pool.agree();
    for (const { chain } of pool.nodes) {
      for (const { bad } of liars) assert.ok(!chain.tracker.main.has(bad), "a bad share is held");
    }
  });

  test("with those that died and come back with what they had stored", async () => {
    const folder = await mkdtemp(join(tmpdir(), "p2pool-agree-"));
    try {
      const database = (index: number): LevelDatabase => new LevelDatabase({ directory: join(folder, `${index}`) });
      pool = await Pool.start({ count: NODES, database });
      // Its last share, which nobody else has seen.
      pool.cut([1]);
      const own = await pool.nodes[1]!.mine();
      await pool.kill(1);
      await pool.nodes[0]!.mine();
      await pool.run(5_000);
      await pool.kill(3);
      await pool.nodes[2]!.mine();
      await pool.run(5_000);
      await pool.restart(1);
      assert.equal(pool.tips[1], own);
      await pool.run(5_000);
      await pool.restart(3);
      pool.healAll();
      await pool.agree();
    } finally {
      await pool.stop();
      await rm(folder, { recursive: true });
    }
  });

  const index = fc.nat({ max: NODES - 1 });
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("mine" as const), index }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 100, max: 20_000 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut" as const), group: fc.subarray([0, 1, 2, 3]) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("heal" as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("lag" as const), index, lagMs: fc.integer({ min: 1, max: 6_000 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("break" as const), index }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("die" as const), index }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("lie" as const), index }) },
  );
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  async function take(action: Step): Promise<void> {
    const next = "index" in action ? (action.index + 1) % NODES : 0;
    switch (action.kind) {
      case "mine":
        if (!pool.isDead(action.index)) await pool.nodes[action.index]!.mine();
        return;
      case "pass":
        await pool.run(action.ms);
        return;
      case "cut":
        pool.cut(action.group);
        return;
      case "heal":
        pool.healAll();
        return;
      case "lag":
        pool.link(action.index, next).lagMs = action.lagMs;
        return;
      case "break":
        pool.link(action.index, next).break();
        return;
      case "die":
        await (pool.isDead(action.index) ? pool.restart(action.index) : pool.kill(action.index));
        return;
      case "lie":
        if (!pool.isDead(action.index)) await pool.lieTo(action.index);
    }
  }

  test("whatever happens to them", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 24 }), async (steps) => {
        const databases = Array.from({ length: NODES }, () => new MemoryDatabase());
        pool = await Pool.start({ count: NODES, database: (node) => databases[node]! });
        try {
          for (const action of steps) await take(action);
          for (let node = 0; node < NODES; node++) if (pool.isDead(node)) await pool.restart(node);
          pool.healAll();
          await pool.agree();
        } finally {
          await pool.stop();
        }
      }),
      { numRuns: Number(process.env.AGREEMENT_RUNS ?? 6) },
    );
  });
});
