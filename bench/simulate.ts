import { DEFAULT_SCENARIO, type Scenario } from "../src/simulate/scenario.js";
import { simulate } from "../src/simulate/simulation.js";
import type { Bench, Row } from "./support/harness.js";

/** Simulated seconds that are run: an hour, as a whole day takes minutes (docs/SIMULATIONS.md has one). */
const SECONDS = 3600;

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
  const cpu = process.cpuUsage();
  const result = await simulate(scenario);
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (user + system) / 1e6;
  return [
    { what: `${name}: an hour of the 24 of a day`, value: seconds, unit: "s of processor time" },
    {
      what: `${name}: shares × nodes`,
      value: (result.chain.made * scenario.nodes) / seconds,
      unit: "a second",
    },
  ];
}
