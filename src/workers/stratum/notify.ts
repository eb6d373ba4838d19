import { BoundedMap } from "../../core/bounded.js";
import { bitsToHex } from "../../core/compact.js";
import { Slab } from "../../core/slab.js";
import type { Clock } from "../../platform/clock.js";
import type { Job, JobId } from "../../work/job.js";
import { startTime } from "../../work/mined-header.js";
import type { Limits } from "../limits.js";
import type { IssuedJob } from "./issued-jobs.js";

/** One job under one id on the wire. Many connections share it. */
export interface WireJob {
  /** 1 to 8 hex digits, unique in the process. */
  readonly id: string;
  /** The same as a number: later ones are larger, until they begin anew. */
  readonly number: number;
  readonly job: Job;
}

/** A whole line, ready to be written to any number of sockets. */
export class SharedLine {
  readonly wire: WireJob;
  readonly bytes: Buffer;
  readonly madeAtMs: number;
  private last: IssuedJob | null = null;

  constructor(wire: WireJob, bytes: Buffer, madeAtMs: number) {
    this.wire = wire;
    this.bytes = bytes;
    this.madeAtMs = madeAtMs;
  }

  /** The line's job as a connection got it; the last one again if that got it in the same way. */
  issuedWith({ versionMask, isTooLong, atMs, generation, blockGeneration }: Omit<IssuedJob, "wire">): IssuedJob {
    const { last, wire } = this;
    const isSame =
      last !== null &&
      last.atMs === atMs &&
      last.versionMask === versionMask &&
      last.isTooLong === isTooLong &&
      last.generation === generation &&
      last.blockGeneration === blockGeneration;
    if (isSame) return last;
    this.last = { wire, versionMask, isTooLong, atMs, generation, blockGeneration };
    return this.last;
  }
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
  private readonly clock: Pick<Clock, "now">;
  private readonly limits: Limits;
  /** By job, once for each value of `clean`. */
  private readonly lines: {
    readonly clean: BoundedMap<JobId, SharedLine>;
    readonly kept: BoundedMap<JobId, SharedLine>;
  };
  /** What all lines of a job have in common: a part of the first. */
  private readonly fields: BoundedMap<JobId, Buffer>;
  private lastId = 0;
  /** Fields that the jobs of one template share. */
  private readonly block = new LastText(previousBlockField);
  private readonly branch = new LastText((hashes: readonly Uint8Array[]) =>
    hashes.map((hash) => `"${hex(hash)}"`).join(","),
  );
  /** Lines of one event are made together and forgotten together. */
  private readonly slab = new Slab((size) => Buffer.allocUnsafeSlow(size));

  constructor({ clock, limits }: { clock: Pick<Clock, "now">; limits: Limits }) {
    this.clock = clock;
    this.limits = limits;
    const { sharedLines } = limits;
    this.lines = { clean: new BoundedMap(sharedLines), kept: new BoundedMap(sharedLines) };
    this.fields = new BoundedMap(sharedLines);
  }

  /** `known`: what the connection has had. `nowMs`: on the monotonic clock. */
  issue(job: Job, clean: boolean, known: { has(wire: WireJob): boolean }, nowMs: number): SharedLine {
    const lines = clean ? this.lines.clean : this.lines.kept;
    const shared = lines.get(job.id);
    if (shared !== undefined && nowMs - shared.madeAtMs < this.limits.sharedLineAgeMs && !known.has(shared.wire)) {
      return shared;
    }
    const fields = this.fields.get(job.id);
    // The template's own time first, then the clock's: a refreshed job must not fall behind (spec/11 §4.4).
    const time = startTime(job.header, fields === undefined ? 0 : this.clock.now());
    const wire = this.nextWire(job);
    const head = `{"id":null,"method":"mining.notify","params":["${wire.id}",`;
    const tail = `"${hex32(job.header.version)}","${bitsToHex(job.header.bits)}","${hex32(time)}",${clean}]}\n`;
    const made = new SharedLine(wire, this.lineOf(job, head, fields, tail), nowMs);
    lines.set(job.id, made);
    return made;
  }

  /** Lines of superseded jobs are not needed any more; ids go on. */
  forget(): void {
    this.lines.clean.clear();
    this.lines.kept.clear();
    this.fields.clear();
  }

  /** As bytes, outside of what the collector has to move. `known`: the fields, where an earlier line has them. */
  private lineOf(job: Job, head: string, known: Buffer | undefined, tail: string): Buffer {
    if (known !== undefined) {
      const line = this.slab.room(head.length + known.length + tail.length);
      known.copy(line, line.write(head, "latin1"));
      line.write(tail, head.length + known.length, "latin1");
      return line;
    }
    const { coinbase, header, merkleBranch } = job;
    const before = `${head}"${this.block.of(header.previousBlock)}","`;
    const after = `","${hex(coinbase.suffix)}",[${this.branch.of(merkleBranch)}],`;
    const prefix = hex(coinbase.prefix);
    const line = this.slab.room(before.length + prefix.length + after.length + tail.length);
    let at = line.write(before, "latin1");
    at += line.write(prefix, at, "latin1");
    at += line.write(after, at, "latin1");
    line.write(tail, at, "latin1");
    this.fields.set(job.id, line.subarray(head.length, at));
    return line;
  }

  private nextWire(job: Job): WireJob {
    // 2^32 ids last for years at any rate that the limits allow, longer than a job lives.
    this.lastId = this.lastId >= 0xffffffff ? 1 : this.lastId + 1;
    return { id: this.lastId.toString(16), number: this.lastId, job };
  }
}

/** Makes a text once for as long as the same value is asked for. */
class LastText<T> {
  private readonly make: (value: T) => string;
  private last: { readonly value: T; readonly text: string } | null = null;

  constructor(make: (value: T) => string) {
    this.make = make;
  }

  of(value: T): string {
    if (this.last?.value !== value) this.last = { value, text: this.make(value) };
    return this.last.text;
  }
}

/** The platform's own: a generation transaction is long. */
function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}
