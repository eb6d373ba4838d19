import type { ShareFormat } from "./format.js";

/** Version 35: 34 with the padding of addresses mended; what the Bitcoin network mines today. */
export const v35: ShareFormat = {
  version: 35,
  successor: null,
  minimumProtocolVersion: 3500,
  payee: "address",
  listsTransactions: false,
  padding: "fixed",
  boundsTimestampAbove: false,
};
