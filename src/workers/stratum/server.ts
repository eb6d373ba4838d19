import type { Socket } from "node:net";
import type { Random } from "../../core/random.js";
import type { Clock, Timer } from "../../platform/clock.js";
import type { Logger } from "../../platform/log.js";
import { addressOf } from "../../platform/socket-address.js";
import type { WorkEvent, WorkSource } from "../../work/job.js";
import { TargetTable } from "../../work/target-facts.js";
import { Bans } from "../bans.js";
import type { CoinbaseTrouble } from "../coinbase-limits.js";
import { pageOfProcesses } from "../connection-pages.js";
import type { ConnectionPage, ConnectionPlace, ConnectionView } from "../connection-view.js";
import { MinerLatencies } from "../latencies.js";
import { LIMITS, type Limits, TIMERS } from "../limits.js";
import type { MinerService } from "../miner-service.js";
import { type MinerPolicy, policyOf } from "../policy.js";
import { noSubmissions, type SubmissionCounts, WorkerTable } from "../worker-table.js";
import { Connection } from "./connection.js";
import { ConnectionList } from "./connection-list.js";
import type { Ledger, StratumContext } from "./context.js";
import { Difficulties } from "./difficulties.js";
import { FanOut } from "./fan-out.js";
import { NotifyLines } from "./notify.js";
import { Replies } from "./replies.js";
import { Seats } from "./seats.js";
import { Shared } from "./shared.js";

export interface StratumServerOptions extends Partial<MinerPolicy> {
  readonly workSource: WorkSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly limits?: Limits;
  /** To be shared by all that serve miners; of its own by default. */
  readonly seats?: Seats;
  /** To be shared with getwork; one of its own by default. */
  readonly workers?: WorkerTable;
  /** To be shared with the port; one of its own by default. */
  readonly bans?: Pick<Bans, "offended">;
  /** Where replies have to wait for something to be known; nowhere by default. */
  readonly ledger?: Ledger;
  /** Connections are numbered above this one; 0 by default. */
  readonly lastConnection?: number;
  /** Connections among which the node's guess of its hash rate is divided; those of this server by default. */
  readonly allConnections?: () => number;
}

/** A worker name as the status shows it. */
interface WorkerView {
  readonly name: string;
  /** Open connections; 0 for one that left within the last hour. */
  readonly connections: number;
  readonly userAgent: string | null;
  /** What the worker loses because its jobs are too long for it; null for nothing known. */
  readonly coinbase: CoinbaseTrouble | null;
  /** Un-multiplied (spec/11 §6). */
  readonly difficulty: number | null;
  /** Hashes per second, late work included. */
  readonly hashRate: number | null;
  readonly counts: Readonly<SubmissionCounts>;
  /** Seconds since 1970. */
  readonly lastSubmitAt: number | null;
}

export interface StratumStats {
  readonly connections: number;
  readonly authorized: number;
  /** Sum of the workers'; null while none is known. */
  readonly hashRate: number | null;
  readonly counts: Readonly<SubmissionCounts>;
  /** Connected ones first, then by name; at most as many as asked for. */
  readonly workers: readonly WorkerView[];
}

/**
 * Stratum V1 (spec/11 §4). Before `start` no connection may be handed in; after `stop` none is left, and the server cannot
 * be started again.
 */
export class StratumServer implements MinerService {
  readonly latencies = new MinerLatencies();
  private readonly context: StratumContext;
  private readonly seats: Seats;
  private readonly connections = new Set<Connection>();
  /** The same, for pages of them. */
  private readonly list: ConnectionList<Connection>;
  private readonly fanOut: FanOut<Connection>;
  private unsubscribe: (() => void) | null = null;
  private ignoreArrivals: (() => void) | undefined;
  private sweeper: Timer | null = null;

  constructor(options: StratumServerOptions) {
    const limits = options.limits ?? LIMITS;
    const policy = policyOf(options);
    const { newWork } = this.latencies;
    this.fanOut = new FanOut({ clock: options.clock, limits, served: (ms) => newWork.observe(ms / 1000) });
    this.seats = options.seats ?? new Seats({ limits });
    this.list = new ConnectionList(options.lastConnection);
    this.context = {
      workSource: options.workSource,
      clock: options.clock,
      random: options.random,
      log: options.log,
      limits,
      policy,
      lines: new NotifyLines({ clock: options.clock, limits }),
      replies: new Replies(),
      requests: new Shared(),
      difficulties: new Difficulties(policy),
      latencies: this.latencies,
      workers: options.workers ?? new WorkerTable({ limits, shareSeconds: policy.shareSeconds }),
      targets: new TargetTable(),
      bans: options.bans ?? new Bans(limits),
      ledger: options.ledger ?? null,
      tip: { generation: 0, blockGeneration: 0, changedAtMs: Number.NEGATIVE_INFINITY, versionMask: null },
      activeConnections: options.allConnections ?? (() => this.connections.size),
    };
  }

  start(): void {
    const { workSource } = this.context;
    this.unsubscribe = workSource.subscribe((event) => this.workChanged(event));
    this.ignoreArrivals = workSource.subscribeArrivals?.(() => this.jobsArrived());
    this.sweeper = this.context.clock.every(TIMERS.sweep, () => this.sweep());
  }

  /** At once: there is nothing to wait for. */
  async ready(): Promise<void> {}

  /** Closes every connection. */
  stop(): void {
    this.unsubscribe?.();
    this.unsubscribe = null;
    this.ignoreArrivals?.();
    this.sweeper?.cancel();
    this.fanOut.stop();
    for (const connection of [...this.connections]) connection.stop();
  }

  /** Takes a socket over, from its first byte on, half-open sockets allowed. */
  handle(socket: Socket): undefined {
    const remoteAddress = addressOf(socket);
    const extranonce1 = this.unsubscribe === null ? null : this.seats.take(remoteAddress);
    if (extranonce1 === null) {
      socket.on("error", () => {});
      socket.destroy();
    } else this.serve(socket, { remoteAddress, extranonce1, onClosed: () => this.seats.release(extranonce1) });
  }

  /** The same for one that has its seat. */
  serve(
    socket: Socket,
    { remoteAddress, extranonce1, onClosed }: { remoteAddress: string; extranonce1: number; onClosed: () => void },
  ): void {
    const { clock, random } = this.context;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, TIMERS.keepAlive);
    const connection = new Connection({
      context: this.context,
      socket,
      remoteAddress,
      extranonce1,
      sessionId: Array.from({ length: 4 }, () => random.uint32().toString(16).padStart(8, "0")).join(""),
      onClosed: () => {
        this.connections.delete(connection);
        this.list.remove(number);
        this.fanOut.remove(connection);
        onClosed();
      },
    });
    this.connections.add(connection);
    const number = this.list.add(connection);
    this.context.log.debug({ remoteAddress, at: clock.now() }, "miner connected");
    connection.start();
  }

  /** Connections that have logged in. */
  get authorizedCount(): number {
    let count = 0;
    for (const { session } of this.connections) if (session.isAuthorized) count++;
    return count;
  }

  /** Those that came after one, in the order in which they came. */
  connectionsAfter(number: number, limit: number): ConnectionView[] {
    return this.list.after(number, limit).map(([own, connection]) => connection.view(own));
  }

  async listConnections(from: ConnectionPlace, limit: number): Promise<ConnectionPage | null> {
    return pageOfProcesses([this], from, limit);
  }

  stats({ workers: maximum = 1000 }: { workers?: number } = {}): StratumStats {
    const nowMs = this.context.clock.monotonicMs();
    const inForce = new Map<string, number | null>();
    for (const { session } of this.connections) {
      if (session.worker !== null) inForce.set(session.worker, session.desk.difficulty);
    }
    const counts = noSubmissions();
    let hashRate: number | null = null;
    const workers: WorkerView[] = [];
    for (const record of this.context.workers.all()) {
      const rate = record.meter.rate(nowMs);
      if (rate !== null) hashRate = (hashRate ?? 0) + rate;
      for (const kind of Object.keys(counts) as (keyof SubmissionCounts)[]) counts[kind] += record.counts[kind];
      workers.push({
        name: record.name,
        connections: record.connections,
        userAgent: record.userAgent,
        coinbase: record.coinbase,
        difficulty: inForce.get(record.name) ?? record.difficulty,
        hashRate: rate,
        counts: { ...record.counts },
        lastSubmitAt: record.lastSubmitAt,
      });
    }
    workers.sort((a, b) => Number(b.connections > 0) - Number(a.connections > 0) || (a.name < b.name ? -1 : 1));
    return {
      connections: this.connections.size,
      authorized: this.authorizedCount,
      hashRate,
      counts,
      workers: workers.slice(0, maximum),
    };
  }

  private workChanged(event: WorkEvent): void {
    const { clock, lines, tip } = this.context;
    if (event.reason !== "refresh") {
      tip.generation++;
      if (event.reason === "block") tip.blockGeneration++;
      tip.changedAtMs = clock.monotonicMs();
    }
    lines.forget();
    this.fanOut.everyone(this.connections);
  }

  /** Connections whose job was not there yet get it. */
  private jobsArrived(): void {
    for (const connection of this.connections) {
      if (connection.session.desk.isHolding) this.fanOut.add(connection, "event");
    }
  }

  private sweep(): void {
    const nowMs = this.context.clock.monotonicMs();
    for (const connection of [...this.connections]) {
      if (connection.sweep(nowMs)) this.fanOut.add(connection, "refresh");
    }
    this.context.workers.expire(nowMs);
  }
}
