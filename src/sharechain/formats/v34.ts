import type { ShareFormat } from "./format.js";
import { UNTIL_35 } from "./until-35.js";

/** Version 34: any address as payee, transactions no longer listed. */
export const v34: ShareFormat = {
  ...UNTIL_35,
  version: 34,
  successor: 35,
  minimumProtocolVersion: 3300,
  payee: "address",
  listsTransactions: false,
  padding: "old",
  boundsTimestampAbove: false,
};
