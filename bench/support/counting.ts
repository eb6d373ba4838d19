import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { Deque } from "../../src/core/deque.js";
import { Sha256 } from "../../src/core/hash/index.js";
import { TrackedShare } from "../../src/sharechain/share-node.js";

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
  ["window steps", asFunctions(Deque.prototype), ["popBack", "popFront", "pushBack", "pushFront"], one],
  ["calls of maps", asFunctions(Map.prototype), ["delete", "get", "has", "set"], one],
  ["views and copies of bytes", TYPED_ARRAY, ["set", "slice", "subarray"], one],
  ["texts made of bytes", asFunctions(TextDecoder.prototype), ["decode"], one],
];

/** Counts what a call does, which must not wait for anything: meanwhile the counted functions of the whole process are others. */
export function countCalls(action: () => void): Counts {
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
  try {
    action();
  } finally {
    for (const step of undo) step();
    syncBuiltinESMExports();
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
