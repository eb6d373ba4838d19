import type { ShareFormat, ShareVersion } from "./format.js";
import { v17 } from "./v17.js";
import { v32 } from "./v32.js";
import { v33 } from "./v33.js";
import { v34 } from "./v34.js";
import { v35 } from "./v35.js";
import { v36 } from "./v36.js";

export type { ShareFormat, ShareVersion } from "./format.js";

export const SHARE_FORMATS: readonly ShareFormat[] = [v17, v32, v33, v34, v35, v36];
/** Shares below are obsolete: sending one is misbehaviour (spec/03 §1). */
export const OLDEST_SHARE_VERSION: ShareVersion = 17;
/** Shares that vote for this version or a later one count for the payouts of merged chains (spec/20 §9.1). */
export const MERGED_PAYOUTS_SINCE = BigInt(v36.version);

/** The format of a version number from outside; null for one that is not known. */
export function shareFormat(version: number): ShareFormat | null {
  return SHARE_FORMATS.find((format) => format.version === version) ?? null;
}

/** The formats that a network uses, oldest first (spec/02 §1). */
export function formatsUpTo(newest: number): readonly ShareFormat[] {
  return SHARE_FORMATS.filter((format) => format.version <= newest);
}
