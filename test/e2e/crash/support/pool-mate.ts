import type { PoolNetwork } from "../../../../src/networks/index.js";
import type { Payloads } from "../../../../src/peers/wire/messages.js";
import { systemClock } from "../../../../src/platform/clock.js";
import { TcpTransport } from "../../../../src/platform/transport-tcp.js";
import { loadShare, type ShareNode } from "../../../../src/sharechain/index.js";
import { TestChain } from "../../../unit/peers/support/chain.js";
import { ScriptedPeer } from "../../../unit/peers/support/scripted-peer.js";
import { wrapped } from "../../../unit/peers/support/shares.js";

/** Below what one peer may send unasked. */
const SHARE_EVERY_MS = 80;
/** Shares that all begins with: more than two chain lengths, so that what follows can be verified. */
const BEGINNING = 85;
/** How far in the past it begins: timestamps of shares grow by a second each, and come faster. */
const BEGINS_AGO = 2_500;
/** As many hashes as a node looks at in one request. */
const HASHES = 32;

/** Another node of the pool, which outlives the one that is killed: finds shares, serves them, and notes what it is told. */
export class PoolMate {
  readonly chain: TestChain;
  /** Shares of the node's own that this one was told of, in the order in which they came. */
  readonly told: string[] = [];
  private readonly network: PoolNetwork;
  private peer: ScriptedPeer | null = null;
  private looked = 0;
  private timer: NodeJS.Timeout | null = null;
  private nonce = 1n;

  constructor(network: PoolNetwork) {
    this.network = network;
    this.chain = new TestChain({ network, clock: systemClock });
    let tip: ShareNode | null = null;
    for (let i = 0; i < BEGINNING; i++) {
      const timestamp = Math.floor(systemClock.now()) - BEGINS_AGO + i;
      tip = this.chain.add(this.chain.mintOn(tip, { timestamp }).raw);
    }
  }

  /** Joins the node and begins to find shares. */
  async join(port: number): Promise<void> {
    const peer = await this.connect(port);
    this.peer = peer;
    this.looked = 0;
    peer.serve = ({ hashes, parents }) => {
      const start = this.chain.get(hashes[0]!);
      return start === undefined
        ? []
        : [...start.chain(Math.min(start.height, Number(parents) + 1))].map(({ item }) => wrapped(item.share));
    };
    peer.greet({ nonce: ++this.nonce, bestShare: this.chain.best()!.id });
    this.timer = setInterval(() => {
      this.absorb();
      const share = this.chain.add(this.chain.mintOn(this.chain.best()).raw).item.share;
      peer.send("shares", { shares: [wrapped(share)] });
    }, SHARE_EVERY_MS);
  }

  /** The node is gone: takes in what it still said. */
  async part(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    while (this.peer !== null && !this.peer.isClosed) await new Promise((resolve) => setTimeout(resolve, 1));
    this.absorb();
    this.peer = null;
  }

  /** Which of these shares the node at a port has: asked by somebody who cannot give it any. */
  async heldBy(port: number, ids: readonly string[]): Promise<Set<string>> {
    const peer = await this.connect(port);
    peer.greet({ nonce: ++this.nonce });
    const held = new Set<string>();
    for (let at = 0; at < ids.length; at += HASHES) {
      const hashes = ids.slice(at, at + HASHES);
      const id = (at + 1).toString(16).padStart(64, "0");
      peer.send("sharereq", { id, hashes, parents: 0n, stops: [] });
      const answer = (): Payloads["sharereply"] | undefined => peer.of("sharereply").find((one) => one.id === id);
      while (answer() === undefined) {
        if (peer.isClosed) throw new Error("the node closed the connection");
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      for (const { raw } of answer()!.shares) held.add(loadShare(raw.slice(), this.chain.rules).id);
    }
    peer.link.abort();
    return held;
  }

  private async connect(port: number): Promise<ScriptedPeer> {
    const link = await new TcpTransport({ clock: systemClock }).connect(
      { host: "127.0.0.1", port },
      { timeoutMs: 10_000 },
    );
    return new ScriptedPeer(link, this.network);
  }

  private absorb(): void {
    const messages = this.peer?.of("shares") ?? [];
    for (; this.looked < messages.length; this.looked++) {
      for (const { raw } of [...messages[this.looked]!.shares].reverse()) {
        const share = loadShare(raw.slice(), this.chain.rules);
        if (this.chain.get(share.id) !== undefined) continue;
        this.chain.add(share.raw);
        this.told.push(share.id);
      }
    }
  }
}
