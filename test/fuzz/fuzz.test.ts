import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { seededRandom } from "../../src/core/random.js";
import { judged } from "./support/forged-shares.js";
import { fuzz, replay } from "./support/fuzzer.js";
import { fuzzRound, replayRound, SOCKET_TARGETS, SocketFuzzer, type SocketTarget } from "./support/sockets.js";
import type { FuzzCase } from "./support/target.js";
import { TARGETS } from "./support/targets.js";

/** Of each decoder, and rounds of each kind of connection; `npm run fuzz` has time for more. */
const INPUTS = Number(process.env.ABUSE_INPUTS ?? 1_000);
const ROUNDS = 6;
const SEED = 23;

const folder = fileURLToPath(new URL("../../../test/fuzz/cases/", import.meta.url));
const cases = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => ({ name, found: JSON.parse(readFileSync(folder + name, "utf8")) as FuzzCase }));
const isOfSockets = ({ target }: FuzzCase): boolean => SOCKET_TARGETS.includes(target as SocketTarget);

describe("fuzzing of decoders (spec/09 §14, T23)", () => {
  for (const target of TARGETS) {
    test(`T23: ${target.name}`, () => {
      const { finds } = fuzz(target, SEED, (count) => count < INPUTS);
      assert.deepEqual(finds, []);
    });
  }

  test("forged shares were valid and invalid by turns", () => {
    assert.ok(judged.valid > INPUTS / 4 && judged.invalid > INPUTS / 4, JSON.stringify(judged));
  });

  for (const { name, found } of cases) {
    if (isOfSockets(found)) continue;
    test(`found before: ${name}`, () => {
      const target = TARGETS.find((each) => each.name === found.target);
      assert.ok(target !== undefined, `there is no target "${found.target}"`);
      assert.equal(replay(target, found), null);
    });
  }
});

describe("fuzzing of a running node (spec/09 §14)", () => {
  let fuzzer: SocketFuzzer;
  before(async () => {
    fuzzer = await SocketFuzzer.start();
  });
  after(() => fuzzer.end());

  for (const { name, found } of cases) {
    if (isOfSockets(found)) test(`found before: ${name}`, () => replayRound(fuzzer, found));
  }

  for (const target of SOCKET_TARGETS) {
    test(target, async () => {
      const random = seededRandom(SEED);
      for (let round = 0; round < ROUNDS; round++) assert.equal(await fuzzRound(fuzzer, target, random), null);
    });
  }

  test("afterwards it is as light as before, takes shares and has logged no failure", () => fuzzer.finish());
});
