import { writeFileSync } from "node:fs";
import { resultHtml } from "../../simulate/html.js";
import {
  DEFAULT_SCENARIO,
  type Group,
  type Partition,
  parseGroup,
  parsePartition,
  type Scenario,
  ScenarioError,
} from "../../simulate/scenario.js";
import { simulate } from "../../simulate/simulation.js";
import { resultText } from "../../simulate/text.js";
import { EXIT } from "../exit.js";
import { ProgressBar } from "../inspect/progress.js";
import {
  choiceOption,
  integerOption,
  numberOption,
  type OptionRow,
  type OptionValues,
  quote,
  switchOption,
  textOption,
  UsageError,
} from "../options.js";
import type { Command } from "./command.js";
import { helpOption } from "./shared-options.js";

const usual = DEFAULT_SCENARIO;

/** A repeatable option of comma-separated fields. */
function fieldsOption<T>(
  name: string,
  value: string,
  help: string,
  parse: (text: string) => T,
): OptionRow<readonly T[]> {
  return {
    name,
    value,
    help,
    repeatable: true,
    fallback: [],
    parse: (text) => {
      try {
        return [parse(text)];
      } catch (error) {
        if (error instanceof ScenarioError) throw new UsageError(`--${name}: ${error.message}`, name);
        throw error;
      }
    },
  };
}

const options = {
  nodes: integerOption("nodes", "N", "nodes, each with one miner", { min: 2, max: 20_000 }, usual.nodes),
  seconds: integerOption("seconds", "S", "simulated time", { min: 60, max: 1e8 }, usual.seconds),
  warmup: integerOption("warmup", "S", "time of it before anything counts", { min: 0, max: 1e8 }, usual.warmup),
  seed: integerOption(
    "seed",
    "N",
    "where chance begins: the same gives the same result",
    { min: 0, max: 2 ** 32 - 1 },
    usual.seed,
  ),
  sharePeriod: integerOption("share-period", "S", "from share to share", { min: 1, max: 3600 }, usual.sharePeriod),
  chainLength: integerOption(
    "chain-length",
    "N",
    "longest payout window, in shares",
    { min: 16, max: 20_000 },
    usual.chainLength,
  ),
  spread: integerOption(
    "spread",
    "N",
    "payout window in multiples of a block's work",
    { min: 1, max: 1e6 },
    usual.spread,
  ),
  blockSeconds: integerOption(
    "block-seconds",
    "S",
    "from one block of the pool to the next, in the mean",
    { min: 1, max: 1e9 },
    usual.blockSeconds,
  ),
  coinSeconds: integerOption(
    "coin-seconds",
    "S",
    "from block to block of the coin",
    { min: 1, max: 1e6 },
    usual.coinSeconds,
  ),
  topology: choiceOption(
    "topology",
    "how nodes find each other",
    ["random", "gossip", "ring"] as const,
    usual.topology,
  ),
  connections: integerOption(
    "connections",
    "N",
    "connections that each node makes",
    { min: 1, max: 40 },
    usual.connections,
  ),
  latency: numberOption(
    "latency",
    "MS",
    "median delay of a node's line, one way",
    { min: 0, max: 60_000 },
    usual.latencyMs,
  ),
  latencySpread: numberOption(
    "latency-spread",
    "X",
    "standard deviation of the logarithm of these delays",
    { min: 0, max: 3 },
    usual.latencySpread,
  ),
  minerDelay: numberOption(
    "miner-delay",
    "MS",
    "from a new job until solutions are of it",
    { min: 0, max: 60_000 },
    usual.minerDelayMs,
  ),
  hashRates: choiceOption("hash-rates", "of honest miners", ["equal", "pareto"] as const, usual.hashRates),
  firstShares: integerOption(
    "first-shares",
    "N",
    "shares that one node makes before all others begin; 0 for all at once",
    { min: 0, max: 1000 },
    usual.firstShares,
  ),
  dustThreshold: integerOption(
    "dust-threshold",
    "SATOSHI",
    "of the coin: who gets less from a block of 312500000 makes harder shares",
    { min: 1, max: 312_500_000 },
    usual.dustThreshold,
  ),
  churn: numberOption("churn", "N", "restarts of each node a day", { min: 0, max: 1000 }, usual.churn),
  away: integerOption("away", "S", "time that a restart takes", { min: 1, max: 1e6 }, usual.awaySeconds),
  clockAhead: integerOption(
    "clock-ahead",
    "S",
    "by which the clocks of nodes with the behaviour `timestamps` are ahead",
    { min: 0, max: 86_400 },
    usual.clockAhead,
  ),
  group: fieldsOption<Group>(
    "group",
    "nodes=N,hash=PART,behaviour=NAME",
    "nodes that have a part of the hash rate together and are not honest: withhold, selfish, timestamps, spam, eclipsed, old-version, hopping",
    parseGroup,
  ),
  partition: fieldsOption<Partition>(
    "partition",
    "from=S,to=S,part=PART",
    "for a while a part of the nodes hears nothing of the others",
    parsePartition,
  ),
  noSharing: switchOption("no-sharing", "each node decodes and verifies for itself: slower, the same result"),
  html: textOption("html", "FILE", "write a page with the tables and plots there", null),
  json: textOption("json", "FILE", "write everything there, `-` for standard output", null),
  ...helpOption,
};

export const simulateCommand: Command<typeof options> = {
  name: "simulate",
  usage: "p2pool simulate [options]",
  summary: "runs a pool of many nodes on simulated time: what latency, size, outages and bad conduct do to miners",
  options,
  async run(values, positionals, output) {
    if (positionals.length > 0) throw new UsageError(`unexpected argument ${quote(positionals[0]!)}`);
    const bar = new ProgressBar();
    const scenario = scenarioOf(values);
    try {
      const result = await simulate(scenario, (part) => bar.show("simulating", part));
      bar.clear();
      const json = `${JSON.stringify(result, null, 2)}\n`;
      if (values.json !== null && values.json !== "-") writeFileSync(values.json, json);
      if (values.html !== null) writeFileSync(values.html, resultHtml(result));
      output.print(values.json === "-" ? json.trimEnd() : resultText(result));
      return EXIT.ok;
    } catch (error) {
      if (error instanceof ScenarioError)
        throw new UsageError(`--${error.data.field}: ${error.message}`, error.data.field);
      throw error;
    } finally {
      bar.clear();
    }
  },
};

function scenarioOf(values: OptionValues<typeof options>): Scenario {
  const { latency, minerDelay, away, group, partition, noSharing, json: _, html: __, help: ___, ...same } = values;
  return {
    ...same,
    latencyMs: latency,
    minerDelayMs: minerDelay,
    awaySeconds: away,
    groups: group,
    partitions: partition,
    sharing: !noSharing,
  };
}
