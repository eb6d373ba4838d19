import { type CoinbaseLimit, jobTooLong } from "../coinbase-limits.js";
import { TIMERS } from "../limits.js";
import { label } from "../policy.js";
import type { WorkerRecord } from "../worker-table.js";
import type { StratumContext } from "./context.js";

/** Answers with this id are to `client.get_version`; pings have another. */
const VERSION_QUESTION_ID = 2;

/** What a miner says it is, and what is known of such miners. */
export class MinerIdentity {
  private readonly context: StratumContext;
  private readonly send: (line: string) => void;
  private readonly onUserAgent: (userAgent: string) => void;
  private atWorkSinceMs: number | null = null;
  private isAsked = false;
  private isLengthLogged = false;
  userAgent: string | null = null;
  /** Hardware and software by `mining.configure`. */
  device: string | null = null;

  constructor(options: {
    context: StratumContext;
    send: (line: string) => void;
    onUserAgent: (userAgent: string) => void;
  }) {
    this.context = options.context;
    this.send = options.send;
    this.onUserAgent = options.onUserAgent;
  }

  setUserAgent(text: string): void {
    this.userAgent = label(text, this.context.limits.labelLength);
    this.onUserAgent(this.userAgent);
  }

  setDevice(text: string): void {
    this.device = label(text, this.context.limits.labelLength);
  }

  /** Asks a miner that has not said what it is; once, and not before it is at work: nobody waits for a reply then. */
  ask(nowMs: number): void {
    if (this.userAgent !== null || this.isAsked) return;
    this.atWorkSinceMs ??= nowMs;
    if (nowMs - this.atWorkSinceMs < TIMERS.askVersion) return;
    this.isAsked = true;
    this.send(`{"id":${VERSION_QUESTION_ID},"method":"client.get_version","params":[]}\n`);
  }

  /** An answer to something that we asked. */
  answered(id: unknown, result: unknown): void {
    const isExpected = this.isAsked && id === VERSION_QUESTION_ID && this.userAgent === null;
    if (isExpected && typeof result === "string") this.setUserAgent(result);
  }

  /** A job was sent that is too long for it: its hashes fit nothing. The operator is told once for a connection. */
  jobTooLong(size: number, limit: CoinbaseLimit, record: WorkerRecord | null): void {
    if (record !== null) record.coinbase = jobTooLong(record.coinbase, limit, size);
    if (this.isLengthLogged) return;
    this.isLengthLogged = true;
    const { bytes, device } = limit;
    const { userAgent } = this;
    this.context.log.warn(
      { worker: record?.name ?? null, userAgent, size, limit: bytes },
      `a generation transaction of ${size} bytes is too long for ${device}, which takes ${bytes}: its work may be lost`,
    );
  }
}
