import { COMBINED_DONATION_SCRIPT } from "../../bitcoin/address.js";
import type { ShareFormat } from "./format.js";

/** Version 36: what the Litecoin network mines today, with merged chains paid to every miner (spec/20). */
export const v36: ShareFormat = {
  version: 36,
  successor: null,
  mintedAfter: "chainVote",
  minimumProtocolVersion: 3600,
  raisesMinimumProtocol: false,
  payee: "typedHash",
  listsTransactions: false,
  padding: "fixed",
  boundsTimestampAbove: false,
  payouts: "decayed",
  donationScript: COMBINED_DONATION_SCRIPT,
  integers: "compact",
  absworkModulus: 1n << 64n,
  easesAfterSilence: true,
  checksMaxBits: true,
  hasHashLinkRest: true,
  commitsToMergedPayouts: true,
  carriesMessages: true,
  allowsStepBack: true,
  unusedMerkleLink: "empty",
};
