import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ZodError } from "zod";
import { bytesToHex, hexToBytes } from "../../../src/core/bytes.js";
import { P2PoolError } from "../../../src/core/errors.js";
import { type Random, seededRandom } from "../../../src/core/random.js";
import { mutated, pick } from "./mutate.js";
import type { FuzzCase, FuzzTarget } from "./target.js";

const MAX_INPUT_BYTES = 16_384;
/** Processor time that one input may take; the least of some runs, as others use the machine too (spec/09 §14, T23). */
const MAX_INPUT_MS = 50;
const RUNS = 4;
/** What may stay of each input once all are gone, and of all together: caches fill up to their bounds. */
const MAX_LEFT_PER_INPUT = 64;
const MAX_LEFT = 32 * 2 ** 20;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

export interface FuzzResult {
  readonly inputs: number;
  /** Refused with a typed error; the others were taken. */
  readonly refused: number;
  readonly finds: readonly FuzzCase[];
  /** Bytes on the heap and outside of it that were there before and after. */
  readonly leftBytes: number;
  /** Most processor time of one input, milliseconds. */
  readonly longestMs: number;
}

/** Inputs for a target until `mayGoOn` says no. The same seed, the same inputs. */
export function fuzz(target: FuzzTarget, seed: number, mayGoOn: (inputs: number) => boolean): FuzzResult {
  const random = seededRandom(seed);
  const finds = new Map<string, FuzzCase>();
  const before = usedBytes();
  let inputs = 0;
  let refused = 0;
  let longestMs = 0;
  for (; mayGoOn(inputs); inputs++) {
    const input = nextInput(target, random);
    const { error, ms } = take(target, input);
    longestMs = Math.max(longestMs, ms);
    if (error === null && ms <= MAX_INPUT_MS) continue;
    const found = problemOf(error) ?? (ms > MAX_INPUT_MS ? tooLong(target, input) : null);
    if (found === null) refused++;
    // One of a kind is enough to begin with.
    else if (!finds.has(kindOf(found)))
      finds.set(kindOf(found), { target: target.name, input: bytesToHex(input), found });
  }
  const leftBytes = usedBytes() - before;
  if (leftBytes > MAX_LEFT + MAX_LEFT_PER_INPUT * inputs) {
    const found = `keeps memory: ${leftBytes} bytes after ${inputs} inputs of seed ${seed}`;
    finds.set(found, { target: target.name, input: "", found });
  }
  return { inputs, refused, finds: [...finds.values()], leftBytes, longestMs };
}

/** What is wrong with how a target takes a case's input; null if nothing is. */
export function replay(target: FuzzTarget, { input }: FuzzCase): string | null {
  const bytes = hexToBytes(input);
  return problemOf(take(target, bytes).error) ?? tooLong(target, bytes);
}

function nextInput(target: FuzzTarget, random: Random): Uint8Array {
  const seed = pick(random, target.seeds);
  const mutate = target.mutate === undefined || random.uniform() < 0.3 ? mutated : target.mutate;
  return mutate(seed, random).subarray(0, Math.max(MAX_INPUT_BYTES, 2 * seed.length));
}

function take(target: FuzzTarget, input: Uint8Array): { readonly error: unknown; readonly ms: number } {
  const cpu = process.cpuUsage();
  let error: unknown = null;
  try {
    target.decode(input.slice());
  } catch (thrown) {
    error = thrown ?? new Error("threw nothing");
  }
  const { user, system } = process.cpuUsage(cpu);
  return { error, ms: (user + system) / 1_000 };
}

function problemOf(error: unknown): string | null {
  if (error === null || error instanceof P2PoolError || error instanceof ZodError) return null;
  return error instanceof Error ? (error.stack ?? error.message).split("\n").slice(0, 4).join("\n") : String(error);
}

/** Collections and compilations happen now and then: what is slow is slow every time. */
function tooLong(target: FuzzTarget, input: Uint8Array): string | null {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < RUNS; i++) least = Math.min(least, take(target, input).ms);
  return least > MAX_INPUT_MS ? `takes ${Math.round(least)} ms of processor time` : null;
}

/** Finds with the same error at the same place are one. */
function kindOf(found: string): string {
  return found.replace(/\d+ ms/, "").replace(/^.*?\n/, (line) => line.slice(0, 30));
}

function usedBytes(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
