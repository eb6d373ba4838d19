import { bytesToHex } from "../../core/bytes.js";
import type { Job } from "../../work/job.js";

/** What went out in one answer: everything that its solution is judged by. */
export interface HandedOut {
  readonly job: Job;
  readonly extranonce: Uint8Array;
  readonly time: number;
  /** Solutions are judged at the target that was sent, not at what holds now (spec/11 §3.4). */
  readonly target: bigint;
  readonly worker: string;
}

/** The table's bounds: the oldest is forgotten at both. */
export interface HandedOutLimits {
  readonly getworkAnswers: number;
  readonly jobAgeMs: number;
}

/** Answers by their merkle root, which no two of them share (spec/11 §3.3). */
export class HandedOutTable {
  private readonly limits: HandedOutLimits;
  private readonly entries = new Map<string, { readonly handedOut: HandedOut; usedMs: number }>();

  constructor(limits: HandedOutLimits) {
    this.limits = limits;
  }

  add(merkleRoot: Uint8Array, handedOut: HandedOut, nowMs: number): void {
    this.expire(nowMs);
    if (this.entries.size >= this.limits.getworkAnswers) this.entries.delete(this.entries.keys().next().value!);
    this.entries.set(bytesToHex(merkleRoot), { handedOut, usedMs: nowMs });
  }

  find(merkleRoot: Uint8Array, nowMs: number): HandedOut | undefined {
    this.expire(nowMs);
    const key = bytesToHex(merkleRoot);
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    // Order is order of use.
    entry.usedMs = nowMs;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.handedOut;
  }

  private expire(nowMs: number): void {
    for (const [key, { usedMs }] of this.entries) {
      if (nowMs - usedMs <= this.limits.jobAgeMs) return;
      this.entries.delete(key);
    }
  }
}
