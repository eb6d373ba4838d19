import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { errorMessage, P2PoolError } from "../../core/errors.js";
import { type Clock, systemClock } from "../../platform/clock.js";
import { freePort } from "./free-port.js";
import { type EmbeddedWorkerData, type EmbeddedWorkerMessage, STOP } from "./messages.js";

export type EmbeddedNodeErrorCode =
  /** The worker could not open the node. */
  | "EMBEDDED_START_FAILED"
  /** Not ready in time. */
  | "EMBEDDED_START_TIMEOUT"
  /** The worker ended by itself. */
  | "EMBEDDED_CRASHED";

export class EmbeddedNodeError extends P2PoolError<{ code: EmbeddedNodeErrorCode; portInUse?: boolean }> {}

/** Found by hand and by measurement: one JavaScript thread (1 MH/s) finds a block every ten seconds. */
const DEFAULT_BITS = 0x1e018000;
/** Ten coinbases more than the maturity takes, so that there is something to spend from the first block on. */
const DEFAULT_PREMINE = 110;
const START_TIMEOUT_MS = 30_000;
/** How long the worker may take to end by itself. */
const STOP_GRACE_MS = 1_000;
/** Somebody else may take a free port before the worker listens on it. */
const PORT_ATTEMPTS = 5;

const WORKER_FILE = fileURLToPath(new URL("../../../embedded/bcoin-worker.cjs", import.meta.url));

export interface EmbeddedNodeOptions {
  /** Compact target of the chain; the default suits one JavaScript miner thread. */
  readonly bits?: number;
  /** Blocks mined at the start, at the easiest target. Default 110; below 10 segwit is not active. */
  readonly premine?: number;
  /** Seconds since 1970 of the last premined block (default: a minute ago). Same time, same chain. */
  readonly premineTime?: number;
  /** Payments kept in the mempool (default 0). The first of them wait from the start on. */
  readonly transactionsPerBlock?: number;
  /** Pause between two payments, default 2000. */
  readonly transactionIntervalMs?: number;
  /** Called once if the worker ends without `stop`. */
  readonly onExit?: (error: EmbeddedNodeError) => void;
  /** Something unexpected inside the worker, which lives on. One line of text. */
  readonly onTrouble?: (message: string) => void;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  /** The bundled worker; for tests. */
  readonly workerFile?: string;
}

/**
 * A full node on Bitcoin's regtest in a worker thread: in memory, silent, on 127.0.0.1 only, contacting nobody. For the
 * first run and for tests, never for production.
 *
 * Life: `start` resolves once RPC answers. `stop` may be called at any time and again; when it resolves, the thread and
 * its sockets are gone. A crash in between is reported by `onExit`.
 */
export class EmbeddedNode {
  static readonly defaultBits = DEFAULT_BITS;

  readonly rpcUrl: string;
  readonly auth: { readonly user: string; readonly password: string };
  readonly p2pPort: number;
  /** Height of the tip after the start. */
  readonly height: number;

  private readonly worker: Worker;
  private readonly clock: Clock;
  private stopping: Promise<void> | null = null;

  private constructor(
    worker: Worker,
    data: EmbeddedWorkerData,
    height: number,
    { clock, onExit }: { readonly clock: Clock; readonly onExit: EmbeddedNodeOptions["onExit"] },
  ) {
    this.worker = worker;
    this.clock = clock;
    this.rpcUrl = `http://127.0.0.1:${data.rpcPort}/`;
    this.auth = { user: "embedded", password: data.apiKey };
    this.p2pPort = data.p2pPort;
    this.height = height;
    let reason = "its worker ended";
    worker.on("error", (error) => {
      reason = errorMessage(error);
    });
    worker.once("exit", () => {
      if (this.stopping !== null) return;
      this.stopping = Promise.resolve();
      onExit?.(new EmbeddedNodeError(`the embedded node ended: ${reason}`, { code: "EMBEDDED_CRASHED" }));
    });
  }

  /** @throws EmbeddedNodeError; the signal's reason when aborted. */
  static async start(options: EmbeddedNodeOptions = {}): Promise<EmbeddedNode> {
    const clock = options.clock ?? systemClock;
    for (let attempt = 1; ; attempt++) {
      options.signal?.throwIfAborted();
      const data: EmbeddedWorkerData = {
        rpcPort: await freePort(),
        p2pPort: await freePort(),
        apiKey: randomBytes(24).toString("hex"),
        bits: options.bits ?? DEFAULT_BITS,
        premine: options.premine ?? DEFAULT_PREMINE,
        premineTime: options.premineTime ?? Math.floor(clock.now()) - 60,
        transactionsPerBlock: options.transactionsPerBlock ?? 0,
        transactionIntervalMs: options.transactionIntervalMs ?? 2000,
      };
      const worker = spawn(data, options);
      try {
        const height = await untilReady(worker, clock, options.signal);
        return new EmbeddedNode(worker, data, height, { clock, onExit: options.onExit });
      } catch (error) {
        await worker.terminate();
        const again = error instanceof EmbeddedNodeError && error.data.portInUse === true && attempt < PORT_ATTEMPTS;
        if (!again) throw error;
      }
    }
  }

  /** The chain is in memory only, so there is nothing to save: the thread ends where it is. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    const { worker, clock } = this;
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    const timer = clock.after(STOP_GRACE_MS, () => void worker.terminate());
    worker.postMessage(STOP);
    await ended;
    timer.cancel();
  }
}

function spawn(data: EmbeddedWorkerData, options: EmbeddedNodeOptions): Worker {
  const worker = new Worker(options.workerFile ?? WORKER_FILE, {
    workerData: data,
    env: {},
    execArgv: ["--no-deprecation"],
    // Whatever bcoin might print ends here instead of in the operator's terminal; unread, it would pile up.
    stdout: true,
    stderr: true,
  });
  worker.stdout.resume();
  worker.stderr.resume();
  worker.on("message", (message: EmbeddedWorkerMessage) => {
    if (message.kind === "trouble") options.onTrouble?.(message.message);
  });
  return worker;
}

/** Height of the tip. */
function untilReady(worker: Worker, clock: Clock, signal: AbortSignal | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const settle = (settleIt: () => void): void => {
      timer.cancel();
      worker.off("message", onMessage);
      worker.off("exit", onExit);
      signal?.removeEventListener("abort", onAbort);
      settleIt();
    };
    const fail = (code: EmbeddedNodeErrorCode, reason: string, portInUse = false): void =>
      settle(() => reject(new EmbeddedNodeError(`the embedded node did not start: ${reason}`, { code, portInUse })));
    const onMessage = (message: EmbeddedWorkerMessage): void => {
      if (message.kind === "ready") settle(() => resolve(message.height));
      if (message.kind === "failed") fail("EMBEDDED_START_FAILED", message.message, message.portInUse);
    };
    const onExit = (): void => fail("EMBEDDED_START_FAILED", "its worker ended");
    const onAbort = (): void => settle(() => reject(signal?.reason));
    const timer = clock.after(START_TIMEOUT_MS, () => fail("EMBEDDED_START_TIMEOUT", `${START_TIMEOUT_MS} ms passed`));
    worker.on("message", onMessage);
    worker.once("exit", onExit);
    // Stays for good: without a listener an error of the worker would end the process.
    worker.on("error", (error) => fail("EMBEDDED_START_FAILED", errorMessage(error)));
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
