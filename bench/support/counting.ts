import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { Socket } from "node:net";
import { Deque } from "../../src/core/deque.js";
import { Sha256 } from "../../src/core/hash/index.js";
import { TrackedShare } from "../../src/sharechain/share-node.js";
import { CallCounter, type CalledFunction } from "./call-counts.js";

/** What some work did, by kind: whole numbers that are the same on every machine and in every run. */
export type Counts = Readonly<Record<string, number>>;

type Functions = Record<string, (...args: unknown[]) => unknown>;

const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array.prototype) as Functions;
const asFunctions = (prototype: object): Functions => prototype as Functions;
const one = (): number => 1;
const bytesOf =
  (argument: number) =>
  (args: readonly unknown[]): number =>
    (args[argument] as Uint8Array).length;

/** Whose calls are counted under which name: once each, or by what `amount` says of the arguments. */
const COUNTED: readonly (readonly [
  name: string,
  of: Functions,
  methods: readonly string[],
  amount: (args: readonly unknown[]) => number,
])[] = [
  ["native hashes", asFunctions(crypto), ["hash"], one],
  ["bytes hashed natively", asFunctions(crypto), ["hash"], bytesOf(1)],
  ["bytes hashed by our own loops", asFunctions(Sha256.prototype), ["update"], bytesOf(0)],
  ["steps of windows and queues", asFunctions(Deque.prototype), ["popBack", "popFront", "pushBack", "pushFront"], one],
  ["calls of maps", asFunctions(Map.prototype), ["delete", "get", "has", "set"], one],
  ["views and copies of bytes", TYPED_ARRAY, ["set", "slice", "subarray"], one],
  ["texts made of bytes", asFunctions(TextDecoder.prototype), ["decode"], one],
  ["buffers made", Buffer as unknown as Functions, ["alloc", "allocUnsafe", "allocUnsafeSlow", "concat", "from"], one],
  ["texts written into buffers or read from them", asFunctions(Buffer.prototype), ["toString", "write"], one],
  ["writes to sockets", asFunctions(Socket.prototype), ["write"], one],
  ["of them texts", asFunctions(Socket.prototype), ["write"], ([chunk]) => (typeof chunk === "string" ? 1 : 0)],
  ["bytes written", asFunctions(Socket.prototype), ["write"], ([chunk]) => Buffer.byteLength(chunk as string | Buffer)],
];

/** Those of the program's own functions whose calls are counted under which name. */
const CALLED: readonly (readonly [name: string, isCounted: (called: CalledFunction) => boolean])[] = [
  // Every block of 64 bytes that our own SHA-256 takes in ends there, whoever hashes.
  ["compressions of our own", ({ file, name }) => file === "core/hash/sha256" && name === "rounds"],
  ["objects of classes made", ({ name }) => /^[A-Z]/.test(name)],
];

/**
 * Counts what some work does. Meanwhile the counted functions of the whole process are others: nothing else may be going on in it.
 */
export async function countCalls(action: () => void | Promise<void>): Promise<Counts> {
  const counts: Record<string, number> = {};
  const undo: (() => void)[] = [];
  for (const [name, of, methods, amount] of COUNTED) {
    counts[name] = 0;
    for (const method of methods) {
      const plain = of[method]!;
      of[method] = function (this: unknown, ...args: unknown[]): unknown {
        counts[name]! += amount(args);
        return plain.apply(this, args);
      };
      undo.unshift(() => {
        of[method] = plain;
      });
    }
  }
  undo.push(countReads(counts));
  syncBuiltinESMExports();
  const calls = new CallCounter();
  calls.start();
  let called: CalledFunction[];
  try {
    // What waits for nothing is counted without a turn of the event loop, in which others might do something.
    const done = action();
    if (done !== undefined) await done;
  } finally {
    called = calls.stop();
    for (const step of undo) step();
    syncBuiltinESMExports();
  }
  for (const [name, isCounted] of CALLED) {
    counts[name] = called.filter(isCounted).reduce((sum, { calls: some }) => sum + some, 0);
  }
  return counts;
}

/** Whoever walks a chain asks each share of it for its work or its id. */
function countReads(counts: Record<string, number>): () => void {
  const fields = ["id", "work"].map((name) => {
    const plain = Object.getOwnPropertyDescriptor(TrackedShare.prototype, name)!;
    const get = function (this: TrackedShare): unknown {
      counts["shares looked at"]! += 1;
      return plain.get!.call(this);
    };
    Object.defineProperty(TrackedShare.prototype, name, { ...plain, get });
    return { name, plain };
  });
  counts["shares looked at"] = 0;
  return () => {
    for (const { name, plain } of fields) Object.defineProperty(TrackedShare.prototype, name, plain);
  };
}
