import { bytesToHex } from "../../core/bytes.js";
import type { PayeeCheck } from "../../work/job.js";
import { parseUsername, type Username } from "../../work/username.js";
import type { CoinbaseLimit } from "../coinbase-limits.js";
import { StratumError } from "../errors.js";
import { TIMERS } from "../limits.js";
import { label } from "../policy.js";
import type { SubmissionCounts, WorkerRecord } from "../worker-table.js";
import type { StratumContext } from "./context.js";
import { extranonceBytes } from "./extranonce.js";
import { JobDesk, type JobOutput } from "./job-desk.js";
import {
  ALWAYS_ANSWERED,
  errorLine,
  notificationLine,
  parseLine,
  resultLine,
  type StratumRequest,
  submitRejectedLine,
} from "./message.js";
import { MinerIdentity } from "./miner-identity.js";
import {
  EXTRANONCE2_SIZE,
  parseAuthorize,
  parseConfigure,
  parseSuggestedDifficulty,
  parseSuggestedTarget,
} from "./params.js";
import { Submissions } from "./submission.js";
import { WorkerNames } from "./worker-names.js";

/** Spec/11 §4.1. Nothing but replies is written before `subscribed`. */
type State = "connected" | "subscribed" | "authorized";

/** A user name and password as they were sent. */
interface GivenName {
  readonly wanted: ReturnType<typeof parseAuthorize>;
  readonly username: Username;
  readonly isText: boolean;
}

/** Who a connection works for: the last successful authorize. */
interface Login {
  readonly record: WorkerRecord;
  /** Whether the user name's payee can be paid now; else the fallback payee is. */
  readonly isPayable: boolean;
}

/**
 * One miner's dialogue: lines in, lines out (spec/11 §4.2). Knows nothing of sockets. No line makes it throw; failures of
 * our own are logged and answered.
 */
export class Session {
  private readonly context: StratumContext;
  private readonly output: JobOutput;
  private readonly submissions: Submissions;
  private readonly sessionId: string;
  private readonly extranonce1: Uint8Array;
  private readonly names: WorkerNames;
  private readonly unknownMethods = new Set<string>();
  private state: State = "connected";
  /** When it was connected, or then subscribed, on the monotonic clock. */
  private sinceMs: number;
  private login: Login | null = null;
  private malformed = 0;
  private isOver = false;
  private shownFallback = false;
  private sendsFallbackJobs = false;
  readonly desk: JobDesk;
  readonly identity: MinerIdentity;

  constructor(options: { context: StratumContext; output: JobOutput; extranonce1: number; sessionId: string }) {
    this.context = options.context;
    this.extranonce1 = extranonceBytes(options.extranonce1);
    this.sessionId = options.sessionId;
    this.output = options.output;
    this.names = new WorkerNames(options.context);
    this.identity = new MinerIdentity({
      context: options.context,
      send: (line) => options.output.send(line),
      onUserAgent: (userAgent) => {
        this.desk.setUserAgent(userAgent);
        if (this.login !== null) this.login.record.userAgent = userAgent;
      },
    });
    this.desk = new JobDesk({ context: options.context, output: this.output });
    this.submissions = new Submissions({
      context: options.context,
      output: this.output,
      desk: this.desk,
      extranonce1: this.extranonce1,
    });
    this.sinceMs = options.context.clock.monotonicMs();
  }

  get counts(): Readonly<SubmissionCounts> {
    return this.submissions.counts;
  }

  /** Of this connection alone: expected hashes of its valid work, and when the last of it came, seconds since 1970. */
  get work(): { readonly hashes: number; readonly lastSubmitAt: number | null } {
    return this.submissions;
  }

  get worker(): string | null {
    return this.login?.record.name ?? null;
  }

  get isPayable(): boolean | null {
    return this.login?.isPayable ?? null;
  }

  get isAuthorized(): boolean {
    return this.state === "authorized";
  }

  /** The node stops. */
  farewell(): void {
    if (this.state !== "connected") this.output.send(notificationLine("client.reconnect", "[]"));
  }

  /** The connection is gone. */
  stop(): void {
    this.isOver = true;
    this.desk.stop();
    this.submissions.stop();
    this.names.close();
  }

  /** Resolves, and never rejects, when the answer was given, where that takes long: the next line is to come after it. */
  handleLine(line: string): Promise<void> | undefined {
    if (line.trim() === "") return undefined;
    const message = parseLine(line, this.context.limits);
    if (message.kind === "malformed") {
      this.handleMalformed(message.binary);
      return undefined;
    }
    this.malformed = 0;
    if (message.kind === "response") this.identity.answered(message.id, message.result);
    if (message.kind === "request") return this.handleRequest(message);
    if (message.kind === "invalid" && !message.silent) {
      this.output.send(errorLine(message.id, -32600, "Invalid request"));
    }
    return undefined;
  }

  private handleRequest(request: StratumRequest): Promise<void> | undefined {
    const handler = HANDLERS.get(request.method);
    if (handler === undefined) {
      this.handleUnknown(request);
      return undefined;
    }
    try {
      return handler(this, request)?.catch((error: unknown) => this.failed(request, error));
    } catch (error) {
      this.failed(request, error);
      return undefined;
    }
  }

  private failed(request: StratumRequest, error: unknown): void {
    if (!(error instanceof StratumError)) {
      this.context.log.error({ err: error, method: request.method }, "a miner's request failed");
    }
    this.refuse(request, error instanceof StratumError ? error : new StratumError(20, "Internal error"));
  }

  /** Reads what `workChanged` needs; the number means nothing. */
  warm(): number {
    return this.desk.warm() + (this.isReadyForJobs ? 1 : 0);
  }

  /** New work, at `nowMs` on the monotonic clock. */
  workChanged(nowMs: number): void {
    if (this.isReadyForJobs) this.desk.send("event", nowMs);
  }

  jobTooLong(size: number, limit: CoinbaseLimit): void {
    this.identity.jobTooLong(size, limit, this.login?.record ?? null);
  }

  /** Looks at the deadlines (spec/11 §4.10). */
  sweep(nowMs: number): "refresh" | "nothing" {
    const { login, sinceMs, state } = this;
    if (login !== null && login.record.difficulty === null && this.desk.difficulty !== null) {
      login.record.difficulty = this.desk.difficulty;
      this.context.workers.changed(login.record);
    }
    if (state === "connected") {
      if (nowMs - sinceMs >= TIMERS.subscribe) this.output.close("not subscribed");
      return "nothing";
    }
    if (this.isAuthorized && this.desk.difficulty !== null) this.identity.ask(nowMs);
    if (state === "subscribed") {
      if (nowMs - sinceMs >= TIMERS.authorize) this.output.close("not authorized");
      if (!this.isReadyForJobs) {
        const isDue = nowMs - sinceMs >= TIMERS.unauthorizedJob;
        if (!isDue || this.context.policy.invalidPayee === "reject") return "nothing";
        this.sendsFallbackJobs = true;
        return "refresh";
      }
    }
    return this.desk.sweep(nowMs) ? "refresh" : "nothing";
  }

  private get isReadyForJobs(): boolean {
    return this.state === "authorized" || this.sendsFallbackJobs;
  }

  /** Answered once in a row, so that a confused client is not confused further (spec/11 §7 rows 1, 2, 12). */
  private handleMalformed(binary: boolean): void {
    this.malformed++;
    if (this.malformed === 1) this.output.send(errorLine("null", -32700, "Parse error"));
    if (binary || this.malformed >= this.context.limits.malformedInARow) this.output.close("malformed input");
  }

  private handleUnknown(request: StratumRequest): void {
    if (this.unknownMethods.size < 16 && !this.unknownMethods.has(request.method)) {
      this.unknownMethods.add(request.method);
      this.context.log.debug({ method: label(request.method, this.context.limits.labelLength) }, "unknown method");
    }
    if (request.id !== "null") this.output.send(errorLine(request.id, -3, "Method not found"));
  }

  private refuse(request: StratumRequest, error: StratumError): void {
    const { reply } = error.data;
    if (request.method === "mining.submit") this.output.send(submitRejectedLine(request.id, reply, error.message));
    else if (request.method === "mining.authorize") {
      this.output.send(errorLine(request.id, reply, error.message, "false"));
    } else this.answer(request, null, errorLine(request.id, reply, error.message));
  }

  /** `result` is JSON text; without one, `line` is sent. */
  private answer(request: StratumRequest, result: string | null, line?: string): void {
    if (request.id === "null" && !ALWAYS_ANSWERED.has(request.method)) return;
    this.output.send(line ?? resultLine(request.id, result ?? "null"));
  }

  configure(request: StratumRequest): void {
    const wanted = parseConfigure(request.params);
    const result = new Map<string, boolean | string>();
    for (const name of wanted.names) {
      if (name === "version-rolling") {
        const mask = wanted.versionMask === null ? 0 : this.desk.negotiateMask(wanted.versionMask);
        result.set(name, mask !== 0);
        if (mask !== 0) result.set("version-rolling.mask", mask.toString(16).padStart(8, "0"));
      } else if (name === "minimum-difficulty") {
        result.set(name, wanted.minimumDifficulty !== null);
        if (wanted.minimumDifficulty !== null) this.desk.setMinimum(wanted.minimumDifficulty);
      } else if (name === "subscribe-extranonce") {
        // Nothing to remember: the extranonce of a connection never changes.
        result.set(name, true);
      } else if (name === "info") {
        this.identity.setDevice(wanted.device);
        result.set(name, true);
      } else {
        result.set(name, false);
      }
    }
    const members = [...result].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
    this.output.send(resultLine(request.id, `{${members.join(",")}}`));
  }

  subscribe(request: StratumRequest): void {
    const [userAgent] = request.params;
    if (typeof userAgent === "string") this.identity.setUserAgent(userAgent);
    const id = this.sessionId;
    const subscriptions = `[["mining.set_difficulty","${id}"],["mining.notify","${id}"]]`;
    this.output.send(
      resultLine(request.id, `[${subscriptions},"${bytesToHex(this.extranonce1)}",${EXTRANONCE2_SIZE}]`),
    );
    if (this.state !== "connected") {
      this.desk.forgetSent();
      if (this.isReadyForJobs) this.desk.sendOwn();
    } else if (this.login !== null) {
      // Authorised before it subscribed: unusual, and no reason to fail.
      this.state = "authorized";
      this.desk.sendOwn();
    } else {
      this.state = "subscribed";
      this.sinceMs = this.context.clock.monotonicMs();
    }
  }

  authorize(request: StratumRequest): Promise<void> | undefined {
    const { limits, workSource } = this.context;
    const wanted = parseAuthorize(request.params, limits.usernameLength);
    const username = parseUsername(wanted.username);
    const isText = !wanted.username.includes("\ufffd");
    const check = isText ? workSource.checkPayee(username.payee) : ({ ok: false, reason: "not UTF-8" } as const);
    const given = { wanted, username, isText };
    if (check instanceof Promise) return check.then((later) => this.checked(request, given, later));
    this.checked(request, given, check);
    return undefined;
  }

  private checked(request: StratumRequest, { wanted, username, isText }: GivenName, check: PayeeCheck): void {
    if (this.isOver) return;
    const { clock, limits, log, policy } = this.context;
    if (!check.ok && policy.invalidPayee === "reject") throw new StratumError(24, check.reason);
    const name = label(username.canonical, limits.labelLength);
    const record = this.names.open(wanted.username, name, this.login?.record ?? null);
    const lastDifficulty = this.login === null ? record.difficulty : null;
    if (this.identity.userAgent !== null) record.userAgent = this.identity.userAgent;
    if (this.login === null)
      log.info({ worker: name, userAgent: this.identity.userAgent, isPayable: check.ok }, "miner");
    this.login = { record, isPayable: check.ok };
    const shareDifficulty = username.shareDifficulty ?? wanted.shareDifficulty;
    const payee = isText ? username.payee : null;
    this.desk.setWish({
      request: this.context.requests.of(`${shareDifficulty} ${payee}`, { payee, shareDifficulty }),
      fixedDifficulty: username.pseudoDifficulty,
      startDifficulty: wanted.pseudoDifficulty,
      lastDifficulty,
    });
    this.output.send(resultLine(request.id, "true"));
    if (this.state === "connected") return;
    this.state = "authorized";
    if (!check.ok && !this.shownFallback) {
      this.shownFallback = true;
      const text = `Mining for the node's own address: ${check.reason}`.slice(0, 200);
      this.output.send(notificationLine("client.show_message", JSON.stringify([text])));
    }
    record.lastSeenMs = clock.monotonicMs();
    this.desk.sendOwn();
  }

  submit(request: StratumRequest): Promise<void> | undefined {
    if (this.state === "connected") throw new StratumError(25, "Not subscribed");
    if (this.login === null && this.context.policy.invalidPayee === "reject") {
      throw new StratumError(24, "Unauthorized worker");
    }
    return this.submissions.handle(request, (name) => this.names.get(name) ?? this.login?.record ?? null);
  }

  suggest(request: StratumRequest, difficulty: number): void {
    this.desk.suggest(difficulty);
    this.answer(request, "true");
  }

  suggestDifficulty(request: StratumRequest): void {
    this.suggest(request, parseSuggestedDifficulty(request.params) / this.context.policy.dumbScryptDifficulty);
  }

  answerTo(request: StratumRequest, result: string): void {
    this.answer(request, result);
  }
}

type Handler = (session: Session, request: StratumRequest) => Promise<void> | undefined | void;

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["mining.configure", (session, request) => session.configure(request)],
  ["mining.subscribe", (session, request) => session.subscribe(request)],
  ["mining.authorize", (session, request) => session.authorize(request)],
  ["mining.submit", (session, request) => session.submit(request)],
  ["mining.suggest_difficulty", (session, request) => session.suggestDifficulty(request)],
  ["mining.suggest_target", (session, request) => session.suggest(request, parseSuggestedTarget(request.params))],
  ["mining.extranonce.subscribe", (session, request) => session.answerTo(request, "true")],
  [
    "mining.get_transactions",
    () => {
      throw new StratumError(20, "Not supported.");
    },
  ],
  ["mining.ping", (session, request) => session.answerTo(request, '"pong"')],
  // How some firmware answers our ping.
  ["pong", () => {}],
]);
