import { bitsToHex } from "../../core/compact.js";
import type { Job, JobId } from "../../work/job.js";
import { startTime } from "../../work/mined-header.js";
import type { Limits } from "../limits.js";

/** One job under one id on the wire. Many connections share it. */
export interface WireJob {
  /** 1 to 8 hex digits, unique in the process. */
  readonly id: string;
  /** The same as a number: later ones are larger, until they begin anew. */
  readonly number: number;
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
  for (let word = 0; word < 32; word += 4) field += hex(previousBlock.slice(word, word + 4).reverse());
  return field;
}

/**
 * Makes notify lines, each once for all connections that can take it: building one costs more than writing it. A new one is
 * made if a connection already knows the id (some devices ignore an id they have seen), if the other value of `clean` is
 * needed or if the time in it is old.
 */
export class NotifyLines {
  private readonly limits: Limits;
  /** By job, once for each value of `clean`. */
  private readonly lines = { clean: new Map<JobId, SharedLine>(), kept: new Map<JobId, SharedLine>() };
  private readonly fields = new Map<JobId, string>();
  private lastId = 0;

  constructor({ limits }: { limits: Limits }) {
    this.limits = limits;
  }

  /** `known`: what the connection has had. `now` in seconds. */
  issue(job: Job, clean: boolean, known: { has(wire: WireJob): boolean }, now: number, nowMs: number): Issue {
    const lines = clean ? this.lines.clean : this.lines.kept;
    const shared = lines.get(job.id);
    if (shared !== undefined && nowMs - shared.madeAtMs < this.limits.sharedLineAgeMs && !known.has(shared.wire)) {
      return shared;
    }
    const first = !this.fields.has(job.id);
    // The template's own time first, then the clock's: a refreshed job must not fall behind (spec/11 §4.4).
    const time = startTime(job.header, first ? 0 : now);
    const wire = this.nextWire(job);
    const tail = `"${hex32(job.header.version)}","${bitsToHex(job.header.bits)}","${hex32(time)}",${clean}]}\n`;
    const line = Buffer.from(
      `{"id":null,"method":"mining.notify","params":["${wire.id}",${this.jobFields(job)},${tail}`,
      "latin1",
    );
    const issue: SharedLine = { wire, line, madeAtMs: nowMs };
    lines.delete(job.id);
    lines.set(job.id, issue);
    if (lines.size > this.limits.sharedLines) lines.delete(lines.keys().next().value!);
    return issue;
  }

  /** Lines of superseded jobs are not needed any more; ids go on. */
  forget(): void {
    this.lines.clean.clear();
    this.lines.kept.clear();
    this.fields.clear();
  }

  private jobFields(job: Job): string {
    const known = this.fields.get(job.id);
    if (known !== undefined) return known;
    const { coinbase, header, merkleBranch } = job;
    const branch = merkleBranch.map((hash) => `"${hex(hash)}"`).join(",");
    const fields = `"${previousBlockField(header.previousBlock)}","${hex(coinbase.prefix)}","${hex(coinbase.suffix)}",[${branch}]`;
    this.fields.set(job.id, fields);
    if (this.fields.size > this.limits.sharedLines) this.fields.delete(this.fields.keys().next().value!);
    return fields;
  }

  private nextWire(job: Job): WireJob {
    // 2^32 ids last for years at any rate that the limits allow, longer than a job lives.
    this.lastId = this.lastId >= 0xffffffff ? 1 : this.lastId + 1;
    return { id: this.lastId.toString(16), number: this.lastId, job };
  }
}

/** The platform's own: a generation transaction is long. */
function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}
