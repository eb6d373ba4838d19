import { BoundedSet } from "../core/bounded.js";
import type { Link } from "../platform/transport.js";
import { between } from "./chance.js";
import { ProtocolError } from "./errors.js";
import { type Hello, nonceFor, readHello, versionMessage } from "./hello.js";
import { InboundStream } from "./inbound.js";
import { LIMITS, TIMERS } from "./limits.js";
import { OFFENCES, type Offence } from "./offences.js";
import { Outbox } from "./outbox.js";
import type { Direction, PeerContext, PeerId } from "./peer-context.js";
import { type PauseReason, ReadGate } from "./read-gate.js";
import { Requests } from "./requests.js";
import { RoundTrip } from "./round-trip.js";
import { encodeFrames } from "./wire/encode.js";
import type { Command, Message, Payloads, ShareRequest, WrappedShare } from "./wire/messages.js";

/** A connection is greeted once its peer's `version` was accepted; each state holds only what is valid in it. */
type State =
  | { readonly name: "greeting" }
  | { readonly name: "established"; readonly hello: Hello; readonly sinceMs: number; readonly since: number }
  | { readonly name: "closed"; readonly wasEstablished: boolean };

const NOTHING: ShareRequest = { hashes: ["0".repeat(64)], parents: 0n, stops: [] };

export interface PeerOptions {
  readonly context: PeerContext;
  readonly id: PeerId;
  readonly link: Link;
  readonly direction: Direction;
  /** Canonical address of the other side. */
  readonly address: string;
  /** Named by the operator: kept for ever, never banned. */
  readonly isFixed?: boolean;
}

/**
 * One connection with another node (spec/06 §4 to §6): sends and checks the greeting, keeps deadlines and rates, matches
 * answers with requests, and hands all other messages on. It reports offences and closes itself where they say so; what they
 * cost is decided elsewhere. Nothing happens before `start`; it has no timer of its own and lives by `sweep`.
 */
export class Peer {
  readonly id: PeerId;
  readonly address: string;
  readonly port: number;
  readonly direction: Direction;
  readonly isFixed: boolean;
  /** What we send it to recognise a second connection. */
  readonly nonce: bigint;
  /** Shares it certainly has: sent by it or to it. */
  readonly knows = new BoundedSet<string>(LIMITS.sharesKnownToPeer);
  readonly connectedMs: number;
  readonly roundTrip: RoundTrip;
  private readonly context: PeerContext;
  private readonly link: Link;
  private readonly inbound: InboundStream;
  private readonly outbox: Outbox;
  private readonly requests: Requests;
  private readonly gate: ReadGate;
  private state: State = { name: "greeting" };
  /** The following three on the gate's clock. */
  private partialSinceMs: number | null = null;
  private lastMessageMs = 0;
  private longUntilMs = 0;
  private waitingMessages = 0;
  private waitingBytes = 0;
  private lastSentMs: number;
  private pingAfterMs: number;
  private isPumping = false;
  /** Bytes so far, headers included. */
  received = 0;
  /** When it last was the first to bring a share of the best chain, on the monotonic clock; null if never. */
  usefulMs: number | null = null;
  /** Bytes of transactions that it remembers for us, by our account. */
  transactionBytes = 0;
  /** Last share that it announced or sent. */
  bestShare: string | null = null;
  /** When it last sent a share of its own accord, seconds since 1970; null if it has not. */
  toldAt: number | null = null;
  /** Our best share as it was told in our `version`. */
  namedBestShare: string | null = null;
  /** From the historic `setmode`, or as in `version`: always 1 today. */
  mode = 1;

  constructor({ context, id, link, direction, address, isFixed = false }: PeerOptions) {
    this.context = context;
    this.id = id;
    this.link = link;
    this.address = address;
    this.port = link.remote.port;
    this.direction = direction;
    this.isFixed = isFixed;
    this.nonce = nonceFor(address, context.secret);
    const { clock, random, network } = context;
    this.connectedMs = clock.monotonicMs();
    this.lastSentMs = this.connectedMs;
    this.pingAfterMs = between(random, TIMERS.pingLeast, TIMERS.pingMost);
    this.roundTrip = new RoundTrip(clock);
    this.requests = new Requests(random);
    this.gate = new ReadGate({ link, clock });
    this.outbox = new Outbox({
      link,
      onSize: context.queued,
      onOverflow: () => this.offend("slow-reader", "does not read what it is sent"),
    });
    this.inbound = new InboundStream({
      prefix: network.prefix,
      clock,
      isEstablished: () => this.state.name !== "greeting",
      isAsked: () => this.requests.size > 0,
      isAskedFor: (requestId) => this.requests.has(requestId),
      isLegacy: context.isLegacy,
      blockMaxSize: network.blockMaxSize,
    });
  }

  /** Sends our `version`, without waiting for the other one, and begins to read. */
  start(): void {
    const { context, link, nonce } = this;
    const { software } = context;
    const { remote, local } = link;
    const bestShare = context.bestShare();
    this.namedBestShare = bestShare;
    this.send("version", versionMessage({ network: context.network, nonce, software, bestShare, remote, local }));
    link.open({
      received: (chunk) => this.chunk(chunk),
      drained: () => this.outbox.drained(),
      closed: (reason) => this.ended(reason),
    });
  }

  get isEstablished(): boolean {
    return this.state.name === "established";
  }

  get isClosed(): boolean {
    return this.state.name === "closed";
  }

  /** Whether it is established or was at its end. */
  get wasEstablished(): boolean {
    return this.state.name === "closed" ? this.state.wasEstablished : this.isEstablished;
  }

  /** Null until the peer's `version` was accepted, and after the end. */
  get hello(): Hello | null {
    return this.state.name === "established" ? this.state.hello : null;
  }

  /** Seconds since 1970 at which it was greeted; null before. */
  get since(): number | null {
    return this.state.name === "established" ? this.state.since : null;
  }

  /** Milliseconds since it was greeted. */
  get ageMs(): number {
    return this.state.name === "established" ? this.context.clock.monotonicMs() - this.state.sinceMs : 0;
  }

  get sent(): number {
    return this.outbox.sent;
  }

  /** Bytes that wait to be sent. */
  get unsent(): number {
    return this.outbox.bytes;
  }

  /** Bytes held of what it sends: an unfinished message, and messages that wait to be handled. */
  get buffered(): number {
    return (this.inbound.partial?.held ?? 0) + this.waitingBytes;
  }

  /** Whether what it is sending may be an answer to us. */
  get isAsked(): boolean {
    return this.requests.size > 0;
  }

  /** `urgent`: passes everything that waits, as a block must. */
  send<C extends Command>(command: C, payload: Payloads[C], urgent = false): void {
    this.sendFrames(encodeFrames(this.context.network.prefix, command, payload), urgent);
  }

  /** Whole messages that were encoded before, for many peers at once. */
  sendFrames(frames: readonly Uint8Array[], urgent = false): void {
    if (this.isClosed) return;
    this.lastSentMs = this.context.clock.monotonicMs();
    this.pingAfterMs = between(this.context.random, TIMERS.pingLeast, TIMERS.pingMost);
    for (const frame of frames) this.outbox.push(frame, urgent);
  }

  /** It has sent this share of its own accord. The newest of a message is its best. */
  tells(share: string, isNewest: boolean): void {
    this.knows.add(share);
    if (!isNewest) return;
    this.bestShare = share;
    this.toldAt = this.context.clock.now();
  }

  /** Asks for shares. @throws RequestError */
  request(request: ShareRequest): Promise<readonly WrappedShare[]> {
    return this.requests.ask(this.gate.activeMs, (id) => this.send("sharereq", { id, ...request }));
  }

  /** Reports an offence, and ends the connection if it is of that kind. */
  offend(offence: Offence, detail: string): void {
    if (this.isClosed) return;
    this.context.hooks.punish(this, offence, detail);
    if (OFFENCES[offence].disconnect) this.close(offence);
  }

  /** Ends at once; nothing that came and was not handled yet is looked at. */
  close(reason: string): void {
    if (this.isClosed) return;
    this.finish(reason);
    this.link.abort();
  }

  /** The node stops: what was sent still leaves. */
  closeGently(): void {
    if (this.isClosed) return;
    this.finish("we stop");
    this.link.close();
  }

  /** Looks at the deadlines (spec/06 §5.5). To be called once or twice a second. */
  sweep(): void {
    const nowMs = this.context.clock.monotonicMs();
    if (this.state.name === "greeting" && nowMs - this.connectedMs >= TIMERS.handshake) {
      this.offend("handshake-timeout", "said nothing that we understand");
    }
    const activeMs = this.gate.activeMs;
    if (this.partialSinceMs !== null && activeMs - this.partialSinceMs >= this.messageTimeMs()) {
      this.offend("too-slow", "a message takes too long");
    }
    if (this.state.name !== "established") return;
    // An answer that has begun has the time of any message, and so has something long before it.
    const isSending = this.inbound.partial?.command === "sharereply" || this.isSendingLong();
    if (!isSending && this.requests.isOverdue(activeMs, this.longUntilMs)) {
      this.requests.fail("REQUEST_TIMEOUT");
      this.offend("request-timeout", "does not answer a request for shares");
    }
    const silentMs = activeMs - this.lastMessageMs;
    if (silentMs >= TIMERS.inactivity) this.offend("inactive", "silent for too long");
    const isDue = this.roundTrip.isDue(this.ageMs) || silentMs >= TIMERS.probe;
    // Within a message of its own a peer cannot answer.
    if (isDue && this.requests.size === 0 && this.partialSinceMs === null) {
      this.roundTrip.measure(this.ageMs, () => this.request(NOTHING));
    }
    if (nowMs - this.lastSentMs >= this.pingAfterMs) this.send("ping", {});
  }

  /** Called by the budget when there is memory again. */
  resumeReceiving(): void {
    this.resume("memory");
  }

  giveUpReceiving(): void {
    this.offend("large-messages", "its unfinished message is the largest while memory is short");
  }

  private chunk(chunk: Uint8Array): void {
    if (this.isClosed) return;
    this.received += chunk.length;
    this.inbound.push(chunk);
    this.pump();
  }

  /** Takes messages while there is room for them. */
  private pump(): void {
    if (this.isPumping) return;
    this.isPumping = true;
    try {
      while (!this.isClosed && !this.gate.isClosedFor("waiting")) {
        const wasLong = this.isSendingLong();
        const next = this.inbound.next();
        if (wasLong && next !== null) this.longUntilMs = this.gate.activeMs;
        this.updatePartial(next !== null);
        if (next === null) break;
        this.lastMessageMs = this.gate.activeMs;
        if (next.kind === "message") this.handle(next.message, next.bytes);
        else if (next.kind === "over-rate") this.offend("over-rate", "sends too many messages");
        else if (next.kind === "unasked-reply") this.offend("unasked-reply", "answers what was not asked");
      }
    } catch (error) {
      if (error instanceof ProtocolError) this.offend(error.offence, error.message);
      else this.failed(error);
    } finally {
      this.isPumping = false;
    }
  }

  /** Follows how long the unfinished message takes and how much of it is held. */
  private updatePartial(isNew: boolean): void {
    const { partial } = this.inbound;
    if (partial === null || isNew) this.partialSinceMs = null;
    if (partial !== null) this.partialSinceMs ??= this.gate.activeMs;
    const { receiveBudget, clock } = this.context;
    if (!receiveBudget.hold(this, partial?.held ?? 0, clock.monotonicMs())) this.pause("memory");
  }

  private handle(message: Message, bytes: number): void {
    switch (message.command) {
      case "version":
        this.greet(readHello(message.payload), message.payload.mode);
        return;
      case "ping":
        return;
      case "setmode":
        this.mode = message.payload.mode;
        return;
      case "sharereply":
        this.requests.answer(message.payload);
        return;
      default: {
        const work = this.context.hooks.received(this, message);
        if (work !== undefined) this.wait(work, bytes);
      }
    }
  }

  private greet(hello: Hello, mode: number): void {
    const offence = this.context.hooks.judge(this, hello);
    if (offence !== null) {
      this.offend(offence, `version ${hello.version} of ${hello.software}`);
      return;
    }
    const { clock } = this.context;
    this.state = { name: "established", hello, sinceMs: clock.monotonicMs(), since: clock.now() };
    this.bestShare = hello.bestShare;
    this.mode = mode;
    this.send("ping", {});
    this.context.hooks.established(this);
  }

  /** Counts a message as waiting until its work is done; stops reading when too much waits (spec/06 §4.2). */
  private wait(work: Promise<void>, bytes: number): void {
    this.waitingMessages++;
    this.waitingBytes += bytes;
    this.checkWaiting();
    work
      .catch((error: unknown) => this.failed(error))
      .finally(() => {
        this.waitingMessages--;
        this.waitingBytes -= bytes;
        this.checkWaiting();
      });
  }

  private checkWaiting(): void {
    const isFull = this.waitingMessages >= LIMITS.waitingMessages || this.waitingBytes >= LIMITS.waitingBytes;
    if (isFull) this.pause("waiting");
    else this.resume("waiting");
  }

  private pause(reason: PauseReason): void {
    if (!this.isClosed) this.gate.close(reason);
  }

  private resume(reason: PauseReason): void {
    if (this.isClosed || !this.gate.clear(reason)) return;
    if (reason === "waiting") this.pump();
    if (!this.isClosed) this.gate.open();
  }

  private isSendingLong(): boolean {
    return (this.inbound.partial?.length ?? 0) >= LIMITS.longMessageBytes;
  }

  private messageTimeMs(): number {
    const length = this.inbound.partial?.length ?? 0;
    return Math.min(TIMERS.messageMost, TIMERS.message + (length / TIMERS.messageBytesPerSecond) * 1000);
  }

  /** A failure of ours, which must not become one of the process. */
  private failed(error: unknown): void {
    this.context.log.error({ err: error, peer: this.id }, "handling a peer's message failed");
    this.close("internal error");
  }

  /** The other side ended it, or the network. */
  private ended(reason: string): void {
    if (!this.isClosed) this.finish(reason);
  }

  private finish(reason: string): void {
    this.state = { name: "closed", wasEstablished: this.isEstablished };
    this.inbound.close();
    this.outbox.close();
    this.requests.fail("REQUEST_CONNECTION_LOST");
    this.context.receiveBudget.release(this, this.context.clock.monotonicMs());
    this.context.hooks.closed(this, reason);
  }
}
