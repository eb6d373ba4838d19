import type { ShareFormat } from "./format.js";
import { UNTIL_35 } from "./until-35.js";

/** Version 35: 34 with the padding of addresses mended; what the Bitcoin network mines today. */
export const v35: ShareFormat = {
  ...UNTIL_35,
  version: 35,
  successor: 36,
  minimumProtocolVersion: 3500,
  payee: "address",
  listsTransactions: false,
  padding: "fixed",
  boundsTimestampAbove: false,
};
