import { type ChildProcess, fork } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../platform/clock.js";
import type { Logger } from "../../platform/log.js";
import type { ConnectionView } from "../connection-view.js";
import type { LatenciesPart } from "../latencies.js";
import type { WorkerTable } from "../worker-table.js";
import type { ChildSettings, Report, ToChild, ToMain, WorkerRow } from "./messages.js";

/** A miner's connection on its way to a worker process. */
export interface Handover {
  readonly socket: Socket;
  readonly address: string;
  readonly extranonce1: number;
  /** What was read of it already. */
  readonly head: Uint8Array;
}

export interface WorkerProcessOptions {
  readonly settings: ChildSettings;
  readonly workers: WorkerTable;
  readonly clock: Pick<Clock, "after" | "monotonicMs">;
  readonly log: Logger;
  /** Everything but what is about connections and workers. */
  readonly onMessage: (message: Exclude<ToMain, { readonly kind: "listed" | "pong" | "ready" | "taken" }>) => void;
  readonly onReady: () => void;
  readonly onLatencies: (part: LatenciesPart) => void;
  /** Its extranonces are free again. */
  readonly onClosed: (extranonces: Iterable<number>) => void;
  /** Called once; `left`: connections that it did not get any more, to be given to somebody else. */
  readonly onEnd: (why: string, left: readonly Handover[]) => void;
  /** Another program, for tests. */
  readonly program?: string;
}

/** Seconds without a word after which a process is taken for wedged, and until it says its first one. */
const SILENT_BEATS = 15;
const START_BEATS = 60;
/** Lists of connections that are waited for, and how long. */
const MAX_QUESTIONS = 32;
const LIST_MS = 2000;

/** One worker process, its connections and what it has told of its workers. */
export class WorkerProcess {
  private readonly options: WorkerProcessOptions;
  private readonly child: ChildProcess;
  private readonly seats = new Set<number>();
  /** Connections by worker name. */
  private readonly names = new Map<string, number>();
  private readonly waiting: Handover[] = [];
  /** Who waits for a list of connections. */
  private readonly questions = new Map<number, (connections: readonly ConnectionView[] | null) => void>();
  private lastQuestion = 0;
  private isHandingOver = false;
  private isEnded = false;
  private hasExited = false;
  private isOff = false;
  private why = "";
  private beats = 0;
  isReady = false;
  /** Connections that have logged in. */
  authorized = 0;
  /** Connections that it was given, those that are closed included. */
  handedOver = 0;

  constructor(options: WorkerProcessOptions) {
    this.options = options;
    this.child = fork(options.program ?? fileURLToPath(new URL("./child.js", import.meta.url)), [], {
      serialization: "advanced",
      execArgv: [],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.child.on("message", (message) => this.received(message as ToMain));
    this.child.on("error", (error) => {
      this.why ||= error.message;
      // One that was never there does not exit.
      if (this.child.pid === undefined) this.ended();
    });
    // What it had told before it ended is still read: only after that it is over.
    this.child.on("exit", (code, signal) => {
      this.why ||= signal === null ? `exit code ${code}` : signal;
      this.hasExited = true;
      if (this.isOff) this.ended();
    });
    this.child.on("disconnect", () => {
      this.isOff = true;
      if (this.hasExited) this.ended();
    });
    this.send({ kind: "start", settings: options.settings });
  }

  get pid(): number | null {
    return this.child.pid ?? null;
  }

  /** Miners' connections, those on their way included. */
  get connections(): number {
    return this.seats.size;
  }

  send(message: ToChild, written: () => void = () => {}): void {
    if (this.isEnded || !this.child.connected) return;
    this.child.send(message, undefined, {}, written);
  }

  /** Null while too many wait for its answer already, and where it gives none. One that has ended has no connections. */
  connectionsAfter(number: number, limit: number): Promise<readonly ConnectionView[] | null> {
    if (!this.isReady || this.isEnded) return Promise.resolve([]);
    if (this.questions.size >= MAX_QUESTIONS) return Promise.resolve(null);
    const question = ++this.lastQuestion;
    return new Promise((resolve) => {
      const late = this.options.clock.after(LIST_MS, () => this.answered(question, null));
      this.questions.set(question, (connections) => {
        late.cancel();
        resolve(connections);
      });
      this.send({ kind: "list", question, number, limit });
    });
  }

  /** One at a time, as that is how the channel carries them; the others stay whole here. */
  handOver(handover: Handover): void {
    this.seats.add(handover.extranonce1);
    this.waiting.push(handover);
    this.handOverNext();
  }

  /** To be called once a second. */
  beat(): void {
    this.beats++;
    if (this.beats > (this.isReady ? SILENT_BEATS : START_BEATS)) {
      this.why ||= "it did not answer any more";
      this.kill();
    } else if (this.isReady) this.send({ kind: "ping" });
  }

  /** Miners are told to come back; then it ends. */
  stop(): void {
    this.send({ kind: "stop" });
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }

  private received(message: ToMain): void {
    this.beats = 0;
    switch (message.kind) {
      case "ready":
        this.isReady = true;
        this.options.onReady();
        break;
      case "pong":
        this.authorized = message.authorized;
        this.options.onLatencies(message.latencies);
        break;
      case "listed":
        this.answered(message.question, message.connections);
        break;
      case "taken":
        this.isHandingOver = false;
        this.handOverNext();
        break;
      case "report":
        this.report(message.report);
        this.options.onMessage(message);
        break;
      default:
        this.options.onMessage(message);
    }
  }

  private answered(question: number, connections: readonly ConnectionView[] | null): void {
    const answer = this.questions.get(question);
    this.questions.delete(question);
    answer?.(connections);
  }

  private handOverNext(): void {
    if (this.isHandingOver || this.isEnded || !this.child.connected) return;
    const next = this.waiting.shift();
    if (next === undefined) return;
    const { address, extranonce1, head, socket } = next;
    this.isHandingOver = true;
    this.handedOver++;
    this.child.send({ kind: "miner", extranonce1, address, head } satisfies ToChild, socket, {}, (error) => {
      if (error !== null) socket.destroy();
    });
  }

  private report({ closed, names, workers }: Report): void {
    for (const extranonce1 of closed) this.seats.delete(extranonce1);
    this.options.onClosed(closed);
    const nowMs = this.options.clock.monotonicMs();
    for (const worker of workers) this.tell(names[worker[0]]!, worker, nowMs);
  }

  /** Adds what is new of a worker to what the node knows of it. */
  private tell(name: string, row: WorkerRow, nowMs: number): void {
    const [, accepted, stale, duplicate, low, invalid, hashes, connections, ...state] = row;
    const [difficulty, userAgent, coinbase, lastSubmitAt] = state;
    const record = this.options.workers.open(name, nowMs);
    const { counts } = record;
    counts.accepted += accepted;
    counts.stale += stale;
    counts.duplicate += duplicate;
    counts.low += low;
    counts.invalid += invalid;
    if (hashes > 0) {
      record.meter.add(hashes, nowMs);
      record.hashes += hashes;
    }
    record.connections += connections - (this.names.get(name) ?? 0);
    if (connections > 0) this.names.set(name, connections);
    else this.names.delete(name);
    record.difficulty = difficulty ?? record.difficulty;
    record.userAgent = userAgent ?? record.userAgent;
    record.coinbase = coinbase ?? record.coinbase;
    record.lastSubmitAt = lastSubmitAt ?? record.lastSubmitAt;
  }

  private ended(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    for (const [name, connections] of this.names) {
      const record = this.options.workers.get(name);
      if (record !== undefined) record.connections = Math.max(0, record.connections - connections);
    }
    for (const question of [...this.questions.keys()]) this.answered(question, []);
    for (const { extranonce1 } of this.waiting) this.seats.delete(extranonce1);
    this.options.onClosed(this.seats);
    this.options.onEnd(this.why, this.waiting.splice(0));
    this.seats.clear();
  }
}
