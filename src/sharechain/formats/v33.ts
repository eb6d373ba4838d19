import type { ShareFormat } from "./format.js";

/** Version 33: 32 with segwit data on the bitcoin network. */
export const v33: ShareFormat = {
  version: 33,
  successor: 35,
  minimumProtocolVersion: 3300,
  payee: "pubkeyHash",
  listsTransactions: true,
  padding: "old",
  boundsTimestampAbove: false,
};
