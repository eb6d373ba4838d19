import type { ShareFormat } from "./format.js";

/** Version 34: any address as payee, transactions no longer listed. */
export const v34: ShareFormat = {
  version: 34,
  successor: 35,
  minimumProtocolVersion: 3300,
  payee: "address",
  listsTransactions: false,
  padding: "old",
  boundsTimestampAbove: false,
};
