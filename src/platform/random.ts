import { getRandomValues } from "node:crypto";
import type { Random } from "../core/random.js";

/** Chance from the operating system. */
export const systemRandom: Random = {
  uint32: () => getRandomValues(new Uint32Array(1))[0]!,
  uniform: () => getRandomValues(new Uint32Array(1))[0]! / 2 ** 32,
};
