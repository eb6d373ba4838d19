import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type Clock, isSettledWithin, type Timer } from "../../platform/clock.js";
import type { Logger, LogLevel } from "../../platform/log.js";
import { addressOf } from "../../platform/socket-address.js";
import type { Bans } from "../bans.js";
import { pageOfProcesses } from "../connection-pages.js";
import type { ConnectionPage, ConnectionPlace } from "../connection-view.js";
import type { MinerLatencies } from "../latencies.js";
import type { MinerService } from "../miner-service.js";
import type { Seats } from "../stratum/seats.js";
import type { StratumServer, StratumStats } from "../stratum/server.js";
import type { WorkerTable } from "../worker-table.js";
import { Fed, JobFeed } from "./job-feed.js";
import { relayLog } from "./log-relay.js";
import type { ChildSettings, Report, ToMain } from "./messages.js";
import type { WorkHub } from "./work-hub.js";
import { type Handover, WorkerProcess } from "./worker-process.js";

export interface WorkerProcessesOptions {
  /** How many. */
  readonly count: number;
  readonly settings: Omit<ChildSettings, "logLevel" | "lastConnection">;
  readonly work: WorkHub;
  /** Of this process: serves TLS, and everybody while no worker process can. */
  readonly here: StratumServer;
  /** These three are shared with it. */
  readonly seats: Seats;
  readonly workers: WorkerTable;
  readonly bans: Bans;
  /** Of one process, as its file descriptors allow; null for no limit. */
  readonly mostConnections: number | null;
  readonly clock: Clock;
  readonly log: Logger;
  /** Another program, for tests. */
  readonly program?: string;
}

const BEAT_MS = 1000;
/** One that lived this long is replaced at once; one that did not after a wait that doubles. */
const SOUND_MS = 30_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const STOP_MS = 5000;
/** How long miners are let wait at the start: a connection stays where it was first served. */
const READY_MS = 10_000;

/** A place for a worker process, and who has it. */
interface Place {
  readonly number: number;
  process: WorkerProcess | null;
  fed: Fed | null;
  /** It has had a process that was ready, or that ended. */
  isTried: boolean;
  startedMs: number;
  /** Miners that those before this one were given. */
  handedOver: number;
  waitMs: number;
  timer: Timer | null;
}

/**
 * Serves miners in processes of their own. This one accepts, decides what is spoken and hands the sockets on to the process with
 * the fewest connections; those send it what they judged, and whatever may be a share or a block. One that ends or does not
 * answer is replaced; its miners come back by themselves.
 */
export class WorkerProcesses implements MinerService {
  private readonly options: WorkerProcessesOptions;
  private readonly feed: JobFeed;
  private readonly places: Place[];
  private timer: Timer | null = null;
  private unsubscribe: (() => void) | null = null;
  private allEnded: (() => void) | null = null;
  private readonly allTried: Promise<void>;
  private tried: () => void = () => {};

  constructor(options: WorkerProcessesOptions) {
    this.options = options;
    const { clock, count, seats, settings, work } = options;
    this.allTried = new Promise((resolve) => {
      this.tried = () => {
        if (this.places.every(({ isTried }) => isTried)) resolve();
      };
    });
    this.feed = new JobFeed({ work, clock, limits: settings.limits, connections: () => seats.count });
    this.places = Array.from({ length: count }, (_, i) => ({
      number: i + 1,
      process: null,
      fed: null,
      isTried: false,
      startedMs: 0,
      handedOver: 0,
      waitMs: 0,
      timer: null,
    }));
  }

  /** Process ids of those that run. */
  get pids(): number[] {
    return this.places.flatMap(({ process }) => process?.pid ?? []);
  }

  /** Of those, the ones that take miners. */
  get readyCount(): number {
    return this.places.filter(({ process }) => process?.isReady === true).length;
  }

  start(): void {
    const { clock, here, work } = this.options;
    here.start();
    this.unsubscribe = work.subscribe((event) => this.feed.workChanged(event));
    this.timer = clock.every(BEAT_MS, () => {
      this.feed.lookForRefusal();
      for (const { process } of this.places) process?.beat();
    });
    for (const place of this.places) this.begin(place);
  }

  /** Miners who came before the processes would stay with this one for as long as they are connected. */
  async ready(): Promise<void> {
    await isSettledWithin(this.options.clock, READY_MS, this.allTried);
  }

  /** Resolves when none is left. */
  async stop(): Promise<void> {
    const { clock, here } = this.options;
    this.timer?.cancel();
    this.unsubscribe?.();
    this.unsubscribe = null;
    this.feed.stop();
    here.stop();
    const running = this.places.filter(({ process }) => process !== null);
    for (const { timer } of this.places) timer?.cancel();
    if (running.length === 0) return;
    const ended = new Promise<void>((resolve) => {
      this.allEnded = resolve;
    });
    for (const { process } of running) process?.stop();
    const deadline = clock.after(STOP_MS, () => {
      for (const { process } of running) process?.kill();
    });
    await ended;
    deadline.cancel();
  }

  /** With those of this process's own miners. */
  get latencies(): MinerLatencies {
    return this.options.here.latencies;
  }

  handle(socket: Socket): "elsewhere" | undefined {
    const { here, mostConnections, seats } = this.options;
    const process = socket instanceof TLSSocket ? null : this.emptiest();
    // What TLS has of a connection cannot be moved.
    if (process === null || (mostConnections !== null && process.connections >= mostConnections)) {
      here.handle(socket);
      return undefined;
    }
    const address = addressOf(socket);
    const extranonce1 = seats.take(address);
    if (extranonce1 === null) socket.destroy();
    else process.handOver({ socket, address, extranonce1, head: takeAll(socket) });
    return "elsewhere";
  }

  stats(options?: { workers?: number }): StratumStats {
    const own = this.options.here.stats(options);
    let authorized = own.authorized;
    for (const { process } of this.places) authorized += process?.authorized ?? 0;
    return { ...own, connections: this.options.seats.count, authorized };
  }

  listConnections(from: ConnectionPlace, limit: number): Promise<ConnectionPage | null> {
    return pageOfProcesses([this.options.here, ...this.places.map(({ process }) => process)], from, limit);
  }

  private emptiest(): WorkerProcess | null {
    let best: WorkerProcess | null = null;
    for (const { process } of this.places) {
      if (process?.isReady && (best === null || process.connections < best.connections)) best = process;
    }
    return best;
  }

  private begin(place: Place): void {
    const { clock, log, program, seats, settings, workers } = this.options;
    const process = new WorkerProcess({
      settings: { ...settings, logLevel: log.level as LogLevel, lastConnection: place.handedOver },
      workers,
      clock,
      log,
      onMessage: (message) => this.received(place, message),
      onReady: () => {
        place.fed = new Fed((message, written) => process.send(message, written));
        this.feed.add(place.fed);
        log.info({ process: place.number, pid: process.pid }, "a worker process is ready");
        place.isTried = true;
        this.tried();
      },
      onLatencies: (part) => this.latencies.add(part),
      onClosed: (extranonces) => {
        for (const extranonce1 of extranonces) seats.release(extranonce1);
      },
      onEnd: (why, left) => this.ended(place, process, why, left),
      ...(program === undefined ? {} : { program }),
    });
    place.process = process;
    place.startedMs = clock.monotonicMs();
  }

  private ended(
    place: Place,
    { connections, handedOver }: WorkerProcess,
    why: string,
    left: readonly Handover[],
  ): void {
    const { clock, log } = this.options;
    place.handedOver += handedOver;
    place.isTried = true;
    this.tried();
    if (place.fed !== null) this.feed.remove(place.fed);
    place.fed = null;
    place.process = null;
    if (this.unsubscribe === null) {
      for (const { extranonce1, socket } of left) this.dismiss(extranonce1, socket);
      if (this.places.every(({ process }) => process === null)) this.allEnded?.();
      return;
    }
    const isSound = clock.monotonicMs() - place.startedMs >= SOUND_MS;
    place.waitMs = isSound ? 0 : Math.min(LONGEST_WAIT_MS, Math.max(FIRST_WAIT_MS, 2 * place.waitMs));
    log.error(
      { process: place.number, why, connections, againInMs: place.waitMs },
      "a worker process ended and is replaced; its miners have to connect again",
    );
    for (const { address, extranonce1, head, socket } of left) {
      const other = this.emptiest();
      if (other === null) this.dismiss(extranonce1, socket);
      else other.handOver({ address, extranonce1, head, socket });
    }
    place.timer = clock.after(place.waitMs, () => {
      if (this.unsubscribe !== null) this.begin(place);
    });
  }

  private dismiss(extranonce1: number, socket: Socket): void {
    socket.destroy();
    this.options.seats.release(extranonce1);
  }

  private received(
    place: Place,
    message: Exclude<ToMain, { readonly kind: "listed" | "pong" | "ready" | "taken" }>,
  ): void {
    const { work } = this.options;
    const { fed, process } = place;
    switch (message.kind) {
      case "report":
        this.report(place, message.report);
        break;
      case "want":
        if (fed !== null) this.feed.wanted(fed, message.requests);
        break;
      case "unwant":
        if (fed !== null) this.feed.unwanted(fed, message.requests);
        break;
      case "payee": {
        const { payee, question } = message;
        process?.send({ kind: "payee", question, check: work.checkPayee(payee) });
        break;
      }
      case "solution": {
        const { question, solution } = message;
        // At once where it can be: what comes after it finds it counted.
        const outcome = work.submit(solution);
        if (!(outcome instanceof Promise)) process?.send({ kind: "outcome", question, outcome });
        else void outcome.then((later) => process?.send({ kind: "outcome", question, outcome: later }));
        break;
      }
      default:
    }
  }

  private report({ number }: Place, { judged, leftOut, log: lines, names, offended }: Report): void {
    const { bans, clock, log, work } = this.options;
    for (const [worker, outcome, job, hashes, pseudoDifficulty, difficulty] of judged) {
      work.account({ outcome, worker: names[worker]!, job, work: hashes, pseudoDifficulty, difficulty });
    }
    for (const remoteAddress of offended) {
      if (bans.offended(remoteAddress, clock.monotonicMs())) {
        log.warn({ remoteAddress }, "an address is banned for ten minutes");
      }
    }
    for (const line of lines) relayLog(log, line, number);
    if (leftOut > 0) log.warn({ process: number, lines: leftOut }, "lines of a worker process were left out");
  }
}

/** What was read of a socket, which is read no further here. */
function takeAll(socket: Socket): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
    chunks.push(chunk);
  }
  // A paused stream reads ahead: what comes from now on is for whoever gets the socket. Node has no public way to say so.
  (socket as unknown as { _handle: { reading: boolean; readStop(): void } | null })._handle?.readStop();
  return Buffer.concat(chunks);
}
