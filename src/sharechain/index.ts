/**
 * The share chain: formats, generation transaction, payouts, targets, verification and choice of the best chain. Pure: no
 * Node API, no clock, no randomness, so that the same code verifies shares in a browser.
 */
export {
  chooseBest,
  type Decision,
  type MayVerify,
  type RankedHead,
  type Refusal,
  type TailScore,
  type WantedShare,
} from "./choose-best.js";
export type {
  HashLink,
  MergedAddress,
  MergedCoinbase,
  MinHeader,
  SegwitData,
  ShareContents,
  ShareData,
  ShareId,
  ShareInfo,
} from "./contents.js";
export { describeGentx, describeShare, type Json, type JsonRecord, targetToHex } from "./describe.js";
export { draftShare, type ShareDraft, type ShareWish } from "./draft.js";
export { DraftError, type PeerAction, ShareError, type ShareErrorCode } from "./errors.js";
export {
  type ExplainedGentx,
  type ExplainedOutput,
  explainGentx,
  type MergedCommitment,
  type OutputRole,
} from "./explain-gentx.js";
export { SHARE_FORMATS, type ShareFormat, type ShareVersion, shareFormat } from "./formats/index.js";
export { gentxWithWitness } from "./gentx.js";
export { childCoinbases } from "./merged/child-coinbase.js";
export type { ChildWeights, OwnEntries } from "./merged/child-weights.js";
export { mergedEntries } from "./merged/entries.js";
export { openMessages, type ShareMessage } from "./messages.js";
export {
  type BlockBranches,
  blockBranches,
  type OfferedTransaction,
  segwitData,
  selectTransactions,
  type TransactionSelection,
  UnsolvedShare,
} from "./mint.js";
export {
  checkPayoutProof,
  type PayoutProof,
  ProofError,
  type ProofReport,
  type ProofStep,
  proofFromJson,
  proofLength,
  proofToJson,
} from "./payout-proof.js";
export { PayoutWindow, type Weights } from "./payout-window.js";
export { PayoutWindows } from "./payout-windows.js";
export { expectedPayouts } from "./payouts.js";
export { prune } from "./prune.js";
export { ShareRules, type VersionRules } from "./rules.js";
export { joinShareChain, sharesToServe, splitShareChain } from "./serve.js";
export {
  decodeShare,
  encodeShare,
  loadShare,
  proveShare,
  type Share,
  shareRefHash,
  type UnprovenShare,
} from "./share.js";
export { type GentxSize, type ShareForest, type ShareNode, TrackedShare } from "./share-node.js";
export type { Payout } from "./split.js";
export {
  averageStaleProportion,
  poolHashRate,
  staleProportionByAddress,
  staleRates,
  staleWork,
  unknownMajorityVersion,
} from "./statistics.js";
export { easiestTarget, poolRate, poolRateExact, shareBits, shareTimestamp } from "./targets.js";
export { Tracker } from "./tracker.js";
export { type DaemonView, redraft, type Verdict, type VerifyErrorCode, verifyShare } from "./verify.js";
export { countVotes, succession } from "./versions.js";
export type { Votes } from "./vote-window.js";
export { Workspace } from "./workspace.js";
