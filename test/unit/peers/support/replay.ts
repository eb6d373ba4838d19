import assert from "node:assert/strict";
import { blockHash, blockHeader } from "../../../../src/bitcoin/block.js";
import { bytesToHex, hexToBytes } from "../../../../src/core/bytes.js";
import { encode } from "../../../../src/core/codec.js";
import { POOL_NETWORKS } from "../../../../src/networks/pools.js";
import { encodeFrames } from "../../../../src/peers/wire/encode.js";
import type { Message } from "../../../../src/peers/wire/messages.js";
import { MemoryNetwork } from "../../../../src/platform/transport-memory.js";
import { TcpTransport } from "../../../../src/platform/transport-tcp.js";
import { SkippingClock } from "../../../support/skipping-clock.js";
import { type LogLine, payloadOf, RecordedChain } from "./recorded.js";
import { ScriptedPeer } from "./scripted-peer.js";
import { type Hosts, TestNode } from "./test-node.js";
import { VirtualTime } from "./virtual-time.js";

// Sessions of a test client with a node of the reference. The client's lines are played to a node of ours, which has to
// answer with the bytes that were recorded, but where spec/06 asks for something else.

/** The recorded node knew no version 36. */
const NETWORK = { ...POOL_NETWORKS.find(({ name }) => name === "litecoin_regtest")!, newestShareVersion: 35 };
export const LOCAL = "127.0.0.1";

/** Where the reference hangs up and we must not (spec/06 §6.6, §8.2, §8.6, §12). */
const STAYS: readonly string[] = [
  "forgetting a transaction never remembered",
  "remember_tx with an unknown hash",
  "sharereq with no hashes",
  "unknown share type 99",
];

/** What a session is played over. */
export interface Stage {
  readonly hosts: Hosts;
  /** Where the node listens; 0 for any port. */
  readonly port: number;
  /** Lets time pass, and what is on its way arrive. */
  run(milliseconds: number): Promise<void>;
}

/** Links in memory, on virtual time. */
export function memoryStage(): Stage {
  const clock = new VirtualTime();
  return { hosts: new MemoryNetwork({ clock }), port: NETWORK.p2pPort, run: (milliseconds) => clock.run(milliseconds) };
}

/** Turns of the event loop, at least, in which a message crosses a socket, is dealt with and answered. */
const HOPS = 10;

/** Sockets of this machine. */
export function socketStage(): Stage {
  const clock = new SkippingClock();
  return {
    hosts: { clock, host: () => new TcpTransport({ clock }) },
    port: 0,
    async run(milliseconds) {
      for (let i = 0; i < HOPS; i++) await clock.skip(milliseconds / HOPS);
    },
  };
}

/** The recorded client, played to a node of ours. */
export class Replay {
  readonly chain: RecordedChain;
  readonly node: TestNode;
  private readonly stage: Stage;
  private peer: ScriptedPeer | null = null;
  /** Messages of ours that were compared with recorded ones. */
  private looked = 0;
  private scene = "";
  compared = 0;

  constructor({ isLegacy, stage }: { readonly isLegacy: boolean; readonly stage: Stage }) {
    this.stage = stage;
    const { hosts, port } = stage;
    this.chain = new RecordedChain({ network: NETWORK, clock: hosts.clock });
    this.node = new TestNode({
      hosts,
      address: LOCAL,
      network: NETWORK,
      chain: this.chain,
      isLegacy,
      peers: { listen: { port, host: LOCAL } },
    });
  }

  run(milliseconds: number): Promise<void> {
    return this.stage.run(milliseconds);
  }

  async stop(): Promise<void> {
    this.peer?.link.abort();
    await this.node.stop();
  }

  async play(line: LogLine): Promise<void> {
    if (line.note !== undefined) this.scene = line.note;
    if (line.event !== undefined) await this.event(line.event);
    else if (line.dir === "to_node") {
      this.peer!.sendBytes(hexToBytes(line.frame!));
      await this.run(60);
    } else await this.expect(line);
  }

  private async event(event: string): Promise<void> {
    if (event.startsWith("---")) this.scene = event.slice("--- new connection: ".length);
    else if (event === "connect") {
      this.peer?.link.abort();
      const connecting = ScriptedPeer.connect(this.stage.hosts, LOCAL, LOCAL, NETWORK, this.node.peers.boundPort!);
      await this.run(60);
      this.peer = await connecting;
      this.looked = 0;
      await this.run(60);
    } else {
      assert.equal(event, "connection reset by node");
      assert.equal(this.peer!.isClosed, !STAYS.includes(this.scene), this.scene);
    }
  }

  /** Brings our node to where the reference was, and compares. */
  private async expect(line: LogLine): Promise<void> {
    switch (line.command) {
      case "version":
        this.expectVersion(line);
        return;
      case "shares": {
        const { shares } = payloadOf(line, "shares");
        // We send no empty ones (spec/06 §6.8).
        if (shares.length === 0) return;
        const nodes = shares.map(({ raw }) => this.chain.take(raw));
        this.chain.say(nodes[0]!);
        this.node.exchange.tipChanged();
        break;
      }
      case "bestblock": {
        const { header } = payloadOf(line, "bestblock");
        this.node.template = { previousBlock: blockHash(encode(blockHeader, header)), bits: header.bits };
        this.node.exchange.daemonHeader(header);
        break;
      }
      case "getaddrs":
        // By a timer of chance.
        return;
    }
    await this.run(60);
    this.compare(line);
  }

  private expectVersion(line: LogLine): void {
    const theirs = payloadOf(line, "version");
    const ours = this.next("version", line) as Extract<Message, { command: "version" }>;
    const { version, services, mode, bestShare, addrFrom } = ours.payload;
    assert.deepEqual(
      { version, services, mode },
      { version: theirs.version, services: theirs.services, mode: theirs.mode },
    );
    assert.equal(addrFrom.address, theirs.addrFrom.address);
    if (this.chain.best() !== null) assert.equal(bestShare, this.chain.best()!.id);
  }

  private compare(line: LogLine): void {
    const message = this.next(line.command!, line);
    this.compared++;
    if (message.command === "sharereq") {
      const theirs = payloadOf(line, "sharereq");
      assert.deepEqual({ ...message.payload, id: "" }, { ...theirs, id: "" });
    } else if (message.command === "sharereply" && this.scene.startsWith("the same hash twice")) {
      // Once is enough (spec/09 §5.3).
      const { shares } = payloadOf(line, "sharereply");
      assert.deepEqual(message.payload.shares, shares.slice(0, shares.length / 2));
    } else if ("hashes" in message.payload) {
      // The order in lists of transactions is arbitrary (spec/06 §8.5).
      assert.deepEqual(
        sorted(message),
        sorted({ command: message.command, payload: payloadOf(line, message.command) } as Message),
      );
    } else {
      const frames = encodeFrames(NETWORK.prefix, message.command, message.payload as never);
      assert.deepEqual(frames.map(bytesToHex), [line.frame], `${line.command} in "${this.scene}"`);
    }
  }

  /** Our next message of a command; those of our own timers are passed over. */
  private next(command: string, line: LogLine): Message {
    const { messages } = this.peer!;
    const at = messages.findIndex((message, i) => i >= this.looked && message.command === command);
    assert.ok(at >= 0, `no ${command} in "${this.scene}": ${JSON.stringify(line).slice(0, 150)}`);
    const [message] = messages.splice(at, 1);
    this.looked = Math.max(this.looked, command === "version" ? 0 : at);
    return message!;
  }
}

function sorted(message: Message): unknown {
  const { hashes, transactions = [] } = message.payload as {
    hashes: readonly string[];
    transactions?: readonly Uint8Array[];
  };
  return { hashes: [...hashes].sort(), transactions: transactions.map(bytesToHex).sort() };
}
