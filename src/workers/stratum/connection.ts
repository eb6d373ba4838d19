import type { Socket } from "node:net";
import type { Timer } from "../../platform/clock.js";
import type { CoinbaseLimit } from "../coinbase-limits.js";
import { RequestBudget } from "../conduct.js";
import type { ConnectionView } from "../connection-view.js";
import { TIMERS } from "../limits.js";
import type { StratumContext } from "./context.js";
import type { FanOutCause } from "./fan-out.js";
import { LineSplitter } from "./framing.js";
import type { JobOutput } from "./job-desk.js";
import { Session } from "./session.js";

/** Clients known to answer a ping (spec/11 §8); others are closed for silence without being asked. */
const ANSWERS_PING = /cgminer|bitaxe|esp-?miner|nerdqaxe/i;

const READY: Promise<void> = Promise.resolve();
const NOTHING: (string | Buffer)[] = [];

/**
 * One miner's socket: cuts it into lines, hands them to the session in slices, writes what the session sends, and keeps the
 * bounds on both (spec/11 §4.10, §4.11). A job is never queued behind unsent output: it is made when the socket has room.
 */
export class Connection implements JobOutput {
  private readonly context: StratumContext;
  private readonly socket: Socket;
  private readonly splitter: LineSplitter;
  private readonly budget: RequestBudget;
  private readonly onClosed: () => void;
  private readonly connectedMs: number;
  /** What was sent and is not written: mostly one chunk, for which no list is made. */
  private first: string | Buffer | null = null;
  private others: (string | Buffer)[] = NOTHING;
  /** Whoever set this flushes. */
  private isCollecting = false;
  private isBusy = false;
  private isClosed = false;
  private hasEnded = false;
  private pauseTimer: Timer | null = null;
  private lastHeardMs: number;
  private pinged = false;
  private congestedSinceMs: number | null = null;
  private jobBytes = 0;
  private closeReason = "closed by the miner";
  /** The page of the ledger that has to be known before what is to be sent. */
  private page = 0;
  private isHeldBack = false;
  /** Too many replies are held back to read on. */
  private waitsForPage = false;
  private closing: string | null = null;
  readonly session: Session;
  readonly remoteAddress: string;
  readonly extranonce1: number;
  /** Seconds since 1970. */
  readonly connectedAt: number;

  constructor(options: {
    context: StratumContext;
    socket: Socket;
    remoteAddress: string;
    extranonce1: number;
    sessionId: string;
    onClosed: () => void;
  }) {
    const { context, socket } = options;
    this.context = context;
    this.socket = socket;
    this.remoteAddress = options.remoteAddress;
    this.extranonce1 = options.extranonce1;
    this.onClosed = options.onClosed;
    this.splitter = new LineSplitter({ maximum: context.limits.lineBytes });
    this.connectedAt = context.clock.now();
    this.connectedMs = context.clock.monotonicMs();
    this.lastHeardMs = this.connectedMs;
    this.budget = new RequestBudget({ limits: context.limits, nowMs: this.connectedMs });
    this.session = new Session({
      context,
      // Itself: a fan-out goes through thousands of connections, and every object between would have to be fetched.
      output: this,
      extranonce1: options.extranonce1,
      sessionId: options.sessionId,
    });
  }

  /** As the operator sees it. `number`: its place among the connections of this process. */
  view(number: number): ConnectionView {
    const { connectedAt, extranonce1, remoteAddress, session, socket } = this;
    const { hashes, lastSubmitAt } = session.work;
    const seconds = (this.context.clock.monotonicMs() - this.connectedMs) / 1000;
    return {
      number,
      extranonce1,
      remoteAddress,
      userAgent: session.identity.userAgent,
      worker: session.worker,
      difficulty: session.desk.difficulty,
      versionMask: session.desk.versionMask,
      counts: { ...session.counts },
      hashRate: lastSubmitAt === null ? null : hashes / Math.max(1, seconds),
      connectedAt,
      lastSubmitAt,
      bytesIn: socket.bytesRead,
      bytesOut: socket.bytesWritten,
      unsentBytes: socket.writableLength,
    };
  }

  /** Begins to read. */
  start(): void {
    const { socket } = this;
    socket.on("data", (chunk: Buffer) => this.received(chunk));
    socket.on("end", () => {
      this.hasEnded = true;
      this.finishIfEnded();
    });
    socket.on("error", (error) => {
      this.closeReason = error.message;
    });
    socket.on("close", () => this.closed());
    if (socket.destroyed) this.closed();
  }

  warm(): number {
    const { first, session, socket } = this;
    const isSet = first !== null || socket.connecting || socket.destroyed || socket.writableNeedDrain;
    return session.warm() + socket.writableLength + socket.writableCorked + (isSet ? 1 : 0);
  }

  /** New work for this miner, or a job that is due anyway. It is written by the `flush` that has to follow. */
  prepareJob(cause: FanOutCause, nowMs: number): void {
    if (this.isClosed) return;
    this.isCollecting = true;
    try {
      if (cause === "event") this.session.workChanged(nowMs);
      else this.session.desk.send("refresh", nowMs);
    } catch (error) {
      this.failed(error);
    }
  }

  /** Looks at the deadlines; says whether a refreshed job is due. */
  sweep(nowMs: number): boolean {
    if (this.congestedSinceMs !== null && nowMs - this.congestedSinceMs >= TIMERS.drain) {
      this.destroy("does not read");
      return false;
    }
    const silentMs = nowMs - this.lastHeardMs;
    if (silentMs >= 2 * this.silenceMs) this.close("silent");
    else if (silentMs >= this.silenceMs && !this.pinged && ANSWERS_PING.test(this.session.identity.userAgent ?? "")) {
      this.pinged = true;
      this.send('{"id":1,"method":"mining.ping","params":[]}\n');
    }
    let isDue = false;
    this.guarded(() => {
      isDue = this.session.sweep(nowMs) === "refresh";
    });
    return isDue && !this.isClosed;
  }

  /** The node stops: miners are told to come back to the same address, where the next one may listen already. */
  stop(): void {
    this.guarded(() => this.session.farewell());
    this.flush();
    this.destroy("node stops");
  }

  private get silenceMs(): number {
    return Math.max(TIMERS.silence, 20_000 * this.context.policy.shareSeconds);
  }

  private received(chunk: Buffer): void {
    this.lastHeardMs = this.context.clock.monotonicMs();
    this.pinged = false;
    this.splitter.push(chunk);
    // While an answer is waited for, what a miner may have sent ahead is one chunk.
    if (this.isBusy) this.socket.pause();
    else this.work();
  }

  /** Handles a slice of lines; replies leave in one write (spec/11 §7 row 24). */
  private work(): void {
    const { clock, limits } = this.context;
    this.isCollecting = true;
    for (let lines = 0; !this.isClosed && this.closing === null; lines++) {
      if (this.isHeldBack && this.others.length + 1 >= limits.heldReplies) {
        this.isBusy = true;
        this.waitsForPage = true;
        this.socket.pause();
        return;
      }
      if (lines === limits.linesPerSlice) {
        this.rest((resume) => setImmediate(resume));
        return;
      }
      const next = this.splitter.next();
      if (next === "incomplete") break;
      if (next === "too-long") {
        this.close("line too long");
        return;
      }
      const answer = this.handled(next.line);
      const verdict = this.budget.take(clock.monotonicMs());
      if (verdict === "close") this.offend("too many requests");
      if (verdict === "pause") {
        this.rest((resume) => {
          this.pauseTimer = clock.after(limits.overloadPauseMs, () => (answer ?? READY).then(resume));
        });
        return;
      }
      if (answer !== undefined) {
        this.waitFor(answer);
        return;
      }
    }
    if (this.first !== null) this.context.replies.add(this);
    else this.isCollecting = false;
    this.finishIfEnded();
  }

  private handled(line: string): Promise<void> | undefined {
    let answer: Promise<void> | undefined;
    this.guarded(() => {
      answer = this.session.handleLine(line);
    });
    return answer;
  }

  /** Replies leave in the order of the requests (spec/11 §7 row 24), so the next line is handled after this answer. */
  private waitFor(answer: Promise<void>): void {
    this.flush();
    this.isBusy = true;
    void answer.then(() => this.goOn());
  }

  /** Stops reading, lets others have their turn, and goes on. What was read already stays in the splitter. */
  private rest(schedule: (resume: () => void) => void): void {
    this.flush();
    if (this.isClosed) return;
    this.isBusy = true;
    this.socket.pause();
    schedule(() => this.goOn());
  }

  private goOn(): void {
    if (this.isClosed) return;
    this.isBusy = false;
    this.work();
    if (!this.isBusy && !this.isClosed && this.socket.isPaused()) this.socket.resume();
  }

  /** A half-closed miner gets the replies it waits for (row 30). */
  private finishIfEnded(): void {
    if (this.hasEnded && !this.isBusy && !this.isClosed) this.close("closed by the miner");
  }

  send(chunk: string | Buffer): void {
    if (this.isClosed) return;
    const { ledger } = this.context;
    if (typeof chunk !== "string") this.jobBytes = chunk.length;
    // A reply: what it tells was entered just before.
    else if (ledger !== null) this.page = ledger.lastPage;
    if (this.first === null) {
      this.first = chunk;
      if (!this.isCollecting) queueMicrotask(() => this.flush());
    } else if (this.others === NOTHING) this.others = [chunk];
    else this.others.push(chunk);
  }

  /** Writes what was sent. */
  flush(): void {
    this.isCollecting = false;
    const { first, others, socket } = this;
    if (first === null || this.isClosed || this.isHeldBack) return;
    const { ledger } = this.context;
    if (ledger !== null && this.page > ledger.knownPage) {
      this.isHeldBack = true;
      ledger.whenKnown(this.page, () => this.release());
      return;
    }
    this.first = null;
    if (others === NOTHING) socket.write(first);
    else {
      this.others = NOTHING;
      this.writeTogether(first, others);
    }
    const unsent = socket.writableLength;
    if (unsent > this.context.limits.unsentBytes + this.jobBytes) this.destroy("does not read");
    else if (unsent > 0) {
      this.congestedSinceMs ??= this.context.clock.monotonicMs();
      // Not the drain event, which comes only if the buffer had been full; and no call-back for writes that leave at once.
      socket.write("", this.written);
    }
  }

  /** One system call for everything: replies are joined, and the job line is shared and not copied. */
  private writeTogether(first: string | Buffer, others: readonly (string | Buffer)[]): void {
    const { socket } = this;
    socket.cork();
    let text = "";
    const write = (chunk: string | Buffer): void => {
      if (typeof chunk === "string") text += chunk;
      else {
        if (text !== "") socket.write(text);
        text = "";
        socket.write(chunk);
      }
    };
    write(first);
    for (const chunk of others) write(chunk);
    if (text !== "") socket.write(text);
    socket.uncork();
  }

  /** What was held back may go. */
  private release(): void {
    this.isHeldBack = false;
    this.flush();
    if (this.isHeldBack) return;
    if (this.closing !== null) this.close(this.closing);
    else if (this.waitsForPage) {
      this.waitsForPage = false;
      this.goOn();
    }
  }

  private readonly written = (): void => {
    if (this.socket.writableLength > 0) return;
    this.congestedSinceMs = null;
    if (this.session.desk.isHolding) this.guarded(() => this.session.desk.drained());
  };

  /** Nothing a miner sends may end the process (spec/11 §7); a failure of ours ends its connection and is logged. */
  private guarded(action: () => void): void {
    if (this.isClosed) return;
    try {
      action();
    } catch (error) {
      this.failed(error);
    }
  }

  private failed(error: unknown): void {
    this.context.log.error({ err: error, remoteAddress: this.remoteAddress }, "a miner's connection failed");
    this.close("internal error");
  }

  isCongested(): boolean {
    return this.socket.writableLength > 0;
  }

  jobTooLong(size: number, limit: CoinbaseLimit): void {
    this.session.jobTooLong(size, limit);
  }

  /** Sends what is waiting, then closes. */
  close(reason: string): void {
    if (this.isClosed) return;
    this.closeReason = reason;
    this.flush();
    if (this.isHeldBack) {
      this.closing = reason;
      this.socket.pause();
      return;
    }
    this.isClosed = true;
    this.socket.pause();
    this.socket.destroySoon();
    if (this.socket.destroyed) return;
    // A miner that does not read must not keep the socket.
    const timer = this.context.clock.after(TIMERS.drain, () => this.socket.destroy());
    this.socket.once("close", () => timer.cancel());
  }

  offend(reason: string): void {
    const { bans, clock, log } = this.context;
    const { remoteAddress } = this;
    if (!this.isClosed && bans.offended(remoteAddress, clock.monotonicMs())) {
      log.warn({ remoteAddress, reason }, "an address is banned for ten minutes");
    }
    this.close(reason);
  }

  private destroy(reason: string): void {
    this.closeReason = reason;
    this.isClosed = true;
    this.socket.destroy();
  }

  private closed(): void {
    this.isClosed = true;
    this.pauseTimer?.cancel();
    this.session.stop();
    const { session } = this;
    const seconds = Math.round((this.context.clock.monotonicMs() - this.connectedMs) / 1000);
    this.context.log.info(
      {
        worker: session.worker,
        remoteAddress: this.remoteAddress,
        seconds,
        ...session.counts,
        reason: this.closeReason,
      },
      "miner disconnected",
    );
    this.onClosed();
  }
}
