import { transaction } from "../bitcoin/transaction.js";
import { bytesToBigIntLE, bytesToBinaryString, bytesToHex, hashToHex } from "../core/bytes.js";
import { decode } from "../core/codec.js";
import { bitsToHex, bitsToTarget } from "../core/compact.js";
import { staleInfoOfByte } from "../core/stale-info.js";
import type { MergedCoinbase, ShareContents, ShareData, ShareInfo } from "./contents.js";
import type { ShareFormat } from "./formats/index.js";
import { openMessages } from "./messages.js";
import type { Share } from "./share.js";

/**
 * Shares as plain JSON for people and other programs: integers as decimal strings, hashes and targets as 64 hex digits in
 * display order, bits as 8, bytes as hex.
 */
export type Json = boolean | null | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonRecord = { readonly [key: string]: Json };

export function describeShare(share: Share): JsonRecord {
  const { info, header } = share;
  return {
    type: String(share.version),
    hash: share.id,
    pow_hash: hashToHex(share.powHash),
    previous_hash: share.parentId,
    address: share.address,
    target: targetToHex(share.target),
    max_target: targetToHex(bitsToTarget(info.maxBits)),
    average_attempts: String(share.work),
    min_attempts: String(share.minWork),
    timestamp: String(info.timestamp),
    absheight: String(info.absheight),
    abswork: String(info.abswork),
    desired_version: String(info.data.desiredVersion),
    is_block: share.isBlockSolution,
    gentx_hash: hashToHex(share.gentxHash),
    header_hex: bytesToHex(share.headerBytes),
    header: {
      version: String(header.version),
      previous_block: header.previousBlock,
      merkle_root: hashToHex(header.merkleRoot),
      timestamp: String(header.timestamp),
      bits: bitsToHex(header.bits),
      nonce: String(header.nonce),
    },
    ...(share.format.carriesMessages ? { messages: describeMessages(share.contents) } : {}),
    contents: describeContents(share.contents, share.format),
  };
}

/** Opened and their signatures checked; "invalid" if the share is no valid one because of them. */
function describeMessages({ messages }: ShareContents): Json {
  if (messages === null) return [];
  const opened = openMessages(messages);
  if (opened === null) return "invalid";
  return opened.map(({ type, kind, flags, timestamp, text }) => ({
    type: String(type),
    kind,
    flags: String(flags),
    timestamp: String(timestamp),
    text,
  }));
}

export function targetToHex(target: bigint): string {
  return target.toString(16).padStart(64, "0");
}

function describeContents(contents: ShareContents, format: ShareFormat): JsonRecord {
  const { minHeader, hashLink } = contents;
  return {
    min_header: {
      version: String(minHeader.version),
      previous_block: minHeader.previousBlock,
      timestamp: String(minHeader.timestamp),
      bits: bitsToHex(minHeader.bits),
      nonce: String(minHeader.nonce),
    },
    share_info: describeInfo(contents.info, format),
    ref_merkle_link: describeLink(contents.refMerkleBranch),
    last_txout_nonce: String(bytesToBigIntLE(contents.lastTxoutNonce)),
    hash_link: {
      state: bytesToHex(hashLink.state),
      extra_data: bytesToHex(hashLink.rest),
      length: String(hashLink.length),
    },
    merkle_link: describeLink(contents.merkleBranch),
    ...(format.carriesMessages
      ? { message_data: contents.messages === null ? null : bytesToHex(contents.messages) }
      : {}),
  };
}

function describeInfo(info: ShareInfo, format: ShareFormat): JsonRecord {
  const { data, segwit, transactions } = info;
  return {
    share_data: {
      previous_share_hash: data.previousShareId,
      coinbase: bytesToHex(data.coinbase),
      nonce: String(data.nonce),
      ...describePayee(data, format),
      subsidy: String(data.subsidy),
      donation: String(data.donation),
      stale_info: staleInfoOfByte(data.staleInfo),
      desired_version: String(data.desiredVersion),
    },
    ...(segwit === null
      ? {}
      : {
          segwit_data: {
            txid_merkle_link: describeLink(segwit.txidBranch),
            wtxid_merkle_root: hashToHex(segwit.wtxidMerkleRoot),
          },
        }),
    ...(transactions === null
      ? {}
      : {
          new_transaction_hashes: transactions.newHashes.map(hashToHex),
          transaction_hash_refs: transactions.refs.map(String),
        }),
    far_share_hash: info.farShareId,
    max_bits: bitsToHex(info.maxBits),
    bits: bitsToHex(info.bits),
    timestamp: String(info.timestamp),
    absheight: String(info.absheight),
    abswork: String(info.abswork),
    ...(format.commitsToMergedPayouts ? describeMerged(info) : {}),
  };
}

function describePayee({ payee, payeeType }: ShareData, format: ShareFormat): JsonRecord {
  switch (format.payee) {
    case "address":
      return { address: bytesToBinaryString(payee) };
    case "pubkeyHash":
      return { pubkey_hash: hashToHex(payee) };
    case "typedHash":
      return { pubkey_hash_bytes: bytesToHex(payee), pubkey_type: String(payeeType) };
  }
}

function describeMerged({ mergedAddresses, mergedCoinbases, mergedPayoutHash }: ShareInfo): JsonRecord {
  return {
    merged_addresses:
      mergedAddresses?.map(({ chainId, script }) => ({ chain_id: String(chainId), script: bytesToHex(script) })) ??
      null,
    merged_coinbase_info: mergedCoinbases?.map(describeMergedCoinbase) ?? null,
    merged_payout_hash: mergedPayoutHash,
  };
}

function describeMergedCoinbase(block: MergedCoinbase): JsonRecord {
  return {
    chain_id: String(block.chainId),
    coinbase_value: String(block.coinbaseValue),
    block_height: String(block.blockHeight),
    block_header: bytesToHex(block.header),
    coinbase_merkle_branch: block.coinbaseBranch.map(hashToHex),
    coinbase_script: bytesToHex(block.coinbaseScript),
  };
}

function describeLink(branch: readonly Uint8Array[]): JsonRecord {
  return { branch: branch.map(hashToHex), index: "0" };
}

/** A generation transaction taken apart. `raw`: stripped, or with its witness. */
export function describeGentx(raw: Uint8Array): JsonRecord {
  const tx = decode(transaction, raw);
  return {
    version: String(tx.version),
    tx_ins: tx.inputs.map(({ script }) => ({ previous_output: null, script: bytesToHex(script), sequence: null })),
    tx_outs: tx.outputs.map(({ value, script }) => ({ value: String(value), script: bytesToHex(script) })),
    lock_time: String(tx.lockTime),
    ...(tx.witnesses === null
      ? {}
      : { marker: "0", flag: String(tx.flag), witness: tx.witnesses.map((stack) => stack.map(bytesToHex)) }),
  };
}
