import { P2PoolError } from "../core/errors.js";

/** A scenario that makes no sense. `field`: which part of it. */
export class ScenarioError extends P2PoolError<{ code: "SCENARIO"; field: string }> {
  constructor(field: string, message: string) {
    super(message, { code: "SCENARIO", field });
  }
}

const BEHAVIOURS = [
  "honest",
  "withhold",
  "selfish",
  "timestamps",
  "spam",
  "eclipsed",
  "old-version",
  "hopping",
] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

/** Nodes that behave alike. */
export interface Group {
  readonly nodes: number;
  /** Part of the pool's hash rate that they have together, 0 to 1. */
  readonly hash: number;
  readonly behaviour: Behaviour;
}

/** The pool falls apart for a while. Seconds of simulated time. */
export interface Partition {
  readonly from: number;
  readonly to: number;
  /** Part of the nodes that are on the smaller side. */
  readonly part: number;
}

type HashRates = "equal" | "pareto";
type Topology = "gossip" | "random" | "ring";

export interface Scenario {
  readonly seed: number;
  /** All nodes, those of groups among them; the others are honest. One miner each. */
  readonly nodes: number;
  readonly seconds: number;
  /** Simulated time before anything counts: the share target has to find the pool's rate. */
  readonly warmup: number;
  readonly sharePeriod: number;
  /** Shares of the network's CHAIN_LENGTH and REAL_CHAIN_LENGTH. */
  readonly chainLength: number;
  /** Payout window in blocks' work. */
  readonly spread: number;
  /** Mean seconds from one block of the pool to the next. */
  readonly blockSeconds: number;
  /** Mean seconds from block to block of the coin, whoever finds it. */
  readonly coinSeconds: number;
  readonly topology: Topology;
  /** Connections that each node makes. */
  readonly connections: number;
  /** Median one-way delay of a node's line, milliseconds; two nodes are the mean of their lines apart. */
  readonly latencyMs: number;
  /** Standard deviation of the logarithm of the delays. */
  readonly latencySpread: number;
  /** From a new job until a miner's solutions are of it, milliseconds. */
  readonly minerDelayMs: number;
  readonly hashRates: HashRates;
  /** Shares that one node makes before all others begin, as whoever starts a pool does; 0 for all at once. */
  readonly firstShares: number;
  /** Of the coin, satoshi: a payout of a block below that is dust, and its miner makes harder shares (spec/10 §8.4). */
  readonly dustThreshold: number;
  /** Mean restarts of a node in a day of simulated time; it is away for `awaySeconds`. */
  readonly churn: number;
  readonly awaySeconds: number;
  /** Seconds that the clocks of those are ahead who play with timestamps. */
  readonly clockAhead: number;
  readonly groups: readonly Group[];
  readonly partitions: readonly Partition[];
  /** Whether nodes share decoded shares and what verifying them came to. Changes no result. */
  readonly sharing: boolean;
}

export const DEFAULT_SCENARIO: Scenario = {
  seed: 1,
  nodes: 100,
  seconds: 86_400,
  warmup: 3_600,
  sharePeriod: 30,
  chainLength: 2_880,
  spread: 3,
  blockSeconds: 7_200,
  coinSeconds: 600,
  topology: "random",
  connections: 6,
  latencyMs: 100,
  latencySpread: 0.7,
  minerDelayMs: 200,
  hashRates: "equal",
  firstShares: 6,
  dustThreshold: 3_000_000,
  churn: 0,
  awaySeconds: 600,
  clockAhead: 300,
  groups: [],
  partitions: [],
  sharing: true,
};

/** @throws ScenarioError */
export function checkScenario(scenario: Scenario): void {
  const { groups, nodes, partitions, seconds, warmup, chainLength } = scenario;
  const inGroups = groups.reduce((sum, group) => sum + group.nodes, 0);
  const hash = groups.reduce((sum, group) => sum + group.hash, 0);
  if (inGroups > nodes) throw new ScenarioError("group", `${inGroups} nodes in groups, of ${nodes}`);
  if (hash > 1) throw new ScenarioError("group", `groups have ${hash} of the hash rate together`);
  if (inGroups === nodes && hash < 1)
    throw new ScenarioError("group", `nobody has the other ${1 - hash} of the hash rate`);
  if (inGroups < nodes && hash === 1) throw new ScenarioError("group", `${nodes - inGroups} nodes have no hash rate`);
  if (warmup >= seconds) throw new ScenarioError("warmup", `nothing is left of ${seconds} s`);
  if (chainLength < 16) throw new ScenarioError("chain-length", "below 16 no chain has a score");
  for (const { from, to } of partitions) {
    if (!(from < to && to <= seconds))
      throw new ScenarioError("partition", `${from}-${to} is no time within ${seconds} s`);
  }
}

/** `nodes=10,hash=0.3,behaviour=selfish`. @throws ScenarioError */
export function parseGroup(text: string): Group {
  const fields = parseFields("group", text, ["nodes", "hash", "behaviour"]);
  const behaviour = BEHAVIOURS.find((name) => name === fields.get("behaviour"));
  if (behaviour === undefined) {
    throw new ScenarioError("group", `behaviour ${fields.get("behaviour")} is none of ${BEHAVIOURS.join(", ")}`);
  }
  return {
    nodes: number("group", fields, "nodes", 1, 10_000, true),
    hash: number("group", fields, "hash", 0, 1),
    behaviour,
  };
}

/** `from=3600,to=7200,part=0.3`. @throws ScenarioError */
export function parsePartition(text: string): Partition {
  const fields = parseFields("partition", text, ["from", "to", "part"]);
  return {
    from: number("partition", fields, "from", 0, 1e8),
    to: number("partition", fields, "to", 0, 1e8),
    part: number("partition", fields, "part", 0, 1),
  };
}

function parseFields(field: string, text: string, names: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (const part of text.split(",")) {
    const [name, value] = part.split("=", 2);
    if (!names.includes(name!) || value === undefined)
      throw new ScenarioError(field, `"${part}" is none of ${names.join("=, ")}=`);
    fields.set(name!, value);
  }
  for (const name of names) if (!fields.has(name)) throw new ScenarioError(field, `${name}= is missing`);
  return fields;
}

function number(
  field: string,
  fields: Map<string, string>,
  name: string,
  min: number,
  max: number,
  whole = false,
): number {
  const text = fields.get(name)!;
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
    throw new ScenarioError(field, `${name}=${text} is not a ${whole ? "whole " : ""}number from ${min} to ${max}`);
  }
  return value;
}
