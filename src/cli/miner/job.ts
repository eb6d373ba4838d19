import { concatBytes, hexToBytes } from "../../core/bytes.js";
import { hash256 } from "../../core/hash/index.js";
import { merkleApply } from "../../core/merkle.js";

/** A job as `mining.notify` has it (spec/11 §4.4). */
export interface MinerJob {
  readonly id: string;
  /** 32 bytes, wire order. */
  readonly previousBlock: Uint8Array;
  readonly coinbasePrefix: Uint8Array;
  readonly coinbaseSuffix: Uint8Array;
  readonly merkleBranch: readonly Uint8Array[];
  readonly version: number;
  readonly bits: number;
  readonly time: number;
  readonly clean: boolean;
}

/** @throws RangeError for anything that is no job. */
export function parseNotify(params: readonly unknown[]): MinerJob {
  const text = (index: number): string => {
    const value = params[index];
    if (typeof value !== "string") throw new RangeError(`field ${index} of a job is no text`);
    return value;
  };
  const word = (index: number): number => new DataView(sized(text(index), 4).buffer).getUint32(0);
  const branch = params[4];
  if (!Array.isArray(branch)) throw new RangeError("the merkle branch of a job is no list");
  const previousBlock = sized(text(1), 32);
  for (let i = 0; i < 32; i += 4) previousBlock.subarray(i, i + 4).reverse();
  return {
    id: text(0),
    previousBlock,
    coinbasePrefix: hexToBytes(text(2)),
    coinbaseSuffix: hexToBytes(text(3)),
    merkleBranch: branch.map((hash) => sized(String(hash), 32)),
    version: word(5),
    bits: word(6),
    time: word(7),
    clean: params[8] === true,
  };
}

function sized(hex: string, length: number): Uint8Array {
  const bytes = hexToBytes(hex);
  if (bytes.length !== length) throw new RangeError(`has ${bytes.length} bytes, not ${length}`);
  return bytes;
}

/** The 80 header bytes with nonce 0. */
export function buildHeader(job: MinerJob, extranonce: Uint8Array): Uint8Array {
  const root = merkleApply(hash256(concatBytes(job.coinbasePrefix, extranonce, job.coinbaseSuffix)), job.merkleBranch);
  const header = new Uint8Array(80);
  const view = new DataView(header.buffer);
  view.setUint32(0, job.version, true);
  header.set(job.previousBlock, 4);
  header.set(root, 36);
  view.setUint32(68, job.time, true);
  view.setUint32(72, job.bits, true);
  return header;
}
