import { type BlockHash, type BlockHeader, encodeBlockHeader } from "../../../src/bitcoin/block.js";
import { asciiToBytes, concatBytes, hexToHash } from "../../../src/core/bytes.js";
import { encodeFrame } from "../../../src/core/frame.js";
import type { Random } from "../../../src/core/random.js";
import { knownHeader } from "../../../src/daemon/p2p/known-header.js";
import { systemClock } from "../../../src/platform/clock.js";
import type { Link, Listener } from "../../../src/platform/transport.js";
import { TcpTransport } from "../../../src/platform/transport-tcp.js";
import { COIN_MESSAGES } from "./decoders.js";
import { below, chance, mutated, pick } from "./mutate.js";

/** What answers at a coin daemon's P2P port: says what the test writes, to one connection after another. */
export class CoinPeer {
  private readonly listener: Listener;
  private readonly waiting: CoinPeerLink[] = [];

  private constructor(listener: Listener, accepted: (take: (link: Link) => void) => void) {
    this.listener = listener;
    accepted((link) => this.waiting.push(new CoinPeerLink(link)));
  }

  static async start(): Promise<CoinPeer> {
    let take: (link: Link) => void = (link) => link.abort();
    const transport = new TcpTransport({ clock: systemClock });
    const listener = await transport.listen({ host: "127.0.0.1", port: 0 }, (link) => take(link));
    return new CoinPeer(listener, (accept) => {
      take = accept;
    });
  }

  get port(): number {
    return this.listener.port;
  }

  /** The newest connection, if nobody has taken it. */
  take(): CoinPeerLink | null {
    const link = this.waiting.pop() ?? null;
    for (const older of this.waiting.splice(0)) older.link.abort();
    return link;
  }

  async stop(): Promise<void> {
    this.take()?.link.abort();
    await this.listener.close();
  }
}

class CoinPeerLink {
  readonly link: Link;
  isClosed = false;

  constructor(link: Link) {
    this.link = link;
    link.open({
      received: () => {},
      drained: () => {},
      closed: () => {
        this.isClosed = true;
      },
    });
  }
}

const frame = (prefix: Uint8Array, command: string, payload: Uint8Array): Uint8Array =>
  encodeFrame(prefix, command, payload, 32_000_000);

/** As many as the protocol has in one message. */
const MOST_ENTRIES = 50_000;
const MOST_HEADERS = 2_000;

const varint = (count: number): Uint8Array =>
  count < 0xfd ? Uint8Array.of(count) : Uint8Array.of(0xfd, count & 0xff, count >> 8);

/** What a coin daemon says, changed: the greeting, if there is one, is as it should be. */
export function coinStream(prefix: Uint8Array, tip: string, random: Random): Uint8Array {
  const parts: Uint8Array[] = [];
  if (below(random, 5) > 0) parts.push(greeting(prefix));
  for (let count = 1 + below(random, 5); count > 0; count--) parts.push(coinMessage(prefix, tip, random));
  return concatBytes(...parts);
}

function greeting(prefix: Uint8Array): Uint8Array {
  const agent = asciiToBytes("/Satoshi:0.21.2.1/");
  const payload = concatBytes(new Uint8Array(80), Uint8Array.of(agent.length), agent, new Uint8Array(5));
  new DataView(payload.buffer).setUint32(0, 70_016, true);
  return concatBytes(frame(prefix, "version", payload), frame(prefix, "verack", new Uint8Array(0)));
}

function coinMessage(prefix: Uint8Array, tip: string, random: Random): Uint8Array {
  const header = (): BlockHeader => ({
    version: below(random, 2 ** 31),
    previousBlock: (below(random, 3) > 0 ? tip : null) as BlockHash | null,
    merkleRoot: new Uint8Array(32),
    timestamp: Math.floor(Date.now() / 1000),
    // As easy as can be, so that its proof of work is done as likely as not.
    bits: pick(random, [0x207fffff, 0x207fffff, 0x1d00ffff, 0]),
    nonce: below(random, 2 ** 32),
  });
  const inventory = (count: number): Uint8Array =>
    concatBytes(
      varint(count),
      ...Array.from({ length: count }, () =>
        concatBytes(Uint8Array.of(pick(random, [1, 2, 2, 2, 3]), 0, 0, pick(random, [0, 0x40])), chanceHash(random)),
      ),
    );
  const headers = (count: number): Uint8Array => {
    const body = Array.from({ length: count }, () => concatBytes(encodeBlockHeader(header()), new Uint8Array(1)));
    return concatBytes(varint(count), ...body);
  };
  /** A block that is told of, and its header right behind. */
  const found = (): Uint8Array => {
    const known = knownHeader(header());
    const entry = concatBytes(Uint8Array.of(1, 2, 0, 0, 0), hexToHash(known.hash));
    const payload = concatBytes(Uint8Array.of(1), known.bytes, new Uint8Array(1));
    return concatBytes(frame(prefix, "inv", entry), frame(prefix, "headers", payload));
  };
  const most = below(random, 4) === 0;
  const ping = (): Uint8Array => frame(prefix, "ping", chance(random, 9));
  return pick(random, [
    () => {
      const [command, payload] = pick(random, COIN_MESSAGES);
      return frame(prefix, command, below(random, 4) === 0 ? payload : mutated(payload, random));
    },
    () => frame(prefix, "inv", inventory(most ? MOST_ENTRIES : 1 + below(random, 40))),
    () => frame(prefix, "getdata", inventory(most ? MOST_ENTRIES : 1 + below(random, 40))),
    () => frame(prefix, "headers", headers(most ? MOST_HEADERS : 1 + below(random, 20))),
    found,
    () => concatBytes(...Array.from({ length: most ? 1_000 : 3 }, found)),
    () => concatBytes(...Array.from({ length: most ? 3_000 : 3 }, ping)),
    () => frame(prefix, pick(random, ["tx", "block", "addr", "feefilter", "\u0001"]), new Uint8Array(most ? 2e6 : 300)),
    () => greeting(prefix),
    () => mutated(found(), random),
    () => mutated(concatBytes(prefix, new Uint8Array(20)), random),
  ])();
}

function chanceHash(random: Random): Uint8Array {
  const hash = new Uint8Array(32);
  const view = new DataView(hash.buffer);
  for (let at = 0; at < 32; at += 4) view.setUint32(at, random.uint32());
  return hash;
}
