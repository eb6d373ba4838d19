import { networkByName } from "../../src/networks/registry.js";
import {
  checkPayoutProof,
  type PayoutProof,
  proofFromJson,
  proofLength,
  proofToJson,
} from "../../src/sharechain/payout-proof.js";
import { ShareRules } from "../../src/sharechain/rules.js";
import { splitShareChain } from "../../src/sharechain/serve.js";
import { decodeShare } from "../../src/sharechain/share.js";

/** The node's own code, in the page: what verifies shares there verifies them here. */
export {
  checkPayoutProof,
  decodeShare,
  networkByName,
  type PayoutProof,
  proofFromJson,
  proofLength,
  proofToJson,
  ShareRules,
  splitShareChain,
};
