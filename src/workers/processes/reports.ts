import type { JudgedSolution } from "../../work/solution.js";
import { noSubmissions, type SubmissionCounts, type WorkerRecord, WorkerTable } from "../worker-table.js";
import type { JudgedRow, Report, ToMain, WorkerRow } from "./messages.js";

/** Lines of the log that one report holds at most; further ones are left out, and counted. */
const MAX_LOG_LINES = 200;

interface Told {
  readonly counts: SubmissionCounts;
  hashes: number;
}

/**
 * What a worker process tells of its miners, one report a turn of the event loop. Each is a page of the ledger that replies wait
 * for: they are sent once it is in the main process's hands, or in the kernel's on the way to it, so that nothing that a miner
 * was told is lost with this process.
 */
export class Reports {
  private readonly send: (message: ToMain, written: () => void) => void;
  private readonly told = new WeakMap<WorkerRecord, Told>();
  private readonly waiting: { readonly page: number; readonly action: () => void }[] = [];
  private readonly changed = new Set<WorkerRecord>();
  private judgedNow: JudgedRow[] = [];
  private readonly names = new Map<string, number>();
  private closedNow: number[] = [];
  private offendedNow: string[] = [];
  private logNow: string[] = [];
  private leftOut = 0;
  private due: NodeJS.Immediate | null = null;
  private page = 1;
  private known = 0;

  /** `send`: calls back when the kernel has the message. */
  constructor(send: (message: ToMain, written: () => void) => void) {
    this.send = send;
  }

  get lastPage(): number {
    return this.due === null ? this.page - 1 : this.page;
  }

  get knownPage(): number {
    return this.known;
  }

  whenKnown(page: number, action: () => void): void {
    if (page <= this.known) action();
    else this.waiting.push({ page, action });
  }

  judged({ difficulty, job, outcome, pseudoDifficulty, work, worker }: JudgedSolution): void {
    this.judgedNow.push([this.place(worker), outcome, job, work, pseudoDifficulty, difficulty]);
    this.schedule();
  }

  workerChanged(record: WorkerRecord): void {
    this.changed.add(record);
    this.schedule();
  }

  closed(extranonce1: number): void {
    this.closedNow.push(extranonce1);
    this.schedule();
  }

  offended(address: string): void {
    this.offendedNow.push(address);
    this.schedule();
  }

  logged(line: string): void {
    if (this.logNow.length < MAX_LOG_LINES) this.logNow.push(line);
    else this.leftOut++;
    this.schedule();
  }

  /** Calls when all so far is known. */
  finish(action: () => void): void {
    const page = this.lastPage;
    if (this.due !== null) this.close();
    this.whenKnown(page, action);
  }

  private schedule(): void {
    this.due ??= setImmediate(() => this.close());
  }

  private close(): void {
    if (this.due !== null) clearImmediate(this.due);
    this.due = null;
    const page = this.page++;
    this.send({ kind: "report", report: this.take() }, () => this.written(page));
  }

  private written(page: number): void {
    this.known = page;
    while (this.waiting.length > 0 && this.waiting[0]!.page <= page) this.waiting.shift()!.action();
  }

  private take(): Report {
    const workers = [...this.changed].map((record) => this.news(record));
    const report = {
      names: [...this.names.keys()],
      judged: this.judgedNow,
      workers,
      closed: this.closedNow,
      offended: this.offendedNow,
      log: this.logNow,
      leftOut: this.leftOut,
    };
    this.changed.clear();
    this.names.clear();
    this.judgedNow = [];
    this.closedNow = [];
    this.offendedNow = [];
    this.logNow = [];
    this.leftOut = 0;
    return report;
  }

  /** Among the names of the report to come. */
  private place(name: string): number {
    const known = this.names.get(name);
    if (known !== undefined) return known;
    const place = this.names.size;
    this.names.set(name, place);
    return place;
  }

  private news(record: WorkerRecord): WorkerRow {
    const { counts, hashes, name, connections, difficulty, userAgent, coinbase, lastSubmitAt } = record;
    let told = this.told.get(record);
    if (told === undefined) {
      told = { counts: noSubmissions(), hashes: 0 };
      this.told.set(record, told);
    }
    const { counts: before } = told;
    const row: WorkerRow = [
      this.place(name),
      counts.accepted - before.accepted,
      counts.stale - before.stale,
      counts.duplicate - before.duplicate,
      counts.low - before.low,
      counts.invalid - before.invalid,
      hashes - told.hashes,
      connections,
      difficulty,
      userAgent,
      coinbase,
      lastSubmitAt,
    ];
    Object.assign(before, counts);
    told.hashes = hashes;
    return row;
  }
}

/** The workers of one process, each change of which is reported. */
export class ReportedWorkers extends WorkerTable {
  private readonly reports: Reports;

  constructor(options: ConstructorParameters<typeof WorkerTable>[0], reports: Reports) {
    super(options);
    this.reports = reports;
  }

  override changed(record: WorkerRecord): void {
    this.reports.workerChanged(record);
  }
}
