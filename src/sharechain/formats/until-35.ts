import { DONATION_SCRIPT } from "../../bitcoin/address.js";
import type { ShareFormat } from "./format.js";

/** What no version changed before 36 did. */
export const UNTIL_35 = {
  mintedAfter: "tailVote",
  raisesMinimumProtocol: true,
  payouts: "flat",
  donationScript: DONATION_SCRIPT,
  integers: "fixed",
  absworkModulus: 1n << 128n,
  easesAfterSilence: false,
  checksMaxBits: false,
  hasHashLinkRest: false,
  commitsToMergedPayouts: false,
  carriesMessages: false,
  allowsStepBack: false,
  unusedMerkleLink: "txidBranch",
} as const satisfies Partial<ShareFormat>;
