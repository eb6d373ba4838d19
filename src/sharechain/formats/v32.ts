import type { ShareFormat } from "./format.js";
import { UNTIL_35 } from "./until-35.js";

/** Version 32: 17 without the upper bound of the timestamp. */
export const v32: ShareFormat = {
  ...UNTIL_35,
  version: 32,
  successor: 35,
  minimumProtocolVersion: 1400,
  payee: "pubkeyHash",
  listsTransactions: true,
  padding: "old",
  boundsTimestampAbove: false,
};
