import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { sleep, systemClock } from "../../src/platform/clock.js";
import { childrenOf, processorSecondsOf } from "./processor.js";

/** What the bench of the miners' port and its servers say to each other. */
export type ToServer =
  /** New work for everybody; `bytes`: of the line, for the server that makes none itself. */
  | { readonly kind: "fire"; readonly bytes: number }
  | { readonly kind: "memory" }
  | { readonly kind: "counts" }
  /** Look at the event loop from now on; and no more, and say what was seen. */
  | { readonly kind: "watch" }
  | { readonly kind: "delay" };

export type FromServer =
  | { readonly kind: "listening"; readonly port: number }
  | ({ readonly kind: "memory" } & Memory)
  /** Longest time between two turns of the event loop, and what 99 of 100 are below, milliseconds. */
  | { readonly kind: "delay"; readonly longestMs: number; readonly p99Ms: number }
  | { readonly kind: "counts"; readonly connections: number; readonly accepted: number };

/** Of a process, after a garbage collection, bytes. */
export interface Memory {
  /** What the operating system counts; a process keeps what it needed once. */
  readonly resident: number;
  /** What the collector counts, native objects included as far as it knows of them: exact for small differences. */
  readonly used: number;
}

export function tell(message: FromServer): void {
  process.send?.(message);
}

/** As little as it gets. */
export async function measuredMemory(): Promise<Memory> {
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss, used: heapUsed + external };
}

const loopDelay = monitorEventLoopDelay({ resolution: 1 });

/** What a server does of itself, whatever it serves. False for what it has to do differently. */
export function answered(message: ToServer): boolean {
  if (message.kind === "memory") void measuredMemory().then((memory) => tell({ kind: "memory", ...memory }));
  else if (message.kind === "watch") {
    loopDelay.reset();
    loopDelay.enable();
  } else if (message.kind === "delay") {
    loopDelay.disable();
    tell({ kind: "delay", longestMs: loopDelay.max / 1e6, p99Ms: loopDelay.percentile(99) / 1e6 });
  } else return false;
  return true;
}

const LF = 0x0a;

/** A server in a process of its own, and miners that are connected to it from here. */
export class MinerServer {
  private readonly process: ChildProcess;
  readonly port: number;
  readonly miners: BenchMiner[] = [];

  private constructor(process: ChildProcess, port: number) {
    this.process = process;
    this.port = port;
  }

  /** `processes`: of their own that serve miners, where the server has such. */
  static async start(file: string, processes = 0): Promise<MinerServer> {
    const program = fileURLToPath(new URL(file, import.meta.url));
    const child = fork(program, [String(processes)], { execArgv: ["--expose-gc"] });
    const [message] = (await once(child, "message")) as [FromServer & { kind: "listening" }];
    return new MinerServer(child, message.port);
  }

  /** Connects so many more; `logIn`: for a server that speaks Stratum. `others`: miners that it has from elsewhere. */
  async connect(count: number, logIn: ((index: number) => string) | null, others = 0): Promise<void> {
    // Not all at once: the kernel's queue is short.
    for (let done = 0; done < count; ) {
      const some = Math.min(200, count - done);
      const opened = Array.from({ length: some }, (_, i) => BenchMiner.open(this.port, logIn?.(done + i) ?? null));
      this.miners.push(...(await Promise.all(opened)));
      done += some;
    }
    // A connection is open before a server that hands it on has it where it is served.
    while ((await this.counts()).connections < others + this.miners.length) await sleep(systemClock, 20);
  }

  /** Milliseconds until every miner has got one more line. */
  async fire(bytes: number): Promise<number> {
    const started = performance.now();
    const everybody = Promise.all(this.miners.map((miner) => miner.nextLine()));
    this.process.send({ kind: "fire", bytes } satisfies ToServer);
    await everybody;
    return performance.now() - started;
  }

  async memory(kind: keyof Memory = "resident"): Promise<number> {
    const answer = await this.ask({ kind: "memory" });
    return answer.kind === "memory" ? answer[kind] : Number.NaN;
  }

  watch(): void {
    this.process.send({ kind: "watch" } satisfies ToServer);
  }

  /** Of the event loop since `watch`, milliseconds. */
  async delay(): Promise<{ longestMs: number; p99Ms: number }> {
    const answer = await this.ask({ kind: "delay" });
    return answer.kind === "delay" ? answer : { longestMs: Number.NaN, p99Ms: Number.NaN };
  }

  async counts(): Promise<{ connections: number; accepted: number }> {
    const answer = await this.ask({ kind: "counts" });
    return answer.kind === "counts" ? answer : { connections: 0, accepted: 0 };
  }

  /** Processor time so far, seconds: the server's own, then that of each process it has started. Linux only. */
  processorSeconds(): number[] {
    const pid = this.process.pid!;
    return [pid, ...childrenOf(pid)].map(processorSecondsOf);
  }

  private async ask(message: ToServer): Promise<FromServer> {
    this.process.send(message);
    const [answer] = (await once(this.process, "message")) as [FromServer];
    return answer;
  }

  /** Resolves when the server has no connection left. */
  async disconnect(): Promise<void> {
    for (const miner of this.miners.splice(0)) miner.socket.destroy();
    while ((await this.counts()).connections > 0) await sleep(systemClock, 50);
  }

  async stop(): Promise<void> {
    for (const miner of this.miners) miner.socket.destroy();
    this.process.kill();
    await once(this.process, "exit");
  }
}

/**
 * Milliseconds of each round to the last miner, of one server after the other: each after the same pause, since a tip that follows
 * another finds processor and reader awake. The rounds of `warmUp` are not counted.
 */
export async function fireInTurn(
  servers: readonly MinerServer[],
  bytes: number,
  { rounds, warmUp, pauseMs }: { rounds: number; warmUp: number; pauseMs: number },
): Promise<number[][]> {
  const times = servers.map((): number[] => []);
  for (let round = -warmUp; round < rounds; round++) {
    for (const [i, server] of servers.entries()) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      const milliseconds = await server.fire(bytes);
      if (round >= 0) times[i]!.push(milliseconds);
    }
  }
  return times;
}

/** One socket that counts the lines it gets. */
export class BenchMiner {
  readonly socket: Socket;
  /** Of the last line that ended. */
  lineBytes = 0;
  lines = 0;
  /** Of the first job. */
  jobId: string | null = null;
  isLost = false;
  private begun = 0;
  private waiting: { readonly from: number; readonly resolve: () => void } | null = null;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => this.received(chunk));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.isLost = true;
      this.waiting?.resolve();
    });
  }

  /** Resolves when it is connected and, with a login, has its first job. */
  static async open(port: number, username: string | null): Promise<BenchMiner> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    const miner = new BenchMiner(socket);
    if (username === null) {
      miner.jobId = "1";
      return miner;
    }
    socket.write(
      `{"id":1,"method":"mining.subscribe","params":["bench/1"]}\n{"id":2,"method":"mining.authorize","params":["${username}","x"]}\n`,
    );
    // Two replies, a difficulty and a job.
    await miner.until(4);
    return miner;
  }

  nextLine(): Promise<void> {
    return this.until(this.lines + 1);
  }

  until(lines: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.lines >= lines || this.isLost) resolve();
      else this.waiting = { from: lines, resolve };
    });
  }

  private received(chunk: Buffer): void {
    if (this.jobId === null)
      this.jobId = /"mining.notify","params":\["([0-9a-f]+)"/.exec(chunk.toString("latin1"))?.[1] ?? null;
    let start = 0;
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, start)) {
      this.lines++;
      this.lineBytes = this.begun + at + 1 - start;
      this.begun = 0;
      start = at + 1;
    }
    this.begun += chunk.length - start;
    if (this.waiting === null || this.lines < this.waiting.from) return;
    const { resolve } = this.waiting;
    this.waiting = null;
    resolve();
  }
}
