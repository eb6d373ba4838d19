import type { ShareFormat } from "./format.js";
import { UNTIL_35 } from "./until-35.js";

/** Version 33: 32 with segwit data on the bitcoin network. */
export const v33: ShareFormat = {
  ...UNTIL_35,
  version: 33,
  successor: 35,
  minimumProtocolVersion: 3300,
  payee: "pubkeyHash",
  listsTransactions: true,
  padding: "old",
  boundsTimestampAbove: false,
};
