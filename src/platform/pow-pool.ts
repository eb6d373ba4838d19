import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { Deque } from "../core/deque.js";
import { P2PoolError } from "../core/errors.js";
import { type PowName, powHash } from "../core/hash/index.js";
import type { Logger } from "./log.js";

export const HEADER_BYTES = 80;
export const HASH_BYTES = 32;

class PowPoolError extends P2PoolError<{ readonly code: "POW_THREADS_DIED" }> {}

export interface PowPoolOptions {
  readonly pow: PowName;
  readonly log: Logger;
  /** One less than there are processors by default, one at least. */
  readonly threads?: number;
  /** Made anew for each thread; for tests. */
  readonly spawn?: () => PowThread;
}

/** One processor is left to the event loop. */
export function usualThreads(): number {
  return Math.max(1, availableParallelism() - 1);
}

/** What the pool needs of a worker thread. */
export type PowThread = Pick<Worker, "on" | "postMessage" | "ref" | "terminate" | "unref">;

/** Headers that a thread gets at a time: some 20 ms of scrypt. */
const PORTION = 64;
/** Threads that may die over the same portion before it is given up. */
const MAX_DEATHS = 3;

/** Part of a call that one thread does at a time. */
interface Portion {
  readonly headers: readonly Uint8Array[];
  readonly resolve: (hashes: Uint8Array) => void;
  readonly reject: (error: PowPoolError) => void;
  deaths: number;
  /** Where it waits, also after a death. */
  readonly queue: Deque<Portion>;
}

/**
 * Proof-of-work hashes made by worker threads, so that the event loop goes on meanwhile. Threads begin with the first call.
 * One that dies is replaced, and its work done again.
 */
export class PowPool {
  private readonly options: PowPoolOptions;
  private readonly threads: number;
  /** Miners wait for these. */
  private readonly urgent = new Deque<Portion>();
  private readonly waiting = new Deque<Portion>();
  /** Threads and what each is at. */
  private readonly running = new Map<PowThread, Portion | null>();
  private isStopped = false;

  constructor(options: PowPoolOptions) {
    this.options = options;
    this.threads = options.threads ?? usualThreads();
  }

  /** Hashes of headers of 80 bytes, in their order. @throws PowPoolError */
  async hash(headers: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    const portions: Promise<Uint8Array>[] = [];
    for (let from = 0; from < headers.length; from += PORTION) {
      portions.push(this.enqueue(headers.slice(from, from + PORTION), this.waiting));
    }
    this.assign();
    const hashes: Uint8Array[] = [];
    for (const joined of await Promise.all(portions)) {
      for (let at = 0; at < joined.length; at += HASH_BYTES) hashes.push(joined.slice(at, at + HASH_BYTES));
    }
    return hashes;
  }

  /**
   * Hash of one header, before all that `hash` was asked for. Where threads die it is made on this one: what a miner found is
   * not lost.
   */
  async hashNext(header: Uint8Array): Promise<Uint8Array> {
    const made = this.enqueue([header], this.urgent);
    this.assign();
    return made.catch(() => powHash(this.options.pow, header));
  }

  /** Calls under way get no answer any more: there is nobody left to use it. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.waiting.clear();
    this.urgent.clear();
    const threads = [...this.running.keys()];
    this.running.clear();
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  private enqueue(headers: readonly Uint8Array[], queue: Deque<Portion>): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (!this.isStopped) queue.pushBack({ headers, resolve, reject, deaths: 0, queue });
    });
  }

  private assign(): void {
    while (this.urgent.length + this.waiting.length > 0) {
      const thread = this.idleThread();
      if (thread === null) return;
      const portion = (this.urgent.popFront() ?? this.waiting.popFront())!;
      this.running.set(thread, portion);
      thread.ref();
      const headers = new Uint8Array(portion.headers.length * HEADER_BYTES);
      for (const [i, header] of portion.headers.entries()) headers.set(header, i * HEADER_BYTES);
      thread.postMessage({ pow: this.options.pow, headers });
    }
  }

  private idleThread(): PowThread | null {
    for (const [thread, portion] of this.running) if (portion === null) return thread;
    return this.running.size < this.threads ? this.startThread() : null;
  }

  private startThread(): PowThread {
    const spawn = this.options.spawn ?? (() => new Worker(new URL("./pow-thread.js", import.meta.url)));
    const thread = spawn();
    // Only work keeps the process alive.
    thread.unref();
    this.running.set(thread, null);
    thread.on("message", (hashes: Uint8Array) => {
      this.running.get(thread)?.resolve(hashes);
      if (!this.running.has(thread)) return;
      this.running.set(thread, null);
      thread.unref();
      this.assign();
    });
    thread.on("error", (error: unknown) => {
      this.options.log.error({ err: error }, "a thread for proof of work failed");
    });
    thread.on("exit", () => this.died(thread));
    return thread;
  }

  private died(thread: PowThread): void {
    const portion = this.running.get(thread);
    if (!this.running.delete(thread) || this.isStopped) return;
    if (portion !== null && portion !== undefined) {
      portion.deaths++;
      if (portion.deaths < MAX_DEATHS) portion.queue.pushFront(portion);
      else portion.reject(new PowPoolError("threads for proof of work die", { code: "POW_THREADS_DIED" }));
    }
    this.assign();
  }
}
