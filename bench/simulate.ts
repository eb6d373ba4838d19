import { hash256 } from "../src/core/hash/index.js";
import { seededRandom } from "../src/core/random.js";
import type { Result } from "../src/simulate/result.js";
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
  const bound = await messagesAlone(result);
  return [
    { what: `${name}: an hour of the 24 of a day`, value: seconds, unit: "s of processor time" },
    { what: `${name}: shares × nodes`, value: (result.chain.made * scenario.nodes) / seconds, unit: "a second" },
    { what: `${name}: its messages alone`, value: bound, unit: "s of processor time", note: "lower bound" },
    { what: `${name}: against that`, value: seconds / bound, unit: "×" },
  ];
}

/**
 * Processor time of the least that such a simulation has to do: every share goes over every connection once, each at a moment of its
 * own on the same clock, and who gets it hashes it to check the frame. The bytes are as many as the nodes sent in all.
 */
async function messagesAlone({ bandwidth, chain, scenario }: Result): Promise<number> {
  const { connections, nodes, seconds, warmup } = scenario;
  const shares = Math.round((chain.made * seconds) / (seconds - warmup));
  const links = nodes * connections;
  const frame = new Uint8Array(Math.round((bandwidth.mean * nodes * seconds) / (shares * links)));
  const started = processorSeconds();
  const random = seededRandom(1);
  const clock = new VirtualClock(0);
  let told = 0;
  for (let share = 0; share < shares; share++) {
    clock.after((1000 * seconds * share) / shares, () => {
      for (let link = 0; link < links; link++) {
        clock.after(MOST_DELAY_MS * random.uniform(), () => {
          hash256(frame);
          told++;
        });
      }
    });
  }
  await clock.runUntil(1000 * seconds + MOST_DELAY_MS);
  if (told !== shares * links) throw new Error(`${told} messages`);
  return processorSeconds() - started;
}
