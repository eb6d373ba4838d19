import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { errorMessage } from "../../core/errors.js";
import type { Clock, Timer } from "../../platform/clock.js";
import { LineSplitter } from "../../workers/stratum/framing.js";
import { type MinerJob, parseNotify } from "./job.js";

/** Jobs of a large pool have long coinbases: 4000 payouts are some 270 KB. */
const LINE_BYTES = 2_000_000;
const UNANSWERED = 256;
const RECONNECT_MS = { first: 250, longest: 5000 };

export interface SubmitReply {
  readonly accepted: boolean;
  readonly code: number | null;
  readonly reason: string | null;
}

export interface StratumClientEvents {
  /** Logged in; `extranonce1` and the size of what the miner adds to it. */
  ready(extranonce1: Uint8Array, extranonce2Size: number): void;
  difficulty(difficulty: number): void;
  job(job: MinerJob): void;
  reply(reply: SubmitReply): void;
  message(text: string): void;
  /** The connection is gone; a new one is tried on its own. */
  lost(): void;
  failed(reason: string): void;
}

interface Reply {
  readonly result?: unknown;
  readonly error?: unknown;
}

export interface StratumClientOptions {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** Null for plain TCP; else whether the certificate must be good. */
  readonly tls: "checked" | "unchecked" | null;
  readonly userAgent: string;
  readonly suggestedDifficulty: number;
  readonly clock: Clock;
  readonly events: StratumClientEvents;
}

/** The miner's end of a Stratum connection (spec/11 §4). Connects again and again until stopped. */
export class StratumClient {
  private readonly options: StratumClientOptions;
  private readonly clock: Clock;
  private readonly events: StratumClientEvents;
  private readonly unanswered = new Map<number, (reply: Reply) => void>();
  private socket: Socket | null = null;
  private lastId = 0;
  private retryMs = RECONNECT_MS.first;
  private retryTimer: Timer | null = null;
  private isStopped = false;

  constructor(options: StratumClientOptions) {
    this.options = options;
    this.clock = options.clock;
    this.events = options.events;
  }

  start(): void {
    if (this.isStopped) return;
    const socket = this.connect();
    const splitter = new LineSplitter({ maximum: LINE_BYTES });
    this.socket = socket;
    socket.on(this.options.tls === null ? "connect" : "secureConnect", () => this.logIn());
    socket.on("data", (chunk: Buffer) => {
      splitter.push(chunk);
      for (;;) {
        const next = splitter.next();
        if (next === "incomplete") break;
        if (next === "too-long") socket.destroy(new Error("a line from the pool is too long"));
        if (next === "too-long") break;
        this.receive(next.line);
      }
    });
    socket.on("error", (error) => this.events.failed(error.message));
    socket.on("close", () => this.lost());
  }

  private connect(): Socket {
    const { host, port, tls } = this.options;
    if (tls === null) return connect({ host, port, noDelay: true, keepAlive: true });
    const servername = isIP(host) === 0 ? { servername: host } : {};
    return connectTls({ host, port, ...servername, rejectUnauthorized: tls === "checked" });
  }

  stop(): void {
    this.isStopped = true;
    this.retryTimer?.cancel();
    this.socket?.destroy();
  }

  /** False if too many submissions wait for an answer; the solution is not sent then. */
  submit(params: readonly string[]): boolean {
    if (this.socket?.readyState !== "open" || this.unanswered.size >= UNANSWERED) return false;
    this.request("mining.submit", [this.options.username, ...params], (reply) => {
      const error = Array.isArray(reply.error) ? (reply.error as unknown[]) : [];
      this.events.reply({
        accepted: reply.result === true,
        code: typeof error[0] === "number" ? error[0] : null,
        reason: typeof error[1] === "string" ? error[1] : null,
      });
    });
    return true;
  }

  private logIn(): void {
    this.request("mining.subscribe", [this.options.userAgent], (reply) => {
      const [, extranonce1, size] = Array.isArray(reply.result) ? (reply.result as unknown[]) : [];
      if (typeof extranonce1 !== "string" || typeof size !== "number") {
        this.events.failed("the pool's answer to subscribe makes no sense");
        this.socket?.destroy();
        return;
      }
      this.events.ready(Uint8Array.from(Buffer.from(extranonce1, "hex")), size);
      this.request("mining.suggest_difficulty", [this.options.suggestedDifficulty], () => {});
      this.request("mining.authorize", [this.options.username, this.options.password], (answer) => {
        if (answer.result === true) this.retryMs = RECONNECT_MS.first;
        else this.events.failed(`the pool refuses ${this.options.username}: ${JSON.stringify(answer.error)}`);
      });
    });
  }

  private request(method: string, params: readonly unknown[], answered: (reply: Reply) => void): void {
    const id = ++this.lastId;
    this.unanswered.set(id, answered);
    this.socket?.write(`${JSON.stringify({ id, method, params })}\n`);
  }

  private receive(line: string): void {
    try {
      const message = JSON.parse(line) as Reply & { id?: unknown; method?: unknown; params?: unknown };
      if (typeof message.method === "string") {
        this.notified(message.method, Array.isArray(message.params) ? message.params : [], message.id);
      } else if (typeof message.id === "number") {
        const answered = this.unanswered.get(message.id);
        this.unanswered.delete(message.id);
        answered?.(message);
      }
    } catch (error) {
      this.events.failed(`cannot use a line from the pool: ${errorMessage(error)}`);
    }
  }

  private notified(method: string, params: readonly unknown[], id: unknown): void {
    if (method === "mining.notify") this.events.job(parseNotify(params));
    else if (method === "mining.set_difficulty") this.events.difficulty(Number(params[0]));
    else if (method === "client.show_message") this.events.message(String(params[0]));
    else if (method === "client.reconnect") this.socket?.destroy();
    else if (method === "mining.ping") this.socket?.write(`${JSON.stringify({ id, result: "pong", error: null })}\n`);
  }

  private lost(): void {
    this.unanswered.clear();
    this.socket = null;
    this.events.lost();
    if (this.isStopped) return;
    this.retryTimer = this.clock.after(this.retryMs, () => this.start());
    this.retryMs = Math.min(2 * this.retryMs, RECONNECT_MS.longest);
  }
}
