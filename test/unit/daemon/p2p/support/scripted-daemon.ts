import type { BlockHash, BlockHeader } from "../../../../../src/bitcoin/block.js";
import {
  type CoinCommand,
  type CoinPayloads,
  coinPayloadCodec,
  decodeCoinPayload,
  isCoinCommand,
} from "../../../../../src/bitcoin/coin-messages.js";
import { asciiToBytes, hexToBytes } from "../../../../../src/core/bytes.js";
import { encode } from "../../../../../src/core/codec.js";
import { encodeFrame } from "../../../../../src/core/frame.js";
import { FrameParser } from "../../../../../src/core/frame-parser.js";
import { CoinP2p } from "../../../../../src/daemon/p2p/coin-p2p.js";
import { type KnownHeader, knownHeader } from "../../../../../src/daemon/p2p/known-header.js";
import { createLogger } from "../../../../../src/platform/log.js";
import type { Link } from "../../../../../src/platform/transport.js";
import { MemoryNetwork } from "../../../../../src/platform/transport-memory.js";
import { VirtualTime } from "../../../peers/support/virtual-time.js";

export const PREFIX = hexToBytes("fabfb5da");
const HOST = "10.0.0.2";
const PORT = 18444;
const NO_ADDRESS = { services: 0n, address: "0.0.0.0", port: 0 };

/** One connection as the daemon's side sees it, under the test's control. */
export class DaemonLink {
  readonly link: Link;
  readonly sent: { readonly command: string; readonly payload: unknown; readonly frame: Uint8Array }[] = [];
  isClosed = false;
  private readonly parser = new FrameParser({ prefix: PREFIX, admit: () => "collect" });

  constructor(link: Link) {
    this.link = link;
    link.open({
      received: (chunk) => this.received(chunk),
      drained: () => {},
      closed: () => {
        this.isClosed = true;
      },
    });
  }

  send<C extends CoinCommand>(command: C, payload: CoinPayloads[C]): void {
    this.raw(encodeFrame(PREFIX, command, encode(coinPayloadCodec(command), payload)));
  }

  raw(bytes: Uint8Array): void {
    this.link.write(bytes);
  }

  greet(userAgent = "/Satoshi:0.21.2.1/"): void {
    this.send("version", {
      version: 70_016,
      services: 1033n,
      time: 1n,
      addrTo: NO_ADDRESS,
      addrFrom: NO_ADDRESS,
      nonce: 1n,
      userAgent: asciiToBytes(userAgent),
      startHeight: 7,
      relay: true,
    });
    this.send("verack", {});
  }

  announce(...hashes: string[]): void {
    this.send("inv", { entries: hashes.map((hash) => ({ type: 2, hash })) });
  }

  of<C extends CoinCommand>(command: C): CoinPayloads[C][] {
    return this.sent.filter((message) => message.command === command).map(({ payload }) => payload as CoinPayloads[C]);
  }

  private received(chunk: Uint8Array): void {
    this.parser.push(chunk);
    for (let frame = this.parser.next(); frame !== null; frame = this.parser.next()) {
      if (!isCoinCommand(frame.command)) throw new Error(`unknown command ${frame.command}`);
      const payload = frame.payload!.slice();
      const bytes = encodeFrame(PREFIX, frame.command, payload);
      this.sent.push({ command: frame.command, payload: decodeCoinPayload(frame.command, payload), frame: bytes });
    }
  }
}

/** A client on virtual time, and the daemon it connects to. */
export class Scene {
  readonly time = new VirtualTime();
  readonly hosts = new MemoryNetwork({ clock: this.time });
  readonly links: DaemonLink[] = [];
  readonly blocks: string[] = [];
  readonly headers: KnownHeader[] = [];
  readonly p2p: CoinP2p;
  /** When a connection was tried, milliseconds. */
  readonly attempts: number[] = [];

  constructor() {
    const transport = this.hosts.host("10.0.0.1");
    this.p2p = new CoinP2p({
      host: "daemon.example",
      port: PORT,
      prefix: PREFIX,
      blockMaxSize: 1_000_000,
      transport: {
        ...transport,
        connect: (to, options) => {
          this.attempts.push(this.time.monotonicMs());
          return transport.connect(to, options);
        },
      },
      resolve: async () => [HOST],
      clock: this.time,
      random: { uint32: () => 5, uniform: () => 0.5 },
      log: createLogger("silent"),
      userAgent: "/P2Pool:test/",
      onBlock: (hash) => this.blocks.push(hash),
      onHeader: (header) => this.headers.push(header),
    });
  }

  /** Listens, and greets whoever comes as that program. Null: says nothing. */
  async listen(userAgent: string | null = "/Satoshi:0.21.2.1/"): Promise<() => Promise<void>> {
    const listener = await this.hosts.host(HOST).listen({ port: PORT }, (link) => {
      const daemon = new DaemonLink(link);
      this.links.push(daemon);
      if (userAgent !== null) daemon.greet(userAgent);
    });
    return () => listener.close();
  }

  async connected(userAgent?: string): Promise<DaemonLink> {
    await this.listen(userAgent);
    this.p2p.start();
    await this.time.until(() => this.p2p.hello !== null);
    return this.links.at(-1)!;
  }

  async stop(): Promise<void> {
    const stopped = this.p2p.stop();
    await this.time.run(5_000);
    await stopped;
  }
}

/** A header on another; they differ by `nonce`. */
export function headerOn(previousBlock: string | null, nonce = 0): KnownHeader {
  const header: BlockHeader = {
    version: 1,
    previousBlock: previousBlock as BlockHash | null,
    merkleRoot: new Uint8Array(32),
    timestamp: 1_700_000_000,
    bits: 0x207fffff,
    nonce,
  };
  return knownHeader(header);
}
