import { hash256 } from "../src/core/hash/index.js";
import { seededRandom } from "../src/core/random.js";
import { DEFAULT_SCENARIO, type Scenario } from "../src/simulate/scenario.js";
import { simulate } from "../src/simulate/simulation.js";
import { VirtualClock } from "../src/simulate/virtual-clock.js";
import { type Bench, processorSeconds, type Row } from "./support/harness.js";

/** Simulated seconds that are run: an hour, as a whole day takes minutes (docs/SIMULATIONS.md has one). */
const SECONDS = 3600;
/** From one node to another, in the lower bound. */
const MOST_DELAY_MS = 500;

/** Simulated pools: how long a simulated hour takes, after the first minutes in which all connect. */
export const simulation: Bench = {
  name: "simulate",
  async run() {
    const hundred = { ...DEFAULT_SCENARIO, seconds: SECONDS, warmup: 600, hashRates: "pareto" } as const;
    return [
      ...(await rows("100 nodes", hundred)),
      ...(await rows("100 nodes that share nothing", { ...hundred, sharing: false })),
      ...(await rows("600 nodes", { ...hundred, nodes: 600, chainLength: 360 })),
    ];
  },
};

async function rows(name: string, scenario: Scenario): Promise<Row[]> {
  const started = processorSeconds();
  const result = await simulate(scenario);
  const seconds = processorSeconds() - started;
  const { made } = result.chain;
  const bound = await deliveriesAlone(made, scenario);
  return [
    { what: `${name}: an hour of the 24 of a day`, value: seconds, unit: "s of processor time" },
    { what: `${name}: shares × nodes`, value: (made * scenario.nodes) / seconds, unit: "a second" },
    { what: `${name}: delivering and hashing them alone`, value: bound, unit: "s", note: "lower bound" },
    { what: `${name}: against that`, value: seconds / bound, unit: "×" },
  ];
}

/**
 * Processor time of the least that a simulation has to do: every share is told to every node but its maker once, each at a moment
 * of its own on the same clock, and hashed once, or by every node where they share nothing.
 */
async function deliveriesAlone(made: number, { nodes, seconds, sharing }: Scenario): Promise<number> {
  const started = processorSeconds();
  const random = seededRandom(1);
  const clock = new VirtualClock(0);
  const header = new Uint8Array(80);
  let told = 0;
  for (let share = 0; share < made; share++) {
    clock.after((1000 * seconds * share) / made, () => {
      hash256(header);
      for (let node = 1; node < nodes; node++) {
        clock.after(MOST_DELAY_MS * random.uniform(), () => {
          if (!sharing) hash256(header);
          told++;
        });
      }
    });
  }
  await clock.runUntil(1000 * seconds + MOST_DELAY_MS);
  if (told !== made * (nodes - 1)) throw new Error(`${told} deliveries`);
  return processorSeconds() - started;
}
