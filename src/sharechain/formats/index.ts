import type { ShareFormat, ShareVersion } from "./format.js";
import { v17 } from "./v17.js";
import { v32 } from "./v32.js";
import { v33 } from "./v33.js";
import { v34 } from "./v34.js";
import { v35 } from "./v35.js";

export type { ShareFormat, ShareVersion } from "./format.js";

export const SHARE_FORMATS: readonly ShareFormat[] = [v17, v32, v33, v34, v35];
/** Shares below are obsolete: sending one is misbehaviour (spec/03 §1). */
export const OLDEST_SHARE_VERSION: ShareVersion = 17;

/** The format of a version number from outside; null for one that is not known. */
export function shareFormat(version: number): ShareFormat | null {
  return SHARE_FORMATS.find((format) => format.version === version) ?? null;
}
