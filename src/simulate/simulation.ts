import { encodeLegacyAddress } from "../bitcoin/address.js";
import { type Random, seededRandom } from "../core/random.js";
import { createLogger } from "../platform/log.js";
import { MemoryNetwork } from "../platform/transport-memory.js";
import { ShareRules } from "../sharechain/rules.js";
import { clockAhead, isWorthHopping, misbehave } from "./behaviours.js";
import { DrawnWork, drawNormal, drawWait } from "./drawn-work.js";
import { founderOn, isFounded } from "./founding.js";
import { Ledger } from "./ledger.js";
import { Observer } from "./observer.js";
import { type Result, resultOf } from "./result.js";
import { type Behaviour, checkScenario, type Scenario } from "./scenario.js";
import { SharedResults } from "./shared-results.js";
import { SimCoin } from "./sim-coin.js";
import { SimMiner } from "./sim-miner.js";
import { blockBits, easiestAttempts, POOL_RATE, simulatedNetwork } from "./sim-network.js";
import { SimNode, type World } from "./sim-node.js";
import { peersOf } from "./topology.js";
import { VirtualClock } from "./virtual-clock.js";

/** A node with its miner, and what was drawn for it. */
export interface Member {
  readonly node: SimNode;
  readonly miner: SimMiner;
  readonly behaviour: Behaviour;
  /** Part of the pool's hash rate. */
  readonly hash: number;
  /** Of its line, one way, milliseconds. */
  readonly latencyMs: number;
}

/** What shares may need to get everywhere after the last one was made. */
const SETTLE_MS = 120_000;
/** Solutions of a miner are this far apart at least, and at most, if shares are not easier still. */
const SOLUTION_SECONDS = { large: 60, small: 600 };
/** Part of the pool above which a miner is large: he is near the bound of spec/10 §8.4, for which his rate is measured. */
const LARGE = 0.005;
/** Shape of the Pareto distribution: a fifth of the miners has four fifths of the hash rate. */
const PARETO_SHAPE = 1.16;

/** Runs a scenario. The same scenario gives the same result. `progress`: told the part that is done. @throws ScenarioError */
export async function simulate(scenario: Scenario, progress: (part: number) => void = () => {}): Promise<Result> {
  checkScenario(scenario);
  const random = seededRandom(scenario.seed);
  const clock = new VirtualClock();
  const members: Member[] = [];
  const byHost = new Map<string, Member>();
  const hosts = new MemoryNetwork({
    clock,
    latencyMs: (from, to) => Math.max(1, Math.round((byHost.get(from)!.latencyMs + byHost.get(to)!.latencyMs) / 2)),
    onSent: (from, _, bytes) => {
      byHost.get(from)!.node.sentBytes += bytes;
    },
  });
  const isGossip = scenario.topology === "gossip";
  const world: World = {
    clock,
    hosts,
    coin: new SimCoin(clock, fork(random), scenario.coinSeconds),
    bits: blockBits(scenario),
    drawn: new DrawnWork(),
    ledger: new Ledger(1000 * scenario.warmup),
    shared: scenario.sharing ? new SharedResults(2_000) : null,
    log: createLogger("silent"),
    outgoing: isGossip ? scenario.connections : 0,
    maxIncoming: Math.max(40, 4 * scenario.connections),
  };
  const hasOld = scenario.groups.some(({ behaviour }) => behaviour === "old-version");
  const network = simulatedNetwork(scenario, hasOld ? 36 : 35);
  const rules = new ShareRules(network);
  const oldRules = new ShareRules(simulatedNetwork(scenario, 35));
  const behaviours = behavioursOf(scenario);
  const hashes = hashParts(scenario, fork(random));
  const peers = peersOf(scenario, fork(random));
  const lines = fork(random);
  for (let index = 0; index < scenario.nodes; index++) {
    const behaviour = behaviours[index]!;
    const latencyMs = scenario.latencyMs * Math.exp(scenario.latencySpread * drawNormal(lines));
    const own = behaviour === "old-version" ? oldRules : rules;
    const node = new SimNode({
      world,
      index,
      host: hostOf(index),
      rules: scenario.sharing ? own : new ShareRules(own.network),
      address: encodeLegacyAddress({ version: network.coin.addressVersion, hash: minerHash(index) }),
      fixedNodes: peers[index]!.map(hostOf),
      random: fork(random),
      ...(behaviour === "timestamps" ? { clock: clockAhead(clock, scenario.clockAhead) } : {}),
    });
    const hash = hashes[index]!;
    const rate = POOL_RATE * hash;
    const seconds = hash > LARGE ? SOLUTION_SECONDS.large : SOLUTION_SECONDS.small;
    const miner = new SimMiner({
      node,
      random: fork(random),
      rate,
      attempts: Math.min(rate * seconds, easiestAttempts(scenario) / 2),
      delayMs: scenario.minerDelayMs,
      withholds: behaviour === "withhold",
      isMining: () => isFounded(node, scenario) && (behaviour !== "hopping" || isWorthHopping(world, scenario)),
    });
    const member = { node, miner, behaviour, hash, latencyMs };
    members.push(member);
    byHost.set(node.options.host, member);
  }
  const founding = members.find(({ behaviour }) => behaviour === "honest") ?? members[0]!;
  const founder = founderOn(founding.node, scenario, fork(random));
  const news = fork(random);
  world.coin.subscribe((tip) => {
    for (const { node, latencyMs } of members) clock.after(2 * latencyMs * news.uniform(), () => node.coinTip(tip));
  });
  for (const { node } of members) await node.start();
  founder.start();
  for (const { miner } of members) miner.start();
  world.coin.start();
  const observer = new Observer(scenario, world, members);
  observer.start();
  misbehave(scenario, world, members);
  schedulePartitions(scenario, world, members, observer);
  scheduleChurn(scenario, clock, members, fork(random));

  const endMs = 1000 * scenario.seconds;
  const stepMs = Math.max(1000, endMs / 200);
  for (let atMs = 0; atMs < endMs; atMs += stepMs) {
    await clock.runUntil(Math.min(endMs, atMs + stepMs));
    progress(Math.min(1, (atMs + stepMs) / endMs));
  }
  founder.stop();
  for (const { miner } of members) miner.stop();
  observer.stop();
  await clock.runUntil(endMs + SETTLE_MS);
  const result = resultOf(scenario, world, members, observer);
  const stopped = Promise.all(members.map(({ node }) => node.stop()));
  await clock.runUntil(endMs + 2 * SETTLE_MS);
  await stopped;
  return result;
}

/** A sequence of its own for each part, so that what one draws does not depend on how often another has. */
function fork(random: Random): Random {
  return seededRandom(random.uint32());
}

/** Each in a network of its own, as a node does not connect twice into one. */
function hostOf(index: number): string {
  return `${20 + Math.floor(index / 200)}.${index % 200}.1.1`;
}

function minerHash(index: number): Uint8Array {
  const hash = new Uint8Array(20).fill(0x11);
  new DataView(hash.buffer).setUint32(0, index);
  return hash;
}

function behavioursOf({ nodes, groups }: Scenario): Behaviour[] {
  const all = groups.flatMap(({ nodes: count, behaviour }) => new Array<Behaviour>(count).fill(behaviour));
  while (all.length < nodes) all.push("honest");
  return all;
}

/** Parts of the hash rate: a group's is divided equally, the rest as the scenario says. */
function hashParts({ nodes, groups, hashRates }: Scenario, random: Random): number[] {
  const parts = groups.flatMap((group) => new Array<number>(group.nodes).fill(group.hash / group.nodes));
  const left = 1 - groups.reduce((sum, { hash }) => sum + hash, 0);
  const weights = Array.from({ length: nodes - parts.length }, () =>
    hashRates === "equal" ? 1 : (1 - random.uniform()) ** (-1 / PARETO_SHAPE),
  );
  const sum = weights.reduce((a, b) => a + b, 0);
  return [...parts, ...weights.map((weight) => (left * weight) / sum)];
}

function schedulePartitions(
  scenario: Scenario,
  { clock, hosts }: World,
  members: readonly Member[],
  observer: Observer,
): void {
  // The last nodes, who are honest: groups are first.
  for (const { from, to, part } of scenario.partitions) {
    const first = Math.round(members.length * (1 - part));
    const index = new Map(members.map(({ node }, i) => [node.options.host, i]));
    clock.after(1000 * from, () => hosts.split((host) => (index.get(host)! >= first ? 1 : 0)));
    clock.after(1000 * to, () => {
      hosts.split(null);
      observer.healed();
    });
  }
}

function scheduleChurn(scenario: Scenario, clock: VirtualClock, members: readonly Member[], random: Random): void {
  if (scenario.churn === 0) return;
  for (const { node } of members) {
    const leave = (): void => {
      clock.after(drawWait(86_400_000 / scenario.churn, random), () => {
        void node.stop();
        clock.after(1000 * scenario.awaySeconds, () => {
          void node.start();
          leave();
        });
      });
    };
    leave();
  }
}
