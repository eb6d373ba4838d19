import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Random, seededRandom } from "../../src/core/random.js";
import { chooseBest, type Decision } from "../../src/sharechain/choose-best.js";
import { Tracker } from "../../src/sharechain/tracker.js";
import { type Chain, readChain } from "./handlers/chains.js";
import type { JsonObject } from "./runner.js";

// The recorded chains in other orders of arrival. What a node ends up with may not depend on the order in which shares came
// (each keeps its recorded time): the verified set, the best share, the ranking and the scores.

const DATA = fileURLToPath(new URL("../../../test/vectors/data", import.meta.url));
const ORDERS = 10;

function shuffled(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const other = Math.floor(random.uniform() * (i + 1));
    [order[i], order[other]] = [order[other]!, order[i]!];
  }
  return order;
}

type Decided = Decision & { readonly outcome: "decided" };

/** Adds in an order, every `portion` shares with an evaluation between, and evaluates until nothing changes any more. */
function arrive(
  chain: Chain,
  order: readonly number[],
  portion = Number.POSITIVE_INFINITY,
): { tracker: Tracker; decision: Decided } {
  const tracker = new Tracker(chain.rules);
  const evaluate = (): Decision => chooseBest(tracker, chain.daemon, chain.clock, seededRandom(1));
  for (const [n, i] of order.entries()) {
    tracker.add(chain.shares[i]!, chain.rows[i]!.time_seen, chain.rows[i]!.peer);
    if ((n + 1) % portion === 0) evaluate();
  }
  let decision: Decision;
  let before: string;
  do {
    before = `${tracker.main.size} ${tracker.verified.size}`;
    decision = evaluate();
  } while (`${tracker.main.size} ${tracker.verified.size}` !== before);
  assert.equal(decision.outcome, "decided");
  return { tracker, decision: decision as Decided };
}

function outcome(chain: Chain, order: readonly number[]): unknown {
  const { tracker, decision } = arrive(chain, order);
  return {
    best: decision.best?.id ?? null,
    heads: decision.heads.map(({ node, work, punish }) => [node.id, work, punish]),
    scores: decision.tailScores.map(({ tail, height, rate }) => [tail, height, rate]),
    known: [...tracker.main.all()].map(({ id }) => id).sort(),
    verified: [...tracker.verified.all()].map(({ id }) => id).sort(),
  };
}

describe("chains in shuffled orders", () => {
  for (const name of readdirSync(DATA).filter((file) => file.startsWith("chain-"))) {
    const read = (): { chain: Chain; inOrder: number[] } => {
      const chain = readChain(JSON.parse(readFileSync(join(DATA, name), "utf8")) as JsonObject);
      return { chain, inOrder: chain.shares.map((_, i) => i) };
    };

    // Evaluations on the way may verify more, because a chain grows past what one evaluation asks for (spec/04 §8.2), and
    // may drop a bad share before its children come, which then hang in the air. The tip is the same, and nothing that
    // counts goes unverified.
    test(`${name}, in portions of 40 shares`, () => {
      const { chain, inOrder } = read();
      const expected = arrive(chain, inOrder);
      const random = seededRandom(20240502);
      for (let i = 0; i < 3; i++) {
        const { tracker, decision } = arrive(chain, shuffled(chain.shares.length, random), 40);
        assert.equal(decision.best?.id, expected.decision.best?.id);
        const missing = [...expected.tracker.verified.all()].filter(({ id }) => !tracker.verified.has(id));
        assert.deepEqual(missing, []);
      }
    });

    test(name, () => {
      const { chain, inOrder } = read();
      const expected = outcome(chain, inOrder);
      const random = seededRandom(20240501);
      for (let i = 0; i < ORDERS; i++)
        assert.deepEqual(outcome(chain, shuffled(chain.shares.length, random)), expected);
    });
  }
});
