/**
 * Bitcoin as P2Pool needs it: transactions, blocks, scripts, addresses and merged-mining proofs of Bitcoin and the coins
 * that follow it. Runs in browsers: no Node API, no clock, no chance. Hashes are 32 bytes in wire order unless a type says
 * otherwise, amounts are satoshi as bigint, times are seconds since 1970. Malformed bytes throw `CodecError`, which names
 * the field.
 */

export { CodecError, type CodecErrorCode, decode, encode } from "../core/codec.js";
export { bitsToTarget, type CompactBits, targetToBits, targetToDifficulty } from "../core/compact.js";
export { hash160, hash256, type PowName, powHash } from "../core/hash/index.js";
export { merkleApply, merkleBranch, merkleRoot } from "../core/merkle.js";
export {
  AddressError,
  type AddressErrorCode,
  addressScript,
  addressToInteger,
  COMBINED_DONATION_SCRIPT,
  canonicalAddress,
  DONATION_SCRIPT,
  donationAddress,
  legacyScript,
  type Padding,
  paddingOf,
  payoutScript,
  type ResolvedAddress,
  resolveAddress,
  scriptToAddress,
  trueScript,
} from "./address.js";
export {
  type AuxpowCommitment,
  AuxpowError,
  type AuxpowErrorCode,
  type AuxpowPaths,
  type AuxpowProof,
  auxpowCommitment,
  auxpowPaths,
  auxpowProof,
  auxpowTree,
  type MerkleLink,
  readAuxpowCommitment,
} from "./auxpow.js";
export { type BlockHash, type BlockHeader, blockHash, blockHeader, serialiseBlock } from "./block.js";
export {
  type ChildBlock,
  type ChildOffer,
  type ChildTemplate,
  childBlock,
  serialiseChildBlock,
} from "./child-block.js";
export type { Coin } from "./coin.js";
export {
  decodeOpReturn,
  encodeOpReturn,
  type OpReturn,
  type OpReturnProtocol,
  type OpReturnPush,
  type OpReturnSpecial,
} from "./op-return.js";
export { OP_RETURN_PREFIXES, type OpReturnPrefix } from "./op-return-prefixes.js";
export {
  bip34Height,
  countSignatureOperations,
  pushScript,
  readScript,
  type ScriptOperation,
  type ScriptReading,
} from "./script.js";
export {
  type OutPoint,
  type StrippedTransaction,
  strippedTransaction,
  summarizeTransaction,
  type Transaction,
  type TransactionInput,
  type TransactionOutput,
  type TransactionSizes,
  type TransactionSummary,
  transaction,
  transactionHash,
  transactionId,
  transactionSizes,
  WITNESS_RESERVED,
  witnessCommitment,
  witnessCommitmentScript,
  wtxidForCommitment,
} from "./transaction.js";
export { explainUnpayable, type Unpayable } from "./unpayable.js";
