import {
  type CoinCommand,
  type CoinPayloads,
  coinPayloadCodec,
  decodeCoinPayload,
} from "../../bitcoin/coin-messages.js";
import { asciiToBytes, bytesToBinaryString } from "../../core/bytes.js";
import { encode } from "../../core/codec.js";
import { errorMessage, P2PoolError } from "../../core/errors.js";
import { encodeFrame } from "../../core/frame.js";
import { FrameParser } from "../../core/frame-parser.js";
import type { NetworkAddress } from "../../core/network-address.js";
import type { Random } from "../../core/random.js";
import { TokenBucket } from "../../core/token-bucket.js";
import type { Clock } from "../../platform/clock.js";
import type { Link } from "../../platform/transport.js";
import { LIMITS, TIMERS } from "./limits.js";

/** Why the connection with a coin daemon was ended from here. */
type CoinConnectionErrorCode =
  /** A message longer than its kind may be. */
  | "COIN_TOO_LONG"
  /** A message that may not come yet, or not again. */
  | "COIN_OUT_OF_TURN"
  /** Too many messages, or too much that nobody reads. */
  | "COIN_FLOOD";

class CoinConnectionError extends P2PoolError<{ code: CoinConnectionErrorCode }> {}

/** What the daemon says of itself. */
export interface CoinHello {
  readonly version: number;
  readonly services: bigint;
  /** Printable characters of its user agent. */
  readonly userAgent: string;
  readonly startHeight: number;
}

/** The messages that mean something to a pool node. */
type Read = keyof typeof LIMITS.payloads;
type News = "getdata" | "getheaders" | "headers" | "inv";
export type CoinMessage = { readonly [C in News]: { readonly command: C; readonly payload: CoinPayloads[C] } }[News];

export interface CoinConnectionOptions {
  readonly link: Link;
  /** The coin's magic bytes. */
  readonly prefix: Uint8Array;
  /** Largest payload in either direction. */
  readonly maxPayloadBytes: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly userAgent: string;
  /** The handshake is complete. */
  readonly onEstablished: (hello: CoinHello) => void;
  readonly onMessage: (message: CoinMessage) => void;
  /** Once, last of all. */
  readonly onClosed: (reason: string) => void;
}

type State =
  | { readonly name: "greeting"; readonly hello: CoinHello | null }
  | { readonly name: "established"; readonly hello: CoinHello }
  | { readonly name: "closed" };

/** Modern enough for headers and witnesses, too old for the daemon to send what we do not read (spec/07 §5.2). */
const PROTOCOL_VERSION = 70_002;
/**
 * We have no chain to serve, so no daemon shall ask us for one; but the blocks of ours that it fetches carry witnesses, and
 * some daemons fetch from nobody who does not say so.
 */
const SERVICE_WITNESS = 8n;
/** Our daemon needs no address of ours, and it knows its own. */
const NO_ADDRESS: NetworkAddress = { services: 0n, address: "0000:".repeat(7).concat("0000"), port: 0 };
const MAX_AGENT_LENGTH = 100;

/**
 * One connection with a coin daemon over the coin's own P2P protocol, as an ordinary peer of it (spec/07 §5): handshake,
 * pings, and messages handed on. The first error ends it; whoever owns it makes another.
 *
 * Life: it begins when it is made and has ended when `onClosed` was called. `sweep` looks at the deadlines.
 */
export class CoinConnection {
  private readonly options: CoinConnectionOptions;
  private readonly parser: FrameParser;
  private readonly messages: TokenBucket;
  private readonly unread: TokenBucket;
  private readonly startedMs: number;
  private state: State = { name: "greeting", hello: null };
  private lastMessageMs: number;
  private lastPingMs = Number.NEGATIVE_INFINITY;
  private partialSinceMs: number | null = null;
  private reason: string | null = null;

  constructor(options: CoinConnectionOptions) {
    this.options = options;
    const { link, clock, prefix } = options;
    const nowMs = clock.monotonicMs();
    this.startedMs = nowMs;
    this.lastMessageMs = nowMs;
    this.messages = new TokenBucket(LIMITS.messages, nowMs);
    this.unread = new TokenBucket(LIMITS.unreadBytes, nowMs);
    this.parser = new FrameParser({
      prefix,
      admit: (command, length) => this.admit(command, length),
      discarded: (bytes) => this.discarded(bytes),
    });
    link.open({
      received: (chunk) => this.received(chunk),
      drained: () => {},
      closed: (reason) => this.closed(reason),
    });
    this.greet();
  }

  /** Null until the handshake is complete, and afterwards. */
  get hello(): CoinHello | null {
    return this.state.name === "established" ? this.state.hello : null;
  }

  send<C extends CoinCommand>(command: C, payload: CoinPayloads[C]): void {
    const { link, prefix, maxPayloadBytes } = this.options;
    if (this.state.name === "closed") return;
    link.write(encodeFrame(prefix, command, encode(coinPayloadCodec(command), payload), maxPayloadBytes));
    if (link.unsent > LIMITS.sendBytes) this.close("it does not read what is sent to it");
  }

  /** To be called about once a second. */
  sweep(): void {
    const nowMs = this.options.clock.monotonicMs();
    if (this.state.name === "greeting" && nowMs - this.startedMs >= TIMERS.handshake) {
      this.close("no handshake; all of its connection slots may be in use");
    }
    if (this.partialSinceMs !== null && nowMs - this.partialSinceMs >= TIMERS.message) {
      this.close("a message takes too long");
    }
    if (this.state.name !== "established") return;
    if (nowMs - this.lastMessageMs >= TIMERS.silence) this.close("it does not answer any more");
    else if (nowMs - this.lastPingMs >= TIMERS.ping) this.ping(nowMs);
  }

  /** Nothing that comes later is looked at. */
  close(reason: string): void {
    if (this.state.name === "closed") return;
    this.state = { name: "closed" };
    this.reason = reason;
    this.parser.close();
    this.options.link.abort();
  }

  /** What was sent still leaves. */
  closeGently(): void {
    if (this.state.name === "closed") return;
    this.state = { name: "closed" };
    this.reason = "we stop";
    this.parser.close();
    this.options.link.close();
  }

  private greet(): void {
    const { clock, random, userAgent } = this.options;
    this.send("version", {
      version: PROTOCOL_VERSION,
      services: SERVICE_WITNESS,
      time: BigInt(Math.floor(clock.now())),
      addrTo: NO_ADDRESS,
      addrFrom: NO_ADDRESS,
      nonce: this.nonce(random),
      userAgent: asciiToBytes(userAgent),
      startHeight: 0,
      // No transaction is of use here.
      relay: false,
    });
  }

  private ping(nowMs: number): void {
    this.lastPingMs = nowMs;
    this.send("ping", { nonce: this.nonce(this.options.random) });
  }

  private nonce(random: Random): bigint {
    return (BigInt(random.uint32()) << 32n) | BigInt(random.uint32());
  }

  private received(chunk: Uint8Array): void {
    if (this.state.name === "closed") return;
    const { clock } = this.options;
    this.parser.push(chunk);
    try {
      let frame = this.parser.next();
      const hadFrame = frame !== null;
      for (; frame !== null; frame = this.parser.next()) {
        this.lastMessageMs = clock.monotonicMs();
        if (!this.messages.take(this.lastMessageMs)) {
          throw new CoinConnectionError("it sends too many messages", { code: "COIN_FLOOD" });
        }
        if (frame.payload !== null) this.handle(frame.command as Read, frame.payload);
      }
      if (this.parser.partial === null || hadFrame) this.partialSinceMs = null;
      if (this.parser.partial !== null) this.partialSinceMs ??= clock.monotonicMs();
    } catch (error) {
      this.close(errorMessage(error));
    }
  }

  /** Before anything of a payload is read. */
  private admit(command: string, length: number): "collect" | "discard" {
    const isRead = Object.hasOwn(LIMITS.payloads, command);
    const most = isRead ? LIMITS.payloads[command as Read] : this.options.maxPayloadBytes;
    if (length > most) {
      throw new CoinConnectionError(`a message of ${length} bytes, ${most} are allowed`, { code: "COIN_TOO_LONG" });
    }
    return isRead && length <= (LIMITS.readBytes[command] ?? most) ? "collect" : "discard";
  }

  private discarded(bytes: number): void {
    if (this.unread.take(this.options.clock.monotonicMs(), bytes)) return;
    throw new CoinConnectionError("it sends too much that nobody asked for", { code: "COIN_FLOOD" });
  }

  private handle(command: Read, payload: Uint8Array): void {
    const { state } = this;
    switch (command) {
      case "version":
        this.greeted(decodeCoinPayload("version", payload));
        return;
      case "verack":
        if (state.name === "established") return;
        if (state.name !== "greeting" || state.hello === null) throw outOfTurn("verack before version");
        this.state = { name: "established", hello: state.hello };
        this.ping(this.lastMessageMs);
        this.options.onEstablished(state.hello);
        return;
      case "ping":
        this.send("pong", decodeCoinPayload("ping", payload));
        return;
      case "pong":
        return;
      default:
        if (state.name === "established") this.hand(command, payload);
    }
  }

  private hand<C extends News>(command: C, payload: Uint8Array): void {
    this.options.onMessage({ command, payload: decodeCoinPayload(command, payload) } as CoinMessage);
  }

  private greeted({ version, services, userAgent, startHeight }: CoinPayloads["version"]): void {
    if (this.state.name !== "greeting" || this.state.hello !== null) throw outOfTurn("version twice");
    const text = bytesToBinaryString(userAgent.subarray(0, MAX_AGENT_LENGTH)).replace(/[^\x20-\x7e]/g, "?");
    this.state = { name: "greeting", hello: { version, services, userAgent: text, startHeight } };
    this.send("verack", {});
  }

  private closed(reason: string): void {
    const why = this.reason ?? reason;
    this.state = { name: "closed" };
    this.parser.close();
    this.options.onClosed(why);
  }
}

function outOfTurn(text: string): CoinConnectionError {
  return new CoinConnectionError(text, { code: "COIN_OUT_OF_TURN" });
}
