import { bytesToHex } from "../../core/bytes.js";
import { bitsToHex } from "../../core/compact.js";
import type { Job, JobId } from "../../work/job.js";
import type { Limits } from "../limits.js";

/** One job under one id on the wire. Many connections share it. */
export interface WireJob {
  /** 1 to 8 hex digits, unique in the process. */
  readonly id: string;
  readonly job: Job;
}

export interface Issue {
  readonly wire: WireJob;
  /** The whole line, ready to be written to any number of sockets. */
  readonly line: Buffer;
}

interface SharedLine extends Issue {
  readonly madeAtMs: number;
}

/** The previous block in field 1: wire bytes with every 4-byte word reversed (spec/11 §4.4, §9.1). */
export function previousBlockField(previousBlock: Uint8Array): string {
  let field = "";
  for (let word = 0; word < 32; word += 4) field += bytesToHex(previousBlock.slice(word, word + 4).reverse());
  return field;
}

/**
 * Makes notify lines, each once for all connections that can take it: building one costs more than writing it. A new one is
 * made if a connection already knows the id (some devices ignore an id they have seen), if the other value of `clean` is
 * needed or if the time in it is old.
 */
export class NotifyLines {
  private readonly limits: Limits;
  private readonly lines = new Map<string, SharedLine>();
  private readonly fields = new Map<JobId, string>();
  private lastId = 0;

  constructor({ limits }: { limits: Limits }) {
    this.limits = limits;
  }

  /** `known`: ids that the connection has had. `now` in seconds. */
  issue(job: Job, clean: boolean, known: { has(id: string): boolean }, now: number, nowMs: number): Issue {
    const key = `${clean ? "c" : "k"}${job.id}`;
    const shared = this.lines.get(key);
    if (shared !== undefined && nowMs - shared.madeAtMs < this.limits.sharedLineAgeMs && !known.has(shared.wire.id)) {
      return shared;
    }
    const first = !this.fields.has(job.id);
    // The template's own time first, then the clock's: a refreshed job must not fall behind (spec/11 §4.4).
    const time = Math.max(job.header.time, job.header.minTime, first ? 0 : Math.floor(now));
    const wire: WireJob = { id: this.nextId(), job };
    const tail = `"${hex32(job.header.version)}","${bitsToHex(job.header.bits)}","${hex32(time)}",${clean}]}\n`;
    const line = Buffer.from(
      `{"id":null,"method":"mining.notify","params":["${wire.id}",${this.jobFields(job)},${tail}`,
      "latin1",
    );
    const issue: SharedLine = { wire, line, madeAtMs: nowMs };
    this.lines.delete(key);
    this.lines.set(key, issue);
    if (this.lines.size > this.limits.sharedLines) this.lines.delete(this.lines.keys().next().value!);
    return issue;
  }

  /** Lines of superseded jobs are not needed any more; ids go on. */
  forget(): void {
    this.lines.clear();
    this.fields.clear();
  }

  private jobFields(job: Job): string {
    const known = this.fields.get(job.id);
    if (known !== undefined) return known;
    const { coinbase, header, merkleBranch } = job;
    const branch = merkleBranch.map((hash) => `"${bytesToHex(hash)}"`).join(",");
    const fields =
      `"${previousBlockField(header.previousBlock)}","${bytesToHex(coinbase.prefix)}",` +
      `"${bytesToHex(coinbase.suffix)}",[${branch}]`;
    this.fields.set(job.id, fields);
    if (this.fields.size > this.limits.sharedLines) this.fields.delete(this.fields.keys().next().value!);
    return fields;
  }

  private nextId(): string {
    // 2^32 ids last for years at any rate that the limits allow, longer than a job lives.
    this.lastId = this.lastId >= 0xffffffff ? 1 : this.lastId + 1;
    return this.lastId.toString(16);
  }
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}
