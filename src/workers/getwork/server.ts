import { hash } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { TLSSocket } from "node:tls";
import { type Clock, sleep } from "../../platform/clock.js";
import type { Logger } from "../../platform/log.js";
import { addressOf } from "../../platform/socket-address.js";
import type { WorkEvent, WorkSource } from "../../work/job.js";
import { parseUsername } from "../../work/username.js";
import { Bans } from "../bans.js";
import { LIMITS, type Limits, TIMERS } from "../limits.js";
import { label, type MinerPolicy, policyOf } from "../policy.js";
import { type IdText, parseLine, type StratumRequest } from "../stratum/message.js";
import type { WorkerTable } from "../worker-table.js";
import { type Caller, GetworkDesk } from "./desk.js";
import { Guests } from "./guests.js";
import { LongPolls } from "./long-polls.js";
import { errorReply, GetworkError, readBody, resultReply, sendJson } from "./reply.js";

export interface GetworkServerOptions extends Partial<MinerPolicy> {
  readonly workSource: WorkSource;
  readonly clock: Clock;
  readonly log: Logger;
  /** Shared with Stratum, so that a miner's figures do not depend on how it speaks. */
  readonly workers: WorkerTable;
  readonly limits?: Limits;
  /** Shared with Stratum and the port; one of its own by default. */
  readonly bans?: Bans;
  /** False: there is no such method; miners may still follow `X-Stratum` (`--no-getwork`). */
  readonly enabled?: boolean;
}

const LONG_POLL_PATH = "/long-polling";
const WORK_PATH = "/";
/** Its buffer holds no longer answers (spec/11 §3.3). */
const SHORT_ANSWERS_FOR = "Jephis PIC Miner";
const GET_BODY = '{"id":0,"method":"getwork"}';

/**
 * getwork over HTTP (spec/11 §3): work at `POST /`, long polling at `/long-polling`. Between `start` and `stop` it follows
 * the work source; whoever waits when it stops is not answered, as its socket is about to be closed.
 */
export class GetworkServer {
  private readonly options: GetworkServerOptions;
  private readonly limits: Limits;
  private readonly desk: GetworkDesk;
  private readonly longPolls: LongPolls;
  private readonly guests: Guests;
  private unsubscribe: (() => void) | null = null;
  private waking: NodeJS.Immediate | null = null;
  private workEvent = 0;

  constructor(options: GetworkServerOptions) {
    this.options = options;
    const { clock, log, workers, workSource } = options;
    this.limits = options.limits ?? LIMITS;
    this.desk = new GetworkDesk({ clock, workers, workSource, policy: policyOf(options), limits: this.limits });
    this.longPolls = new LongPolls({ clock, limits: this.limits });
    const bans = options.bans ?? new Bans(this.limits);
    this.guests = new Guests({ bans, clock, limits: this.limits, log });
  }

  start(): void {
    this.unsubscribe = this.options.workSource.subscribe((event) => this.workChanged(event));
  }

  stop(): void {
    this.unsubscribe?.();
    this.unsubscribe = null;
    if (this.waking !== null) clearImmediate(this.waking);
    this.longPolls.stop();
  }

  /** Answers what is getwork's and hands everything else on: the seam between miners and pages on one port. */
  before(pages: RequestListener): RequestListener {
    return (request, response) => {
      const path = (request.url ?? "").split("?", 1)[0];
      const isLongPoll = path === LONG_POLL_PATH && (request.method === "GET" || request.method === "POST");
      const isWork = path === WORK_PATH && request.method === "POST";
      if (isLongPoll || isWork) void this.serve(request, response, isLongPoll);
      else pages(request, response);
    };
  }

  private workChanged({ reason }: WorkEvent): void {
    this.workEvent++;
    if (reason !== "refresh") this.desk.tipChanged();
    // In a turn of its own, so that several events at once become one answer.
    this.waking ??= setImmediate(() => {
      this.waking = null;
      this.longPolls.wakeAll();
    });
  }

  /** Never rejects: nothing a miner sends may end the process. */
  private async serve(request: IncomingMessage, response: ServerResponse, isLongPoll: boolean): Promise<void> {
    const { host } = request.headers;
    response.setHeader("X-Long-Polling", LONG_POLL_PATH);
    response.setHeader("X-Roll-NTime", `expire=${TIMERS.rollTime / 1000}`);
    response.setHeader("X-Is-P2Pool", "true");
    const scheme = request.socket instanceof TLSSocket ? "stratum+ssl" : "stratum+tcp";
    if (host !== undefined) response.setHeader("X-Stratum", `${scheme}://${host}`);
    let id: IdText = "null";
    try {
      const body = request.method === "GET" ? GET_BODY : await readBody(request);
      if (body === null) return;
      const verdict = this.guests.request(request.socket);
      if (verdict === "close") return;
      if (verdict === "pause") await sleep(this.options.clock, this.limits.overloadPauseMs);
      const call = this.parse(body);
      if (call.kind === "invalid") id = call.id;
      if (call.kind !== "request") throw new GetworkError(-32600, "Invalid Request");
      id = call.id;
      await this.answer(call, request, response, isLongPoll);
    } catch (error) {
      if (!(error instanceof GetworkError)) {
        const remoteAddress = addressOf(request.socket);
        this.options.log.error({ err: error, remoteAddress }, "a getwork request failed");
      }
      sendJson(
        response,
        errorReply(id, error instanceof GetworkError ? error : new GetworkError(-32099, "Unknown error")),
      );
    }
  }

  private parse(body: string): Exclude<ReturnType<typeof parseLine>, { kind: "malformed" }> {
    const call = parseLine(body, this.limits);
    if (call.kind === "malformed") throw new GetworkError(-32700, "Parse error");
    return call;
  }

  private async answer(
    call: StratumRequest,
    request: IncomingMessage,
    response: ServerResponse,
    isLongPoll: boolean,
  ): Promise<void> {
    if (call.method !== "getwork" || this.options.enabled === false) throw new GetworkError(-32601, "Method not found");
    const [data] = call.params;
    if (data !== undefined && data !== null) {
      const rejected = await this.desk.submit(data);
      if (rejected !== null) response.setHeader("X-Reject-Reason", rejected);
      if (this.guests.judged(request.socket, rejected)) response.setHeader("Connection", "close");
      sendJson(response, resultReply(call.id, String(rejected === null), rejected));
      return;
    }
    const caller = this.callerOf(request);
    const key = clientKey(request);
    if (isLongPoll && this.longPolls.mustWait(key, this.workEvent) && !(await this.waitFor(caller, response))) return;
    const work = await this.desk.give(caller);
    this.longPolls.answered(key, this.workEvent);
    const isShort = request.headers["user-agent"] === SHORT_ANSWERS_FOR;
    const more = isShort ? {} : { identifier: String(this.workEvent), submitold: true };
    sendJson(response, resultReply(call.id, JSON.stringify({ ...work, ...more })));
  }

  /** False if the client went away meanwhile. It counts as connected while it waits. */
  private async waitFor({ name }: Caller, response: ServerResponse): Promise<boolean> {
    const record = this.options.workers.open(name, this.options.clock.monotonicMs());
    record.connections++;
    const isDue = await this.longPolls.next((leave) => response.once("close", leave));
    record.connections--;
    record.lastSeenMs = this.options.clock.monotonicMs();
    return isDue && !response.destroyed;
  }

  private callerOf({ headers }: IncomingMessage): Caller {
    const text = basicUser(headers.authorization);
    if (text.length > this.limits.usernameLength) throw new GetworkError(-32602, "user name too long");
    const username = parseUsername(text);
    const claimed = Number(headers["x-mining-hashrate"] ?? Number.NaN);
    const userAgent = headers["user-agent"];
    return {
      username,
      name: label(username.canonical, this.limits.labelLength),
      userAgent: userAgent === undefined ? null : label(userAgent, this.limits.labelLength),
      hashRate: claimed >= 1 && claimed <= 1e24 ? claimed : null,
    };
  }
}

/** User of HTTP Basic authentication; empty without one. The password is ignored (spec/11 §3.1). */
function basicUser(authorization: string | undefined): string {
  const encoded = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return "";
  return Buffer.from(encoded, "base64").toString("utf8").split(":", 1)[0] ?? "";
}

/** Clients are told apart by address, login and program (spec/11 §3.5); hashed, so that it is small whatever was sent. */
function clientKey({ headers, socket }: IncomingMessage): string {
  const parts = [addressOf(socket), headers.authorization ?? "", headers["user-agent"] ?? ""];
  return hash("sha256", parts.join("\n"), "base64");
}
