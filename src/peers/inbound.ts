import { MAX_PAYLOAD_BYTES } from "../core/frame.js";
import type { PartialFrame } from "../core/frame-parser.js";
import { type Rate, TokenBucket } from "../core/token-bucket.js";
import type { Clock } from "../platform/clock.js";
import { ProtocolError } from "./errors.js";
import { LIMITS } from "./limits.js";
import { type Command, decodeMessage, isCommand, type Message, replyId } from "./wire/messages.js";
import { FrameParser } from "./wire/parser.js";

export type Inbound =
  | { readonly kind: "message"; readonly message: Message; readonly bytes: number }
  /** Well formed, and nothing to do: a command that is not known, or transactions that nobody wants. */
  | { readonly kind: "ignored" }
  /** Over a rate: dropped unread, for a point. */
  | { readonly kind: "over-rate" }
  /** Answers nothing that was asked: dropped before its shares are cut out. */
  | { readonly kind: "unasked-reply" };

export interface InboundOptions {
  readonly prefix: Uint8Array;
  readonly clock: Clock;
  /** Whether the peer's `version` was accepted. */
  readonly isEstablished: () => boolean;
  readonly isAsked: () => boolean;
  readonly isAskedFor: (id: string) => boolean;
  /** Whether transactions are forwarded for shares before version 34 (spec/06 §8.1). */
  readonly isLegacy: () => boolean;
  readonly blockMaxSize: number;
}

const TRANSACTION_COMMANDS: ReadonlySet<string> = new Set(["have_tx", "losing_tx", "forget_tx", "remember_tx"]);
const HOUR_MS = 3_600_000;

/**
 * What comes from one peer: cuts the stream into messages, closes on what is too long before it is read, drops what comes
 * too often (spec/06 §4.2, §4.4; spec/09 §5.1).
 */
export class InboundStream {
  private readonly options: InboundOptions;
  private readonly parser: FrameParser;
  private readonly budget: TokenBucket;
  private readonly rates: ReadonlyMap<Command, TokenBucket>;
  private readonly unwanted: TokenBucket;
  private largeAtMs: number[] = [];

  constructor(options: InboundOptions) {
    this.options = options;
    const nowMs = options.clock.monotonicMs();
    const bucket = (rate: Rate): TokenBucket => new TokenBucket(rate, nowMs);
    this.budget = bucket(LIMITS.messages);
    this.rates = new Map<Command, TokenBucket>([
      ["ping", bucket(LIMITS.pings)],
      ["addrme", bucket(LIMITS.addressMessages)],
      ["getaddrs", bucket(LIMITS.addressMessages)],
      ["bestblock", bucket(LIMITS.blockHeaders)],
    ]);
    this.unwanted = bucket({ perSecond: options.blockMaxSize / 60, burst: LIMITS.unwantedBytes });
    this.parser = new FrameParser({
      prefix: options.prefix,
      admit: (command, length) => this.admit(command, length),
      discarded: (bytes) => this.discarded(bytes),
    });
  }

  push(chunk: Uint8Array): void {
    this.parser.push(chunk);
  }

  get partial(): PartialFrame | null {
    return this.parser.partial;
  }

  close(): void {
    this.parser.close();
  }

  /** Null if more bytes are needed. @throws ProtocolError, after which there is nothing more */
  next(): Inbound | null {
    const frame = this.parser.next();
    if (frame === null) return null;
    const { command, payload } = frame;
    const nowMs = this.options.clock.monotonicMs();
    const isKnown = isCommand(command);
    if (!this.budget.take(nowMs)) return { kind: "over-rate" };
    if (isKnown && !(this.rates.get(command)?.take(nowMs) ?? true)) return { kind: "over-rate" };
    if (!isKnown || payload === null) return { kind: "ignored" };
    if (command === "sharereply") {
      const id = replyId(payload);
      if (id !== null && !this.options.isAskedFor(id)) return { kind: "unasked-reply" };
    }
    try {
      return { kind: "message", message: decodeMessage(command, payload), bytes: payload.length };
    } catch (error) {
      // Formats that cannot be delimited exist, and their senders are honest (spec/09 §4).
      if (command === "remember_tx" && error instanceof ProtocolError) return { kind: "ignored" };
      this.close();
      throw error;
    }
  }

  private admit(command: string, length: number): "collect" | "discard" {
    const { isEstablished, isLegacy } = this.options;
    const isVersion = command === "version";
    if (isVersion === isEstablished()) {
      const text = isVersion ? "version twice" : "something else before version";
      throw new ProtocolError(text, "WIRE_OUT_OF_TURN", "out-of-turn");
    }
    const cap = this.cap(command);
    if (length > cap) throw new ProtocolError(`${length} bytes, over the cap of ${cap}`, "WIRE_TOO_LONG", "too-long");
    this.countLarge(command, length);
    if (!isCommand(command)) return "discard";
    return TRANSACTION_COMMANDS.has(command) && !isLegacy() ? "discard" : "collect";
  }

  private cap(command: string): number {
    if (!isCommand(command)) return LIMITS.unknownCommandBytes;
    switch (command) {
      case "version":
        return LIMITS.versionBytes;
      case "ping":
        return 0;
      case "addrme":
        return 2;
      case "getaddrs":
      case "setmode":
        return 4;
      case "addrs":
        return LIMITS.addrsBytes;
      case "bestblock":
        return 80;
      case "sharereq":
      case "getshares":
        return LIMITS.shareRequestBytes;
      case "sharereply":
        return this.options.isAsked() ? MAX_PAYLOAD_BYTES : LIMITS.unaskedReplyBytes;
      case "have_tx":
      case "losing_tx":
      case "forget_tx":
        return LIMITS.transactionHashBytes;
      case "shares":
      case "remember_tx":
        return MAX_PAYLOAD_BYTES;
    }
  }

  /** The sender may be innocent: relays pass on what others inflated. So there are no points, but an end to it. */
  private countLarge(command: string, length: number): void {
    const isLarge =
      (command === "shares" && length > LIMITS.largeSharesBytes) ||
      (command === "sharereply" && length > LIMITS.largeReplyBytes);
    if (!isLarge) return;
    const nowMs = this.options.clock.monotonicMs();
    this.largeAtMs = this.largeAtMs.filter((atMs) => nowMs - atMs < HOUR_MS);
    this.largeAtMs.push(nowMs);
    if (this.largeAtMs.length > LIMITS.largeMessagesPerHour) {
      throw new ProtocolError("too many large messages", "WIRE_BUDGET", "large-messages");
    }
  }

  private discarded(bytes: number): void {
    if (!this.unwanted.take(this.options.clock.monotonicMs(), bytes)) {
      throw new ProtocolError("too much that nobody wants", "WIRE_BUDGET", "unwanted-traffic");
    }
  }
}
