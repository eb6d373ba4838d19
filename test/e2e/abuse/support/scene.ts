import assert from "node:assert/strict";
import type { PoolNetwork } from "../../../../src/networks/index.js";
import { type Clock, systemClock } from "../../../../src/platform/clock.js";
import { TransportError } from "../../../../src/platform/transport.js";
import { TcpTransport } from "../../../../src/platform/transport-tcp.js";
import { loadShare, type Share } from "../../../../src/sharechain/index.js";
import { FakeDaemon, type FakeReply, type FakeRequest, ok, refusal } from "../../../support/daemon-fake.js";
import { rawTemplate } from "../../../support/daemon-template.js";
import { easyNetwork, TestChain } from "../../../unit/peers/support/chain.js";
import { ScriptedPeer } from "../../../unit/peers/support/scripted-peer.js";
import { wrapped } from "../../../unit/peers/support/shares.js";
import type { NodeControl, NodeState } from "./node-control.js";
import { type NodeHandle, sharedNode } from "./node-handle.js";

const LOCAL = "127.0.0.1";
const NULL_SHARE = "0".repeat(64);
const MEGABYTE = 2 ** 20;
/** Longest that a test waits for what must happen. */
const PATIENCE_MS = 15_000;
const STEP_MS = 500;

/** What the honest peer does must not depend on anything that the attackers do. */
export interface SceneOptions {
  /** A process for this test alone. */
  readonly handle?: NodeHandle;
  /** Verified shares to begin with. */
  readonly length?: number;
  readonly network?: Partial<PoolNetwork>;
  /** Of these the node has only the newest so many, and none verified: it gets the rest from the honest peer. */
  readonly remnant?: number;
  /** Makes the chain instead. */
  readonly prepare?: (chain: TestChain, now: number) => void;
  /** Memory that the attack may cost, megabytes (spec/09 §14). */
  readonly memory?: number;
  readonly quarantineDirectory?: string;
  readonly httpRequestMs?: number;
  /** Where the coin's own P2P protocol is spoken. */
  readonly coinPort?: number;
}

/** Shares take time to make: those of the first scene serve all that begin alike. */
let prepared: { readonly shares: readonly Uint8Array[]; readonly key: string } | null = null;

/**
 * A node in its own process on a stub daemon, an honest peer that is served from the beginning to the end, and whoever a test
 * lets loose on it, over real sockets (spec/09 §14).
 */
export class AbuseScene {
  readonly network: PoolNetwork;
  /** The honest peer's. */
  readonly chain: TestChain;
  readonly daemon: FakeDaemon;
  readonly clock: Clock;
  honest!: ScriptedPeer;
  workerPort = 0;
  private readonly handle: NodeHandle;
  private readonly options: SceneOptions;
  private readonly peers: ScriptedPeer[] = [];
  private port = 0;
  private aheadSeconds = 0;
  /** The same without steps of the node's wall clock. */
  private skippedSeconds = 0;
  private bytesBefore = 0;
  private probes = 0;
  private looked = 0;
  private isStopped = false;

  private constructor(daemon: FakeDaemon, options: SceneOptions) {
    this.handle = options.handle ?? sharedNode();
    this.daemon = daemon;
    this.options = options;
    this.network = easyNetwork({ ...CHAIN_LENGTH, ...options.network });
    this.clock = { ...systemClock, now: () => Date.now() / 1000 + this.aheadSeconds };
    this.chain = new TestChain({ network: this.network, clock: this.clock });
  }

  static async start(options: SceneOptions = {}): Promise<AbuseScene> {
    const daemon = await FakeDaemon.start(() => null);
    const scene = new AbuseScene(daemon, options);
    daemon.script = (request) => scene.answer(request);
    try {
      await scene.begin();
    } catch (error) {
      await scene.stop();
      throw error;
    }
    return scene;
  }

  /** A connection from an address of 127/8, without a greeting; it may be refused a moment later. */
  async connect(from: string): Promise<ScriptedPeer> {
    const peer = await this.tryToConnect(from);
    assert.ok(peer !== null, `${from} is refused`);
    return peer;
  }

  /** Null if the refusal comes at once. */
  async tryToConnect(from: string): Promise<ScriptedPeer | null> {
    const transport = new TcpTransport({ clock: systemClock, localAddress: from });
    try {
      const link = await transport.connect({ host: LOCAL, port: this.port }, { timeoutMs: PATIENCE_MS });
      const peer = new ScriptedPeer(link, this.network);
      this.peers.push(peer);
      if (this.isStopped) peer.link.abort();
      return peer;
    } catch (error) {
      if (error instanceof TransportError && error.code === "TRANSPORT_REFUSED") return null;
      throw error;
    }
  }

  /** One that has greeted, and was greeted unless it is closed. */
  async greeted(from: string, greeting: Parameters<ScriptedPeer["greet"]>[0] = {}): Promise<ScriptedPeer> {
    const peer = await this.connect(from);
    peer.greet({ nonce: BigInt(this.peers.length), ...greeting });
    await this.until(() => peer.isClosed || peer.of("ping").length > 0, "a greeting");
    return peer;
  }

  call<M extends keyof NodeControl>(method: M, ...args: Parameters<NodeControl[M]>): ReturnType<NodeControl[M]> {
    return this.handle.call(method, ...args);
  }

  state(): Promise<NodeState> {
    return this.call("state");
  }

  async points(address: string): Promise<number> {
    const { scores } = await this.state();
    return scores.find((score) => score.address === address)?.points ?? 0;
  }

  async isBanned(address: string): Promise<boolean> {
    const { scores } = await this.state();
    return (scores.find((score) => score.address === address)?.banEndsAt ?? null) !== null;
  }

  /** Lets time pass for the node; whoever it talks to has time to answer. */
  async skip(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= STEP_MS) {
      const now = await this.call("skip", Math.min(left, STEP_MS));
      this.aheadSeconds = now - Date.now() / 1000;
      this.skippedSeconds += Math.min(left, STEP_MS) / 1000;
      await turns();
    }
  }

  async until(what: () => boolean | Promise<boolean>, label: string): Promise<void> {
    const endMs = performance.now() + PATIENCE_MS;
    while (!(await what())) {
      assert.ok(performance.now() < endMs, `no ${label}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** All that was written so far has reached the node and was looked at. */
  async settled(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      await turns();
      await this.call("skip", 0);
    }
  }

  /** The honest peer asks for share 0, somebody else for the node's status, and both are answered. */
  async probe(): Promise<void> {
    const status = await fetch(`http://127.0.0.1:${this.workerPort}/api/v1/status`);
    assert.equal(status.status, 200);
    await status.body?.cancel();
    const id = (++this.probes).toString(16).padStart(64, "f");
    this.honest.send("sharereq", { id, hashes: [NULL_SHARE], parents: 0n, stops: [] });
    await this.until(() => this.honest.of("sharereply").some((reply) => reply.id === id), "answer for the honest peer");
  }

  /** The honest peer finds a share on the tip, and it becomes the node's tip. */
  async contribute(): Promise<Share> {
    await this.until(async () => {
      this.follow();
      return (await this.state()).tip === this.chain.best()?.id;
    }, "honest peer at the node's tip");
    const tip = this.chain.best();
    const timestamp = Math.max(Math.floor(this.clock.now()), (tip?.item.share.info.timestamp ?? 0) + 1);
    const share = this.chain.add(this.chain.mintOn(tip, { timestamp }).raw).item.share;
    this.honest.send("shares", { shares: [wrapped(share)] });
    await this.until(async () => (await this.state()).tip === share.id, "honest share as the tip");
    return share;
  }

  /** A chain with the same shares as the honest peer's, to mint on apart from it. */
  fork(): TestChain {
    const fork = new TestChain({ network: this.network, clock: this.clock });
    const tip = this.chain.best()!;
    for (const { item } of [...tip.chain(tip.height)].reverse()) {
      fork.tracker.markVerified(fork.tracker.add(item.share, item.seenAt)!);
    }
    fork.evaluate();
    return fork;
  }

  /**
   * Ends the scene: the honest peer was served all the time, and the node is as light and quick as before. `alarms`: errors
   * that it logged for good reason; `besides`: those that may come.
   */
  async finish({ alarms = 0, besides }: { readonly alarms?: number; readonly besides?: RegExp } = {}): Promise<void> {
    const { memory = 32 } = this.options;
    await this.probe();
    await this.contribute();
    assert.ok(!this.honest.isClosed, "the honest peer is connected");
    assert.equal(await this.points(LOCAL), 0);
    const { bytes, longestTurnMs } = await this.call("usage");
    const growth = (bytes - this.bytesBefore) / MEGABYTE;
    assert.ok(growth < memory, `${growth.toFixed(1)} MB more than before`);
    assert.ok(longestTurnMs < 250, `a turn of ${longestTurnMs} ms of processor time`);
    const failures = (await this.call("log")).filter(({ level, msg }) => level >= 50 && besides?.test(msg) !== true);
    assert.equal(failures.length, alarms, JSON.stringify(failures));
    await this.stop();
  }

  async stop(): Promise<void> {
    if (this.isStopped) return;
    this.isStopped = true;
    for (const peer of this.peers) peer.link.abort();
    try {
      await this.call("stop");
    } finally {
      await this.daemon.stop();
    }
  }

  /** What the stub daemon proposes now. */
  template(): Record<string, unknown> {
    const now = Math.floor(Date.now() / 1000 + this.skippedSeconds);
    return rawTemplate({ bits: "1d00ffff", target: undefined, curtime: now, mintime: now - 3_600 });
  }

  /** The stub daemon: always the same template, and it knows no block but those that tell which coin it is of. */
  private answer(request: FakeRequest): FakeReply | null {
    const { method, params } = request;
    if (method === "getblocktemplate") {
      const [{ longpollid }] = params as [{ longpollid?: string }];
      if (longpollid !== undefined) return null;
      return ok(request, this.template());
    }
    if (method === "getblockheader" && this.network.coin.daemon.knownBlocks.includes(params[0] as string))
      return ok(request, { height: 1 });
    if (method === "getblockheader") return refusal(request, -5, "Block not found");
    if (method === "submitblock") return ok(request, null);
    return refusal(request, -32601, "Method not found");
  }

  private async begin(): Promise<void> {
    const { coinPort, httpRequestMs, quarantineDirectory, remnant } = this.options;
    this.prepare();
    const tip = this.chain.best();
    const stored = Math.min(tip?.height ?? 0, remnant ?? Number.POSITIVE_INFINITY);
    const shares = tip === null ? [] : [...tip.chain(stored)].reverse().map(({ item }) => item.share.raw);
    const { p2pPort, workerPort } = await this.call("start", {
      network: { ...CHAIN_LENGTH, ...this.options.network },
      shares,
      areVerified: remnant === undefined,
      daemonUrl: this.daemon.url,
      ...(quarantineDirectory === undefined ? {} : { quarantineDirectory }),
      ...(httpRequestMs === undefined ? {} : { httpRequestMs }),
      ...(coinPort === undefined ? {} : { coinPort }),
    });
    this.port = p2pPort;
    this.workerPort = workerPort;
    await this.until(async () => (await this.call("events")).includes("template"), "template");
    this.honest = await this.connect(LOCAL);
    this.honest.serve = ({ hashes, parents }) => {
      const node = this.chain.get(hashes[0]!);
      return node === undefined
        ? []
        : [...node.chain(Math.min(node.height, Number(parents) + 1))].map(({ item }) => wrapped(item.share));
    };
    this.honest.greet({ nonce: 1n, bestShare: tip?.id ?? null });
    await this.until(() => this.honest.of("ping").length > 0, "greeting");
    await this.contribute();
    this.bytesBefore = (await this.call("usage")).bytes;
  }

  private prepare(): void {
    const { length = 200, network = {}, prepare } = this.options;
    if (prepare !== undefined) {
      prepare(this.chain, Math.floor(this.clock.now()));
      return;
    }
    const key = `${length} ${Object.entries(network).join()}`;
    if (prepared?.key === key) {
      for (const raw of prepared.shares) {
        this.chain.tracker.markVerified(this.chain.tracker.add(loadShare(raw, this.chain.rules), 0)!);
      }
      this.chain.evaluate();
      return;
    }
    const tip = this.chain.extend(length);
    prepared = { key, shares: [...tip.chain(length)].reverse().map(({ item }) => item.share.raw) };
  }

  /** Takes in what the node has told the honest peer. */
  private follow(): void {
    const told = this.honest.of("shares");
    for (; this.looked < told.length; this.looked++) {
      for (const { raw } of [...told[this.looked]!.shares].reverse()) {
        const share = loadShare(raw.slice(), this.chain.rules);
        if (this.chain.get(share.id) === undefined) this.chain.add(share.raw);
      }
    }
  }
}

const CHAIN_LENGTH = { chainLength: 200, realChainLength: 200 };

async function turns(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}
