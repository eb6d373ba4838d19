import { WIRE_TARGETS } from "./decoders.js";
import { DOCUMENT_TARGETS } from "./documents.js";
import { FORGED_TARGETS } from "./forged-shares.js";
import { SHARE_TARGETS } from "./recorded-shares.js";
import type { FuzzTarget } from "./target.js";

/** Everything that is decoded without a socket. */
export const TARGETS: readonly FuzzTarget[] = [
  ...WIRE_TARGETS,
  ...DOCUMENT_TARGETS,
  ...SHARE_TARGETS,
  ...FORGED_TARGETS,
];
