import { setMaxListeners } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { CpuMiner } from "../../src/cli/miner/cpu-miner.js";
import type { Random } from "../../src/core/random.js";
import type { PoolNetwork } from "../../src/networks/index.js";
import { systemClock } from "../../src/platform/clock.js";
import { TcpTransport } from "../../src/platform/transport-tcp.js";
import { ScriptedPeer } from "../../test/unit/peers/support/scripted-peer.js";
import type { SoakNode } from "./soak-node.js";

/** Mean times between two of each, and how long one stays, milliseconds. */
const MINERS = { everyMs: 2_000, stayMs: 20_000 };
const PEERS = { everyMs: 3_000, stayMs: 15_000 };
const REQUESTS = { everyMs: 400, stayMs: 10_000 };
const VISITING_HASH_RATE = 40;

const PATHS = [
  ...["/", "/static/", "/metrics", "/healthz", "/readyz", "/fee", "/local_stats", "/global_stats", "/users"],
  ...["/current_payouts", "/recent_blocks", "/peer_addresses", "/web/heads", "/web/log", "/patron_sendmany/10"],
  ...["/api/v1/info", "/api/v1/status", "/api/v1/pool", "/api/v1/pool/users", "/api/v1/pool/versions", "/api/v1/chain"],
  ...["/api/v1/blocks", "/api/v1/miners", "/api/v1/peers", "/api/v1/shares", "/api/v1/shares/tree", "/api/v1/warnings"],
  ...["/api/v1/series", "/api/v1/stratum", "/api/v1/daemon", "/api/v1/payouts/current", "/api/v1/nothing", "/%00"],
];
const GARBAGE = [
  '{"id":1,"method":"mining.subscribe"',
  "GET / HTTP/1.1\r\nHost: x\r\n",
  '{"id":1,"method":"mining.submit","params":["a","b","c","d","e"]}\n'.repeat(20),
  `${"x".repeat(5000)}\n`,
  "[]\n",
];

export type ChurnCounts = Record<
  "miners" | "hashingMiners" | "silentMiners" | "garbage" | "peers" | "rudePeers" | "requests" | "streams" | "failed",
  number
>;

/** Strangers that come and go: miners, peers and browsers, polite and rude ones. */
export class Churn {
  readonly counts: ChurnCounts = {
    ...{ miners: 0, hashingMiners: 0, silentMiners: 0, garbage: 0 },
    ...{ peers: 0, rudePeers: 0, requests: 0, streams: 0, failed: 0 },
  };
  private readonly nodes: readonly SoakNode[];
  private readonly network: PoolNetwork;
  private readonly addresses: readonly string[];
  private readonly random: Random;
  private readonly ending = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private visitors = 0;

  constructor(nodes: readonly SoakNode[], network: PoolNetwork, addresses: readonly string[], random: Random) {
    this.nodes = nodes;
    this.network = network;
    this.addresses = addresses;
    this.random = random;
    setMaxListeners(0, this.ending.signal);
  }

  start(): void {
    this.again(MINERS.everyMs, () => this.visitMiner());
    this.again(PEERS.everyMs, () => this.visitPeer());
    this.again(REQUESTS.everyMs, () => this.visitWeb());
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await Promise.all(this.running);
  }

  /** Starts a visit after a time that is as long as this in the mean, again and again. */
  private again(meanMs: number, visit: () => Promise<void>): void {
    const loop = async (): Promise<void> => {
      while (await this.wait(meanMs)) this.keep(visit());
    };
    this.keep(loop());
  }

  private keep(task: Promise<void>): void {
    const kept = task
      .catch(() => {
        // The node is down or has closed: that is the churn.
        this.counts.failed++;
      })
      .finally(() => this.running.delete(kept));
    this.running.add(kept);
  }

  /** False at the end. */
  private async wait(meanMs: number): Promise<boolean> {
    try {
      await delay(-Math.log(1 - this.random.uniform()) * meanMs, undefined, { signal: this.ending.signal });
      return true;
    } catch {
      return false;
    }
  }

  private pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random.uniform() * items.length)]!;
  }

  private async visitMiner(): Promise<void> {
    const { counts } = this;
    const port = this.pick(this.nodes).options.workerPort;
    // A rig that nobody has seen before, so that what is kept of rigs would grow without a bound.
    const username = `${this.pick(this.addresses)}.rig${++this.visitors}`;
    const kind = this.random.uniform();
    if (kind < 0.15) {
      counts.hashingMiners++;
      return this.hash(port, `${username}/0`);
    }
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("error", () => {}).resume();
    if (kind < 0.25) counts.silentMiners++;
    else if (kind < 0.4) {
      counts.garbage++;
      socket.write(this.pick(GARBAGE));
    } else {
      counts.miners++;
      socket.write('{"id":1,"method":"mining.subscribe","params":["soak/1"]}\n');
      socket.write(`{"id":2,"method":"mining.authorize","params":["${username}","x"]}\n`);
      socket.write(`{"id":3,"method":"mining.submit","params":["${username}","1","00000000","00000000","00000000"]}\n`);
    }
    await this.wait(MINERS.stayMs);
    if (this.random.uniform() < 0.5) socket.end();
    else socket.resetAndDestroy();
    await this.wait(100);
    socket.destroy();
  }

  private async hash(port: number, username: string): Promise<void> {
    const miner = new CpuMiner({
      ...{ host: "127.0.0.1", port, username },
      ...{ pow: "sha256d", hashRateLimit: VISITING_HASH_RATE },
    });
    miner.on("error", () => {});
    miner.start();
    await this.wait(MINERS.stayMs);
    await miner.stop();
  }

  private async visitPeer(): Promise<void> {
    const { counts, random } = this;
    const part = (): number => 1 + Math.floor(random.uniform() * 250);
    const transport = new TcpTransport({ clock: systemClock, localAddress: `127.${part()}.${part()}.${part()}` });
    const { p2pPort } = this.pick(this.nodes).options;
    const link = await transport.connect({ host: "127.0.0.1", port: p2pPort }, { timeoutMs: 5_000 });
    if (random.uniform() < 0.3) {
      counts.rudePeers++;
      link.open({ received: () => {}, drained: () => {}, closed: () => {} });
      if (random.uniform() < 0.5) link.write(Uint8Array.from({ length: 300 }, () => random.uint32() & 255));
      await this.wait(PEERS.stayMs);
      return link.abort();
    }
    counts.peers++;
    const peer = new ScriptedPeer(link, this.network);
    peer.greet({ nonce: BigInt(random.uint32()) });
    peer.send("getaddrs", { count: 20 });
    await this.wait(1_000);
    const best = peer.last("version")?.bestShare;
    if (best !== null && best !== undefined) {
      peer.send("sharereq", { id: "5".repeat(64), hashes: [best], parents: 20n, stops: [] });
    }
    await this.wait(PEERS.stayMs);
    if (random.uniform() < 0.5) link.close();
    else link.abort();
  }

  private async visitWeb(): Promise<void> {
    const { counts, random } = this;
    const root = `http://127.0.0.1:${this.pick(this.nodes).options.workerPort}`;
    if (random.uniform() < 0.03) {
      counts.streams++;
      const leaving = new AbortController();
      const reply = await fetch(`${root}/api/v1/events`, { signal: leaving.signal });
      const reading = reply.body!.pipeTo(new WritableStream()).catch(() => {});
      await this.wait(REQUESTS.stayMs);
      leaving.abort();
      return reading;
    }
    counts.requests++;
    const reply = await fetch(`${root}${this.pick(PATHS)}`, { signal: AbortSignal.timeout(15_000) });
    // Some leave before they have read.
    if (random.uniform() < 0.1) await reply.body?.cancel();
    else await reply.arrayBuffer();
  }
}
