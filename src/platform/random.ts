import { getRandomValues } from "node:crypto";
import type { Random } from "../core/random.js";

/** Numbers fetched at once: each call into the system costs some 20 µs. */
const words = new Uint32Array(256);
let next = words.length;

function word(): number {
  if (next === words.length) {
    getRandomValues(words);
    next = 0;
  }
  return words[next++]!;
}

/** Chance from the operating system. */
export const systemRandom: Random = {
  uint32: word,
  uniform: () => word() / 2 ** 32,
};
