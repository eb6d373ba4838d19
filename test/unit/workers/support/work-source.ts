import {
  bigIntToBytesLE,
  bytesToBigIntLE,
  concatBytes,
  hashToHex,
  hexToBytes,
  hexToHash,
} from "../../../../src/core/bytes.js";
import { MAX_256 } from "../../../../src/core/compact.js";
import { hash256, hashMeetsTarget, type PowName, powHash } from "../../../../src/core/hash/index.js";
import { merkleApply } from "../../../../src/core/merkle.js";
import type {
  Job,
  JobId,
  JobRequest,
  Outcome,
  Solution,
  WorkEvent,
  WorkRefusal,
  WorkSource,
} from "../../../../src/work/job.js";

/** The job of spec/11 §9.3. */
export const EXAMPLE = {
  prefix: hexToBytes(
    "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff0d0340d10c082f5032506f6f6c2fffffffff04" +
      "0000000000000000266a24aa21a9ed000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" +
      "80397a12000000001976a914000102030405060708090a0b0c0d0e0f1011121388ac" +
      "27fc380000000000434104ffd03de44a6e11b9917f3a29f9443283d9871c9d743ef30d5eddcd37094b64d1b3d8090496b53256786bf5c82932ec23c3b74d9f05a6f95a8b5529352656664bac" +
      "00000000000000002a6a28aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  ),
  previousBlock: "0000000000000000000320283a032748cef8227873ff4872689bf23f1cda83a5",
  time: 0x662307b7,
} as const;

/** Everything a solution was made of, as the work source rebuilt it. */
export interface Seen {
  readonly solution: Solution;
  readonly header: Uint8Array;
  readonly root: Uint8Array;
  readonly txid: string;
  readonly lastTxoutNonce: bigint;
}

/** Hands out the example job under changing ids, and judges solutions as spec/10 §11 says. */
export class TestWorkSource implements WorkSource {
  readonly listeners = new Set<(event: WorkEvent) => void>();
  readonly seen: Seen[] = [];
  readonly requests: JobRequest[] = [];
  readonly pow: PowName;
  shareTarget = 1n;
  pseudoTarget = MAX_256;
  refused: string | null = null;
  versionMask = 0x1fffe000;
  minTime: number = EXAMPLE.time;
  clean = true;
  coinbasePrefix: Uint8Array = EXAMPLE.prefix;
  /** Called in place of judging, when set. */
  answer: ((solution: Solution) => Outcome | Promise<Outcome>) | null = null;
  private version = 1;
  private readonly jobs = new Map<string, { job: Job; tip: number; headers: Set<string> }>();
  private tip = 0;

  constructor({ pow = "sha256d" }: { pow?: PowName } = {}) {
    this.pow = pow;
  }

  emit(reason: WorkEvent["reason"]): void {
    this.version++;
    if (reason !== "refresh") this.tip++;
    this.clean = reason !== "refresh";
    for (const listener of this.listeners) listener({ reason });
  }

  job(request: JobRequest): Job | WorkRefusal {
    this.requests.push(request);
    if (this.refused !== null) return { refused: this.refused };
    const id = `${request.payee ?? "-"}/${request.shareDifficulty ?? "-"}#${this.version}` as JobId;
    const job: Job = {
      id,
      forAddress: request.payee ?? "fallback",
      coinbase: { prefix: this.coinbasePrefix, suffix: new Uint8Array(4) },
      merkleBranch: [new Uint8Array(32).fill(0x11), new Uint8Array(32).fill(0x22)],
      header: {
        version: 0x20000000,
        versionMask: this.versionMask,
        previousBlock: hexToHash(EXAMPLE.previousBlock),
        bits: 0x17034219,
        time: EXAMPLE.time,
        minTime: this.minTime,
      },
      pseudoTarget: this.pseudoTarget,
      shareTarget: this.shareTarget,
      hardestTarget: this.shareTarget,
      clean: this.clean,
    };
    const known = this.jobs.get(id);
    this.jobs.set(id, { job, tip: known?.tip ?? this.tip, headers: known?.headers ?? new Set() });
    return job;
  }

  submit(solution: Solution): Outcome | Promise<Outcome> {
    const entry = this.jobs.get(solution.job);
    if (entry === undefined) return { kind: "rejected", code: 21, reason: "Job not found" };
    const { headers, job, tip } = entry;
    const coinbase = concatBytes(job.coinbase.prefix, solution.extranonce, job.coinbase.suffix);
    const root = merkleApply(hash256(coinbase), job.merkleBranch);
    const header = new Uint8Array(80);
    const view = new DataView(header.buffer);
    view.setUint32(0, solution.version, true);
    header.set(job.header.previousBlock, 4);
    header.set(root, 36);
    view.setUint32(68, solution.time, true);
    view.setUint32(72, job.header.bits, true);
    view.setUint32(76, solution.nonce, true);
    const lastTxoutNonce = bytesToBigIntLE(solution.extranonce);
    this.seen.push({ solution, header, root, txid: hashToHex(hash256(coinbase)), lastTxoutNonce });
    if (this.answer !== null) return this.answer(solution);
    const hash = hashToHex(hash256(header));
    if (!hashMeetsTarget(powHash(this.pow, header), bigIntToBytesLE(solution.pseudoTarget, 32))) {
      return { kind: "rejected", code: 23, reason: "Low difficulty share" };
    }
    if (headers.has(hash)) return { kind: "rejected", code: 22, reason: "Duplicate share" };
    headers.add(hash);
    return { kind: "pseudo", stale: tip !== this.tip, hash };
  }

  subscribe(listener: (event: WorkEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Addresses of the test begin with 1. */
  checkPayee(payee: string): { ok: true; address: string } | { ok: false; reason: string } {
    return payee.startsWith("1") ? { ok: true, address: payee } : { ok: false, reason: "not an address" };
  }
}
