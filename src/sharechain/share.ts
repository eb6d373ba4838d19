import { encodeLegacyAddress, payoutScript } from "../bitcoin/address.js";
import { BLOCK_HEADER_SIZE, type BlockHeader, encodeBlockHeader } from "../bitcoin/block.js";
import { bigIntToBytesLE, bytesToBinaryString, concatBytes } from "../core/bytes.js";
import { CodecError, encode, Reader, varint, varstr, Writer } from "../core/codec.js";
import { hashMeetsBits, MAX_256 } from "../core/compact.js";
import { errorMessage } from "../core/errors.js";
import { hash256, powHash, Sha256 } from "../core/hash/index.js";
import { merkleApply } from "../core/merkle.js";
import type { HashLink, ShareContents, ShareData, ShareId, ShareInfo } from "./contents.js";
import { ShareError } from "./errors.js";
import { OLDEST_SHARE_VERSION, type ShareFormat, type ShareVersion } from "./formats/index.js";
import { LOCK_TIME } from "./gentx.js";
import type { NamedPayee, PayableAddress } from "./recent-payees.js";
import type { ShareRules, VersionRules } from "./rules.js";

/** Context-free and immutable: what the bytes alone say (spec/03). */
export interface Share {
  readonly id: ShareId;
  readonly version: ShareVersion;
  readonly format: ShareFormat;
  /** The wrapper as received: varint version, varstr contents. What is stored and relayed. */
  readonly raw: Uint8Array;
  readonly contents: ShareContents;
  readonly info: ShareInfo;
  /** The share info's own bytes inside `raw`. */
  readonly infoBytes: Uint8Array;
  /** Payout address text (spec/03 §6, steps 4 and 5): the key of its weight. */
  readonly address: string;
  /** Its script where the share names that instead of an address (spec/20 §4); null before version 36. */
  readonly payable: PayableAddress | null;
  readonly parentId: ShareId | null;
  readonly target: bigint;
  /** Expected hashes to meet `target`: the share's work. */
  readonly work: bigint;
  /** The same of the easiest target this share could have used. */
  readonly minWork: bigint;
  readonly header: BlockHeader;
  readonly headerBytes: Uint8Array;
  /** What the generation transaction commits to (spec/03 §3), 32 bytes. */
  readonly refHash: Uint8Array;
  /** Id of the generation transaction, 32 bytes in wire order. */
  readonly gentxHash: Uint8Array;
  /** 32 bytes in wire order. */
  readonly powHash: Uint8Array;
  /** Whether the proof of work meets the coin's target that the share's header claims. */
  readonly isBlockSolution: boolean;
}

/** The absheight after which the bitcoin network refuses votes for version 16 (spec/03 §6, step 6). */
const HARDFORK_ABSHEIGHT = 3927800;
/** How far back transaction references may reach (step 7). */
const MAX_TRANSACTION_REF_DEPTH = 110n;

/** A share whose proof of work has not been looked at: everything that the pool of hashing threads need not know. */
export type UnprovenShare = Omit<Share, "isBlockSolution" | "powHash">;

/** Splits the wrapper. Bytes after the contents are an error. @throws ShareError */
function decodeWrapper(raw: Uint8Array): { version: bigint; contents: Uint8Array } {
  try {
    const reader = new Reader(raw);
    const version = varint.read(reader);
    const contents = varstr.read(reader);
    reader.end();
    return { version, contents };
  } catch (error) {
    throw new ShareError(`share wrapper: ${errorMessage(error)}`, "SHARE_MALFORMED", "disconnect", { cause: error });
  }
}

/**
 * All checks of spec/03 §6 but the proof of work: version, shape, coinbase size, address, votes, transaction references,
 * hash link, segwit data, target. The target comes before the hashing, so that it is cheap to refuse.
 * @throws ShareError
 */
export function decodeShare(raw: Uint8Array, rules: ShareRules): UnprovenShare {
  return decodeUnproven(raw, rules);
}

/** In its `powHash` is what its id is the text of: the header's double hash. */
function decodeUnproven(raw: Uint8Array, rules: ShareRules): Share {
  const wrapper = decodeWrapper(raw);
  const version = wrapper.version <= 0xffffn ? rules.version(Number(wrapper.version)) : null;
  if (version === null) {
    if (wrapper.version < BigInt(OLDEST_SHARE_VERSION)) {
      throw new ShareError(`obsolete share version ${wrapper.version}`, "SHARE_OBSOLETE", "ban");
    }
    throw new ShareError(`unknown share version ${wrapper.version}`, "SHARE_VERSION_UNKNOWN");
  }
  const { contents, infoBytes } = decodeContents(wrapper.contents, version);
  return deriveShare(raw, contents, infoBytes, version, rules);
}

function decodeContents(bytes: Uint8Array, version: VersionRules): { contents: ShareContents; infoBytes: Uint8Array } {
  try {
    const reader = new Reader(bytes);
    const result = version.codec.read(reader);
    reader.end();
    return result;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new ShareError(`share contents: ${error.message}`, "SHARE_MALFORMED", "disconnect", { cause: error });
  }
}

function deriveShare(
  raw: Uint8Array,
  contents: ShareContents,
  infoBytes: Uint8Array,
  version: VersionRules,
  rules: ShareRules,
): Share {
  const { format, segwitActive } = version;
  const { info, minHeader } = contents;
  const { coinbase, desiredVersion } = info.data;
  if (coinbase.length < 2 || coinbase.length > 100) {
    throw new ShareError(`coinbase script of ${coinbase.length} bytes, not 2 to 100`, "SHARE_COINBASE_SIZE");
  }
  const { payee, payeeType } = info.data;
  const { address, payable } = version.payees.get(payee, payeeType, () => namedPayee(info.data, format, rules));
  if (rules.network.name === "bitcoin" && info.absheight > HARDFORK_ABSHEIGHT && desiredVersion === 16n) {
    throw new ShareError("votes for version 16 past the hard fork", "SHARE_HARDFORK_VOTE");
  }
  if (info.transactions !== null) checkTransactionRefs(info.transactions.refs, info.transactions.newHashes.length);

  const committed = committedBytes(infoBytes, contents.messages, format);
  const refHash = shareRefHash(committed, contents.refMerkleBranch, rules, rules.keptRoom(32));
  const gentxHash = applyHashLink(contents, refHash, version, rules.keptRoom(32));
  if (segwitActive && info.segwit === null) {
    throw new ShareError("segwit data is missing", "SHARE_SEGWIT_DATA_MISSING");
  }
  const merkleRoot = merkleApply(gentxHash, info.segwit?.txidBranch ?? contents.merkleBranch);
  const { previousBlock, timestamp, bits, nonce } = minHeader;
  const header: BlockHeader = { version: minHeader.version, previousBlock, merkleRoot, timestamp, bits, nonce };
  const headerBytes = encodeBlockHeader(header, rules.keptRoom(BLOCK_HEADER_SIZE));
  const { target, work } = rules.targetOf(info.bits);
  if (target > rules.network.maxTarget) {
    throw new ShareError("target is easier than the network allows", "SHARE_TARGET_INVALID", "ban");
  }
  if (format.checksMaxBits && target > rules.targetOf(info.maxBits).target) {
    throw new ShareError("target is easier than the share's own limit", "SHARE_TARGET_INVALID", "ban");
  }
  const headerHash = hash256(headerBytes, rules.keptRoom(32));
  return {
    id: rules.hashTexts.textOf(headerHash, 0) as ShareId,
    version: format.version,
    format,
    raw,
    contents,
    info,
    infoBytes,
    address,
    payable,
    parentId: info.data.previousShareId,
    target,
    work,
    minWork: info.maxBits === info.bits ? work : rules.targetOf(info.maxBits).work,
    header,
    headerBytes,
    refHash,
    gentxHash,
    // Of the final shape from the start; not to be read as what they are before `proveShare` has set them.
    powHash: headerHash,
    isBlockSolution: false,
  };
}

/** The last check of spec/03 §6, with the header's proof-of-work hash computed by the caller. @throws ShareError */
export function proveShare(share: UnprovenShare, pow: Uint8Array): Share {
  if (!hashMeetsBits(pow, share.info.bits)) {
    throw new ShareError("proof of work does not meet the share's target", "SHARE_POW_INVALID", "ban");
  }
  const isBlockSolution = hashMeetsBits(pow, share.header.bits);
  // Completed in place: a copy would cost more than all the checks, and nobody else has the unproven one.
  const proven = share as { -readonly [K in keyof Share]: Share[K] };
  // Where it is kept already: the array of a hash that came from elsewhere may be part of a larger one.
  proven.powHash.set(pow);
  proven.isBlockSolution = isBlockSolution;
  return proven;
}

/** Decodes and proves on the calling thread. @throws ShareError */
export function loadShare(raw: Uint8Array, rules: ShareRules): Share {
  const share = decodeUnproven(raw, rules);
  const { pow } = rules.network.coin;
  return proveShare(share, pow === "sha256d" ? share.powHash : powHash(pow, share.headerBytes));
}

/** The wrapper of contents. Encoding what `decodeShare` read gives the same bytes. */
export function encodeShare(contents: ShareContents, { format, codec }: VersionRules): Uint8Array {
  const writer = new Writer();
  codec.write(writer, contents);
  const inner = writer.finish();
  return concatBytes(encode(varint, BigInt(format.version)), encode(varstr, inner));
}

/** A target as 32 bytes in wire order; targets past 2^256 are met by every hash. */
export function targetBytes(target: bigint): Uint8Array {
  return bigIntToBytesLE(target > MAX_256 ? MAX_256 : target, 32);
}

/**
 * What the reference hash covers behind the network's identifier: the share info, then messages (spec/20 §5.1). To be hashed at
 * once: the next call writes over them.
 */
export function committedBytes(infoBytes: Uint8Array, messages: Uint8Array | null, format: ShareFormat): Uint8Array {
  if (!format.carriesMessages) return infoBytes;
  const rest = messages === null ? NO_MESSAGES : encode(varstr, messages);
  const size = infoBytes.length + rest.length;
  if (scratch.length < size) scratch = new Uint8Array(2 * size);
  scratch.set(infoBytes);
  scratch.set(rest, infoBytes.length);
  return scratch.subarray(0, size);
}

let scratch = new Uint8Array(512);
const NO_MESSAGES = encode(varstr, new Uint8Array(0));

/**
 * What the last output of the generation transaction commits to (spec/03 §3). `infoBytes`: see `committedBytes`. `out`: room for
 * it, which may not be used.
 */
export function shareRefHash(
  infoBytes: Uint8Array,
  branch: readonly Uint8Array[],
  rules: ShareRules,
  out?: Uint8Array,
): Uint8Array {
  return merkleApply(hash256(rules.identified(infoBytes), out), branch);
}

function namedPayee({ payee, payeeType }: ShareData, format: ShareFormat, rules: ShareRules): NamedPayee {
  if (format.payee === "typedHash") {
    const payable = rules.typedHash(payee, payeeType ?? 0);
    return { address: payable.address, payable };
  }
  return { address: payoutAddress(payee, format, rules), payable: null };
}

function payoutAddress(payee: Uint8Array, format: ShareFormat, rules: ShareRules): string {
  if (format.payee === "pubkeyHash")
    return encodeLegacyAddress({ version: rules.network.coin.addressVersion, hash: payee });
  const text = bytesToBinaryString(payee);
  const payable = rules.payable(text, format.padding);
  if (payable !== null) return payable.address;
  try {
    payoutScript(text, rules.network.coin, format.padding);
  } catch (error) {
    throw new ShareError(`payee: ${errorMessage(error)}`, "SHARE_ADDRESS_UNUSABLE", "disconnect", { cause: error });
  }
  return text;
}

/** Step 7: depth is bounded, and the own transactions referred to are exactly those listed. */
function checkTransactionRefs(refs: readonly bigint[], ownCount: number): void {
  const own = new Set<bigint>();
  for (let i = 0; i < refs.length; i += 2) {
    if (refs[i]! >= MAX_TRANSACTION_REF_DEPTH) {
      throw new ShareError(`refers ${refs[i]} shares back`, "SHARE_TRANSACTION_REFS");
    }
    if (refs[i] === 0n) own.add(refs[i + 1]!);
  }
  let allOwn = own.size === ownCount;
  for (const position of own) allOwn &&= position < BigInt(ownCount);
  if (!allOwn) throw new ShareError("own transactions are not referred to exactly", "SHARE_TRANSACTION_REFS");
}

/**
 * Id of the generation transaction from a hash link and the 44 bytes that follow it (step 8; spec/01 §4.1, spec/20 §5.3).
 * Costs the hash of those bytes, whatever the length of the transaction. `out`: room for it. @throws RangeError if the link claims 2^64 bits or
 * more, or its rest is not exactly what the constant end does not supply.
 */
export function gentxHashFromLink(
  link: HashLink,
  refHash: Uint8Array,
  lastTxoutNonce: Uint8Array,
  constantEnd: Uint8Array,
  out?: Uint8Array,
): Uint8Array {
  const buffered = Number(link.length % 64n);
  const missing = hashLinkRestSize(buffered, constantEnd);
  if (link.rest.length !== missing) throw new RangeError(`has ${link.rest.length} bytes of rest, not ${missing}`);
  const end = constantEnd.subarray(Math.max(0, constantEnd.length - buffered));
  return Sha256.resume(link.state, link.length, missing === 0 ? end : concatBytes(link.rest, end))
    .update(refHash)
    .update(lastTxoutNonce)
    .update(LOCK_TIME)
    .doubleDigest(out);
}

/** Of the last `buffered` bytes of a prefix, those that are not of its constant end. */
export function hashLinkRestSize(buffered: number, constantEnd: Uint8Array): number {
  return Math.max(0, buffered - constantEnd.length);
}

function applyHashLink(
  { hashLink, lastTxoutNonce }: ShareContents,
  refHash: Uint8Array,
  { constantEnd }: VersionRules,
  out: Uint8Array,
): Uint8Array {
  try {
    return gentxHashFromLink(hashLink, refHash, lastTxoutNonce, constantEnd, out);
  } catch (error) {
    throw new ShareError(`hash link: ${errorMessage(error)}`, "SHARE_HASH_LINK", "disconnect", { cause: error });
  }
}
