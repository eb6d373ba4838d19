import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { resultHtml } from "../../../src/simulate/html.js";
import type { GroupResult, Result } from "../../../src/simulate/result.js";
import {
  type Behaviour,
  DEFAULT_SCENARIO,
  parseGroup,
  parsePartition,
  type Scenario,
  ScenarioError,
} from "../../../src/simulate/scenario.js";
import { simulate } from "../../../src/simulate/simulation.js";
import { resultText } from "../../../src/simulate/text.js";

const SMALL: Scenario = {
  ...DEFAULT_SCENARIO,
  nodes: 12,
  seconds: 2_400,
  warmup: 400,
  sharePeriod: 5,
  chainLength: 120,
  blockSeconds: 150,
  connections: 3,
};

const run = (changes: Partial<Scenario> = {}): Promise<Result> => simulate({ ...SMALL, ...changes });

/** Without any change; several tests compare with it. */
let plain: Promise<Result> | null = null;
function honestPool(): Promise<Result> {
  plain ??= run();
  return plain;
}

/** A pool in which four of twelve nodes have 30 % and behave like this. */
async function bad(behaviour: Behaviour, changes: Partial<Scenario> = {}): Promise<[GroupResult, GroupResult, Result]> {
  const result = await run({ groups: [{ nodes: 4, hash: 0.3, behaviour }], ...changes });
  const of = (name: Behaviour): GroupResult => result.byBehaviour.find((group) => group.name === name)!;
  return [of(behaviour), of("honest"), result];
}

const bytes = (result: Result): string => JSON.stringify({ ...result, scenario: null });

describe("simulation", () => {
  test("gives the same bytes again, shared results or not, and others from another seed", async () => {
    const short = { seconds: 1_000, warmup: 300, churn: 300, awaySeconds: 60 };
    const once = bytes(await run(short));
    assert.equal(bytes(await run(short)), once);
    assert.equal(bytes(await run({ ...short, sharing: false })), once);
    assert.notEqual(bytes(await run({ ...short, seed: 2 })), once);
  });

  test("of honest nodes loses few shares, agrees, and pays by work", async () => {
    const result = await honestPool();
    assert.ok(result.chain.made > 100);
    assert.equal(result.chain.inChain, result.chain.made - lost(result));
    assert.ok(result.chain.orphaned!.value < 0.1);
    assert.equal(result.agreement.end, 1);
    assert.ok(result.blocks.found > 5);
    const paid = result.miners.reduce((sum, { payout }) => sum + payout, 0);
    assert.ok(Math.abs(paid - 1) < 1e-6);
    const { efficiency } = result.byBehaviour[0]!;
    assert.ok(Math.abs(efficiency!.value - 1) < 1e-9);
    assert.match(resultText(result), /shares +\d+ made/);
    const page = resultHtml(result);
    assert.equal(page.match(/<svg /g)?.length, 6);
    assert.doesNotMatch(page, /NaN|undefined|Infinity/);
  });

  test("loses more shares the longer the lines are", async () => {
    const near = await run({ latencyMs: 20, latencySpread: 0 });
    const far = await run({ latencyMs: 1_500, latencySpread: 0 });
    assert.ok(far.spread.half! > 5 * near.spread.half!);
    assert.ok(lost(far) > 2 * lost(near), `${lost(far)} and ${lost(near)}`);
  });

  test("loses more shares as dead the later miners take up a job", async () => {
    const slow = await run({ minerDelayMs: 2_000 });
    const quick = await run({ minerDelayMs: 0 });
    assert.ok(slow.chain.dead!.value > quick.chain.dead!.value + 0.05);
  });

  test("comes together after a partition, whose smaller side loses its shares", async () => {
    const partitions = [{ from: 1_200, to: 1_700, part: 0.25 }];
    const result = await run({ partitions });
    assert.equal(result.convergence.length, 1);
    assert.ok(result.convergence[0]! !== null && result.convergence[0]! < 300);
    assert.ok(result.chain.orphaned!.value > (await honestPool()).chain.orphaned!.value);
    const cutOff = result.miners.slice(-3);
    const others = result.miners.slice(0, -3);
    const orphans = (miners: Result["miners"]): number =>
      Math.max(...miners.map((miner) => miner.orphaned?.value ?? 0));
    assert.ok(orphans(cutOff) > orphans(others));
  });

  test("goes on while nodes come and go", async () => {
    const result = await run({ churn: 100, awaySeconds: 120 });
    assert.ok(result.chain.inChain > 100);
    assert.ok(result.agreement.mean < (await honestPool()).agreement.mean);
  });

  test("withheld blocks cost everybody alike, and the chain nothing", async () => {
    const [withholders, honest, result] = await bad("withhold");
    const { found, withheld, expected } = result.blocks;
    const { blocks } = await honestPool();
    assert.equal(blocks.withheld, 0);
    assert.ok(withheld > 1 && withheld < found, `${withheld} and ${found}`);
    assert.ok(found + withheld > expected / 2 && found + withheld < 2 * expected, `${found} and ${withheld}`);
    assert.ok(withholders.efficiency!.high > 0.8 && withholders.payoutByHash! < 1.2);
    assert.ok(honest.efficiency!.low < 1.1);
  });

  test("shares kept back are lost to who keeps them", async () => {
    const [selfish, honest] = await bad("selfish");
    assert.ok(selfish.efficiency!.high < honest.efficiency!.low);
    assert.ok(selfish.orphaned!.low > honest.orphaned!.high);
  });

  test("a clock ahead within the limit draws the chain's time along and gains nothing beyond chance", async () => {
    const [early, honest, result] = await bad("timestamps");
    // A share's time is that of its job, which was made when the tip last moved.
    const { ahead } = (await honestPool()).byBehaviour[0]!;
    assert.ok(ahead! > -30 && ahead! <= 0, `${ahead}`);
    assert.ok(early.ahead! > 270 && early.ahead! <= 300, `${early.ahead}`);
    assert.ok(honest.ahead! > 150 && honest.ahead! < early.ahead!, `${honest.ahead}`);
    assert.ok(early.efficiency!.low < 1 && honest.efficiency!.high > 1);
    assert.ok(result.chain.orphaned!.value < 0.1);
    assert.equal(result.agreement.end, 1);
  });

  test("shares further ahead than the limit are held back by others, and lost to who makes them", async () => {
    const [early, honest, result] = await bad("timestamps", { clockAhead: 900 });
    assert.ok(early.orphaned!.low > 0.5, `${early.orphaned!.value}`);
    assert.ok(early.efficiency === null || early.efficiency.high < 0.5);
    assert.ok(honest.orphaned!.value < 0.1);
    // Nor do they draw the others along.
    assert.ok(early.ahead! > 850 && Math.abs(honest.ahead!) < 40, `${early.ahead} ${honest.ahead}`);
    assert.equal(result.agreement.end, 1);
  });

  test("who sends forged shares is banned, and loses his own", async () => {
    const [spammers, honest] = await bad("spam");
    assert.ok(spammers.efficiency!.high < honest.efficiency!.low);
    assert.ok(honest.orphaned!.value < 0.1);
  });

  test("who is eclipsed loses what he mines meanwhile, and only that", async () => {
    const [eclipsed, honest, result] = await bad("eclipsed");
    assert.ok(eclipsed.orphaned!.low > honest.orphaned!.high);
    assert.ok(eclipsed.orphaned!.value < 0.7);
    assert.equal(result.agreement.end, 1);
  });

  test("who does not know the newer share version is left behind when all others have changed", async () => {
    const groups = [{ nodes: 1, hash: 0.02, behaviour: "old-version" as const }];
    const result = await run({ groups, chainLength: 60, seconds: 4_000 });
    const old = result.byBehaviour.find(({ name }) => name === "old-version")!;
    const honest = result.byBehaviour.find(({ name }) => name === "honest")!;
    assert.ok(result.agreement.end < 1);
    assert.ok((old.efficiency?.value ?? 0) < 0.5);
    assert.ok(honest.efficiency!.value > 1);
  });

  test("pool hopping would pay in a pool that pays by the round, and gains nothing here", async () => {
    const [hoppers, honest, result] = await bad("hopping", { seconds: 8_400, blockSeconds: 40 });
    assert.ok(result.blocks.found > 100);
    // They work a third of the time.
    const done = result.miners.reduce((sum, miner) => sum + (miner.behaviour === "hopping" ? miner.done : 0), 0);
    assert.ok(done > 0.08 && done < 0.2, `${done}`);
    assert.ok(hoppers.paidByRounds! > 1.2 && honest.paidByRounds! < 0.97, `${hoppers.paidByRounds}`);
    assert.ok(hoppers.paid! < 1.1 && honest.paid! > 0.97, `${hoppers.paid} ${honest.paid}`);
    assert.ok(hoppers.efficiency!.low < 1 && honest.efficiency!.high > 1);
  });

  test("nodes find each other by gossip from one that they know", async () => {
    const result = await run({ topology: "gossip", seconds: 600, warmup: 100 });
    assert.equal(result.agreement.end, 1);
    assert.ok(result.chain.made > 10);
  });
});

function lost({ chain }: Result): number {
  return Math.round((chain.dead!.value + chain.orphaned!.value) * chain.made);
}

describe("scenario", () => {
  test("says which part of it makes no sense", async () => {
    await assert.rejects(run({ groups: [{ nodes: 13, hash: 0.1, behaviour: "spam" }] }), {
      message: "13 nodes in groups, of 12",
    });
    await assert.rejects(run({ warmup: 2_400 }), ScenarioError);
    await assert.rejects(run({ partitions: [{ from: 10, to: 5, part: 0.5 }] }), {
      data: { code: "SCENARIO", field: "partition" },
    });
  });

  test("groups and partitions are read from text", () => {
    assert.deepEqual(parseGroup("nodes=10,hash=0.3,behaviour=selfish"), { nodes: 10, hash: 0.3, behaviour: "selfish" });
    assert.deepEqual(parsePartition("to=20,from=10,part=0.5"), { from: 10, to: 20, part: 0.5 });
    for (const text of [
      "",
      "nodes=1",
      "nodes=1.5,hash=0,behaviour=spam",
      "nodes=1,hash=2,behaviour=spam",
      "nodes=1,hash=0,behaviour=x",
    ]) {
      assert.throws(() => parseGroup(text), ScenarioError, text);
    }
  });
});
