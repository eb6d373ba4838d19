import { setMaxListeners } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { demoMiners } from "../../src/cli/demo/payees.js";
import { CpuMiner } from "../../src/cli/miner/cpu-miner.js";
import { type Random, seededRandom } from "../../src/core/random.js";
import { freePort } from "../../src/daemon/embedded/free-port.js";
import { EmbeddedNode } from "../../src/daemon/embedded/index.js";
import { writeEasyRegtest } from "../../test/support/easy-regtest.js";
import { TcpProxy } from "../../test/support/tcp-proxy.js";
import { Churn, type ChurnCounts } from "./churn.js";
import { type Sample, SoakNode } from "./soak-node.js";

/** Of the nodes: those that are never restarted, and what happens to the others. */
const STEADY = 5;
const NODES = 10;
const PAYEES = 40;

/** A share takes 2,048 hashes, a block 49,000, and all miners together do 1,200 a second: accelerated, and little work. */
const SHARE_TARGET = 1n << 245n;
const BLOCK_BITS = 0x1f015555;
const HASH_RATES = [320, 260, 210, 170, 140, 100];
/** Reached twice over, and side branches old enough, after ten minutes: from then on, old shares go as new ones come. */
const CHAIN_LENGTH = 100;
/** Between the wire's faults, and how long they last. */
const WIRE = { everyMs: 180_000, lastsMs: 12_000 };

export interface SoakOptions {
  readonly seconds: number;
  /** Between two looks at each node. */
  readonly everySeconds: number;
  readonly seed: number;
  /** Where to put heap snapshots of one of the nodes, after a third of the time and at the end; null for none. */
  readonly snapshots: string | null;
  readonly note: (line: string) => void;
}

export interface SoakResult {
  readonly seconds: number;
  readonly samples: readonly Sample[];
  readonly churn: ChurnCounts;
  readonly lives: readonly number[];
  readonly sharesFound: number;
  readonly blocks: number;
  /** Part of the looks at which a node had the tip that most had. */
  readonly agreement: number;
  /** Whether all had the same tip soon after the last share. */
  readonly agreed: boolean;
  /** Processor seconds of the nodes, and of this process with the coin's node, the miners and strangers. */
  readonly processor: { readonly nodes: number; readonly others: number };
  /** Whatever should not have happened: crashes, ends that failed, lines of trouble. */
  readonly faults: readonly string[];
}

/** Ten nodes on one full node of the coin, with miners, for a long while, in which much happens to them. */
export class Soak {
  private readonly options: SoakOptions;
  private readonly random: Random;
  private readonly nodes: SoakNode[] = [];
  private readonly miners: CpuMiner[] = [];
  private readonly samples: Sample[] = [];
  private readonly faults: string[] = [];
  private readonly ending = new AbortController();
  /** At each round: the part of the nodes that have the tip that most have. */
  private readonly agreements: number[] = [];

  constructor(options: SoakOptions) {
    this.options = options;
    this.random = seededRandom(options.seed);
    setMaxListeners(0, this.ending.signal);
  }

  async run(): Promise<SoakResult> {
    const { seconds, note } = this.options;
    const folder = await mkdtemp(join(tmpdir(), "p2pool-soak-"));
    const daemon = await EmbeddedNode.start({
      bits: BLOCK_BITS,
      transactionsPerBlock: 5,
      onExit: (error) => this.faults.push(error.message),
      onTrouble: (reason) => note(`full node: ${reason}`),
    });
    const wires = [
      await TcpProxy.start(Number(new URL(daemon.rpcUrl).port)),
      await TcpProxy.start(daemon.p2pPort),
    ] as const;
    try {
      const network = writeEasyRegtest(join(folder, "network.json"), {
        chain_length: CHAIN_LENGTH,
        real_chain_length: CHAIN_LENGTH,
        max_target: SHARE_TARGET.toString(16).padStart(64, "0"),
      });
      const addresses = demoMiners(PAYEES, network.coin).map(({ address }) => address);
      await this.createNodes(folder, daemon, wires, addresses);
      for (const node of this.nodes) {
        node.start();
        await this.wait(500);
      }
      this.startMiners(addresses);
      const churn = new Churn(this.nodes, network, addresses, this.random);
      churn.start();
      const startedMs = performance.now();
      const tasks = [this.look(startedMs), this.spoilWires(wires), ...this.fates()];
      await this.wait((seconds * 1000) / 3);
      await this.snapshot("third");
      await this.wait(seconds * 1000 - (performance.now() - startedMs));
      this.ending.abort();
      await Promise.all([...tasks, churn.stop()]);
      const lasted = (performance.now() - startedMs) / 1000;
      const agreed = await this.settle();
      await this.snapshot("end");
      const blocks = await this.end(daemon);
      const usage = process.cpuUsage();
      const nodeSeconds = this.nodes.reduce((sum, node) => sum + node.processorSeconds, 0);
      return {
        seconds: lasted,
        samples: this.samples,
        churn: churn.counts,
        lives: this.nodes.map(({ life }) => life),
        sharesFound: this.nodes.reduce((sum, node) => sum + node.sharesFound, 0),
        blocks,
        agreement: this.agreements.reduce((sum, part) => sum + part, 0) / this.agreements.length,
        agreed,
        processor: { nodes: nodeSeconds, others: (usage.user + usage.system) / 1e6 },
        faults: [...this.faults, ...this.nodes.flatMap(({ crashes, trouble }) => [...crashes, ...trouble])],
      };
    } finally {
      this.ending.abort();
      await Promise.all(this.miners.map((miner) => miner.stop()));
      await Promise.all(this.nodes.map((node) => node.end("SIGKILL")));
      await Promise.all(wires.map((wire) => wire.stop()));
      await daemon.stop();
      await rm(folder, { recursive: true });
    }
  }

  /** Each keeps connections to two others, and finds more. Every fourth address, the second first, is one of the oldest form. */
  private async createNodes(
    folder: string,
    daemon: EmbeddedNode,
    wires: readonly TcpProxy[],
    addresses: readonly string[],
  ): Promise<void> {
    const ports: { worker: number; p2p: number }[] = [];
    for (let i = 0; i < NODES; i++) ports.push({ worker: await freePort(), p2p: await freePort() });
    const direct = [new URL(daemon.rpcUrl).port, String(daemon.p2pPort)] as const;
    for (const [index, { worker, p2p }] of ports.entries()) {
      const others = [1, 3].map((step) => `127.0.0.1:${ports[(index + step) % NODES]!.p2p}`);
      // The second and third reach the coin's node by a wire that goes bad at times.
      const [rpc, coinP2p] = index === 1 || index === 2 ? wires.map(({ port }) => String(port)) : direct;
      const args = [
        ...["--network-file", join(folder, "network.json"), "-a", addresses[4 * index + 1]!],
        ...["--datadir", join(folder, `node${index}`), "-w", `127.0.0.1:${worker}`, "--p2pool-port", `${p2p}`],
        ...["--outgoing-conns", "3", "--disable-upnp", "--local-network", ...others.flatMap((other) => ["-n", other])],
        ...["--min-difficulty", "0.000000001", "--share-rate", "1", "--log-max-size", "1", "--log-keep", "1"],
        // Miners of the first are served by a process of their own.
        ...(index === 0 ? ["--worker-processes", "1"] : []),
        ...["--bitcoind-rpc-port", rpc!, "--bitcoind-p2p-port", coinP2p!, daemon.auth.user, daemon.auth.password],
      ];
      this.nodes.push(new SoakNode({ index, args, workerPort: worker, p2pPort: p2p }));
    }
  }

  private startMiners(addresses: readonly string[]): void {
    for (const [i, hashRateLimit] of HASH_RATES.entries()) {
      const { workerPort } = this.nodes[(2 * i) % NODES]!.options;
      const username = `${addresses[NODES + i]!}.rig/0`;
      const miner = new CpuMiner({ host: "127.0.0.1", port: workerPort, username, pow: "sha256d", hashRateLimit });
      // Its node may be down; it tries again.
      miner.on("error", () => {});
      miner.start();
      this.miners.push(miner);
    }
  }

  /** The restarted nodes: two once, early; one stopped and one killed every few minutes; one held up, then killed. */
  private fates(): Promise<void>[] {
    const { nodes, options } = this;
    const early = (options.seconds * 1000) / 6;
    const short = Math.min(180_000, early);
    return [
      this.once(nodes[STEADY]!, "SIGTERM", early),
      this.once(nodes[STEADY + 1]!, "SIGKILL", early * 1.1),
      this.often(nodes[STEADY + 2]!, "SIGTERM", short * 1.2),
      this.often(nodes[STEADY + 3]!, "SIGKILL", short),
      this.freezing(nodes[STEADY + 4]!, short * 1.6),
    ];
  }

  private async once(node: SoakNode, signal: "SIGTERM" | "SIGKILL", afterMs: number): Promise<void> {
    if (await this.wait(afterMs)) await this.restart(node, signal);
  }

  private async often(node: SoakNode, signal: "SIGTERM" | "SIGKILL", everyMs: number): Promise<void> {
    while (await this.wait(everyMs)) await this.restart(node, signal);
  }

  private async freezing(node: SoakNode, everyMs: number): Promise<void> {
    while (await this.wait(everyMs)) {
      node.freeze();
      await this.wait(40_000);
      node.thaw();
      await this.wait(20_000);
      await this.restart(node, "SIGKILL");
    }
  }

  private async restart(node: SoakNode, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const how = await node.end(signal);
    if (signal === "SIGTERM" && how !== "exit code 0") {
      this.faults.push(`node ${node.options.index}, life ${node.life}: asked to end: ${how ?? "it did not"}`);
    }
    // At the end all that are down are started together.
    if (await this.wait(2_000 + this.random.uniform() * 10_000)) node.start();
  }

  private async spoilWires(wires: readonly TcpProxy[]): Promise<void> {
    const kinds = ["closed", "silent"] as const;
    for (let i = 0; await this.wait(WIRE.everyMs); i++) {
      for (const wire of wires) wire.mode = { kind: kinds[i % 2]! };
      await this.wait(WIRE.lastsMs);
      for (const wire of wires) {
        wire.closeConnections();
        wire.mode = { kind: "pass" };
      }
    }
  }

  /** One node after the other, so that they are not all busy with it at once. */
  private async look(startedMs: number): Promise<void> {
    const pauseMs = (this.options.everySeconds * 1000) / NODES;
    for (let round = 1; !this.ending.signal.aborted; round++) {
      const seen: Sample[] = [];
      for (const node of this.nodes) {
        const sample = await node.sample((performance.now() - startedMs) / 1000);
        if (sample !== null) seen.push(sample);
        await this.wait(pauseMs);
      }
      this.samples.push(...seen);
      await this.noteAgreement();
      if (round % 10 === 0) this.noteRound(seen);
    }
  }

  /** All at once: shares come about every second and a half. */
  private async noteAgreement(): Promise<void> {
    const tips = (await this.tips()).filter((tip) => tip !== null);
    const most = [...new Set(tips)].map((tip) => tips.filter((other) => other === tip).length);
    if (tips.length > 0) this.agreements.push(Math.max(...most) / tips.length);
  }

  private noteRound(seen: readonly Sample[]): void {
    const heaps = seen.map(({ heap }) => (heap / 2 ** 20).toFixed(1)).join(" ");
    const resident = seen.map((sample) => Math.round(sample.resident / 2 ** 20)).join(" ");
    const at = Math.round(seen[0]?.at ?? 0);
    this.options.note(`${at} s: heap ${heaps} MB; resident ${resident} MB; shares ${seen[0]?.shares ?? "?"}`);
  }

  private async tips(): Promise<(string | null)[]> {
    const up = this.nodes.filter(({ isUp }) => isUp);
    return Promise.all(
      up.map((node) =>
        node.status().then(
          ({ chain }) => chain.tip,
          () => null,
        ),
      ),
    );
  }

  /** Ends the mining; whether all nodes have the same tip then. */
  private async settle(): Promise<boolean> {
    for (const node of this.nodes) if (!node.isUp) node.start();
    await delay(20_000);
    await Promise.all(this.miners.map((miner) => miner.stop()));
    for (let attempt = 0; attempt < 60; attempt++) {
      const tips = await this.tips();
      if (tips.length === NODES && tips[0] !== null && tips.every((tip) => tip === tips[0])) return true;
      await delay(1_000);
    }
    return false;
  }

  /** Asks all to end. Returns the blocks that were found since the start. */
  private async end(daemon: EmbeddedNode): Promise<number> {
    await Promise.all(
      this.nodes.map(async (node) => {
        const how = await node.end("SIGTERM");
        if (how !== "exit code 0") this.faults.push(`node ${node.options.index} at the end: ${how ?? "it did not"}`);
      }),
    );
    const authorization = `Basic ${Buffer.from(`${daemon.auth.user}:${daemon.auth.password}`).toString("base64")}`;
    const body = JSON.stringify({ method: "getblockcount", params: [], id: 1 });
    const reply = await fetch(daemon.rpcUrl, { method: "POST", headers: { authorization }, body });
    return ((await reply.json()) as { result: number }).result - daemon.height;
  }

  private async snapshot(name: string): Promise<void> {
    const { snapshots } = this.options;
    if (snapshots !== null) await this.nodes[STEADY - 1]!.snapshot(join(snapshots, `${name}.heapsnapshot`));
  }

  /** False at the end. */
  private async wait(milliseconds: number): Promise<boolean> {
    try {
      await delay(Math.max(0, milliseconds), undefined, { signal: this.ending.signal });
      return true;
    } catch {
      return false;
    }
  }
}
