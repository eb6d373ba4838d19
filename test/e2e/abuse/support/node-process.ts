import { existsSync, readFileSync } from "node:fs";
import { maxAnswerBytes } from "../../../../src/daemon/answer-limit.js";
import { RpcClient } from "../../../../src/daemon/rpc/index.js";
import type { NodeEvent } from "../../../../src/node/events.js";
import { PoolNode } from "../../../../src/node/pool-node.js";
import { endpointText } from "../../../../src/peers/address.js";
import { AddressRanges } from "../../../../src/platform/address-ranges.js";
import { createLogger } from "../../../../src/platform/log.js";
import { systemRandom } from "../../../../src/platform/random.js";
import { loadShare, ShareRules, Tracker } from "../../../../src/sharechain/index.js";
import { MemoryDatabase } from "../../../../src/store/memory-database.js";
import { Store } from "../../../../src/store/store.js";
import { LIMITS } from "../../../../src/workers/limits.js";
import { SkippingClock } from "../../../support/skipping-clock.js";
import { easyNetwork, PAYEE } from "../../../unit/peers/support/chain.js";
import type { Answer, Call, LogLine, NodeControl, NodeSetup, NodeState, Usage } from "./node-control.js";

const TICK_MS = 5;

/** A whole node of a pool in a process of its own, which does what a test tells it over the parent's channel. */
class NodeHost implements NodeControl {
  private clock = new SkippingClock();
  private node: PoolNode | null = null;
  private rpc: RpcClient | null = null;
  private lines: LogLine[] = [];
  private seen: NodeEvent[] = [];
  private longestMs = 0;

  constructor() {
    let before = threadMs();
    setInterval(() => {
      const now = threadMs();
      this.longestMs = Math.max(this.longestMs, now - before);
      before = now;
    }, TICK_MS).unref();
  }

  async start(setup: NodeSetup): Promise<{ p2pPort: number; workerPort: number }> {
    const network = easyNetwork(setup.network);
    this.clock = new SkippingClock();
    this.lines = [];
    this.seen = [];
    const write = (text: string): void => void this.lines.push(JSON.parse(text) as LogLine);
    const log = createLogger("info", { write });
    const { clock } = this;
    const database = new MemoryDatabase();
    const makeStore = (): Store => new Store({ database, network, clock, log });
    await fill(makeStore(), new Tracker(new ShareRules(network)), setup);
    // Its time-outs are real: the daemon's answers do not skip.
    this.rpc = new RpcClient({ url: setup.daemonUrl, maxResponseBytes: maxAnswerBytes(network) });
    this.node = new PoolNode({
      network,
      address: PAYEE,
      rpc: this.rpc,
      clock,
      random: systemRandom,
      log,
      feePercent: 0,
      donationPercent: 0,
      coinbaseTexts: [],
      solo: false,
      allowObsoleteDaemon: true,
      miners: {
        shareSeconds: 3,
        minDifficulty: 1e-9,
        getwork: true,
        tlsPort: null,
        certificate: null,
        proxies: new AddressRanges([]),
        limits: LIMITS,
      },
      workerPort: {
        host: "127.0.0.1",
        port: 0,
        ifTaken: "fail",
        ...(setup.httpRequestMs === undefined ? {} : { httpRequestMs: setup.httpRequestMs }),
      },
      peering: {
        port: 0,
        host: "127.0.0.1",
        failIfTaken: true,
        maxIncoming: 40,
        outgoing: 0,
        fixedNodes: [],
        externalAddress: null,
        advertise: false,
        mapPort: false,
        localNetwork: false,
        testAddresses: true,
      },
      ...(setup.coinPort === undefined
        ? {}
        : { coinP2p: { daemon: { host: "127.0.0.1", port: setup.coinPort }, relays: [] } }),
      version: "0.0.0",
      store: makeStore(),
      ...(setup.quarantineDirectory === undefined ? {} : { quarantineDirectory: setup.quarantineDirectory }),
      onEvent: (event) => void this.seen.push(event),
    });
    const workerPort = await this.node.start();
    return { p2pPort: this.node.peering!.boundPort!, workerPort };
  }

  async stop(): Promise<void> {
    await this.node?.stop();
    this.rpc?.close();
    this.node = null;
  }

  async skip(milliseconds: number): Promise<number> {
    await this.clock.skip(milliseconds);
    return this.clock.now();
  }

  async stepWall(seconds: number): Promise<void> {
    this.clock.wallOffset += seconds;
  }

  async state(): Promise<NodeState> {
    const { chain, peering } = this.running;
    const { network } = peering!;
    return {
      tip: chain.best?.id ?? null,
      shares: chain.tracker.main.size,
      verified: chain.tracker.verified.size,
      connections: network.connectionCount,
      peers: network.connectedPeers,
      scores: [...network.standing.scores()],
      addresses: network.book
        .save()
        .addresses.map(([host, port, , , , lastSeen]) => ({ address: endpointText({ host, port }), lastSeen })),
    };
  }

  async has(id: string): Promise<boolean> {
    return this.running.chain.tracker.main.has(id);
  }

  async distrust(id: string): Promise<void> {
    const { tracker } = this.running.chain;
    const verify = tracker.verify.bind(tracker);
    tracker.verify = (node, now, view) =>
      node.id === id
        ? { ok: false, code: "GENTX_MISMATCH", reason: "distrusted by the test", naughty: 0 }
        : verify(node, now, view);
  }

  async usage(): Promise<Usage> {
    const longestTurnMs = await this.longestTurnMs();
    for (let i = 0; i < 2; i++) {
      globalThis.gc!();
      await new Promise((resolve) => setTimeout(resolve, 2 * TICK_MS));
    }
    const { heapUsed, external } = process.memoryUsage();
    // What the collection took is not the node's.
    this.longestMs = 0;
    return { bytes: heapUsed + external, longestTurnMs };
  }

  async longestTurnMs(): Promise<number> {
    const { longestMs } = this;
    this.longestMs = 0;
    return longestMs;
  }

  async cpu(): Promise<number> {
    return cpuMs();
  }

  async peakBytes(): Promise<number> {
    return 1_024 * process.resourceUsage().maxRSS;
  }

  async jobsMade(): Promise<number> {
    return (this.running.work as unknown as { readonly nextJobId: number }).nextJobId - 1;
  }

  async log(): Promise<readonly LogLine[]> {
    return this.lines;
  }

  async events(): Promise<readonly string[]> {
    return this.seen.map(({ type }) => type);
  }

  private get running(): PoolNode {
    if (this.node === null) throw new Error("no node is running");
    return this.node;
  }
}

const SCHEDULED = `/proc/self/task/${process.pid}/schedstat`;
const knowsThreads = existsSync(SCHEDULED);

/** Of the event loop's thread, where the system tells: others collect garbage and compile meanwhile. Else of all of them. */
function threadMs(): number {
  return knowsThreads ? Number(readFileSync(SCHEDULED, "utf8").split(" ", 1)[0]) / 1e6 : cpuMs();
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Puts shares into a store as an earlier run would have left them. */
async function fill(store: Store, tracker: Tracker, { shares, areVerified }: NodeSetup): Promise<void> {
  await store.start();
  for await (const _ of store.shares.load());
  store.shares.attach(tracker);
  for (const raw of shares) {
    const node = tracker.add(loadShare(raw, tracker.rules), 0)!;
    if (areVerified) tracker.markVerified(node);
  }
  await store.stop();
}

const host = new NodeHost();
process.on("message", ({ id, method, args }: Call) => {
  const call = host[method].bind(host) as (...args: readonly unknown[]) => Promise<unknown>;
  call(...args).then(
    (result) => process.send!({ id, result } satisfies Answer),
    (error: unknown) => process.send!({ id, error: error instanceof Error ? error.stack! : String(error) }),
  );
});
// The test is over, or has died.
process.on("disconnect", () => process.exit(0));
