import type { ShareFormat } from "./format.js";
import { UNTIL_35 } from "./until-35.js";

/** Version 17: the first version that this implementation reads. */
export const v17: ShareFormat = {
  ...UNTIL_35,
  version: 17,
  successor: 35,
  minimumProtocolVersion: 1400,
  payee: "pubkeyHash",
  listsTransactions: true,
  padding: "old",
  boundsTimestampAbove: true,
};
