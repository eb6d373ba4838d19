import type { BlockHash } from "../bitcoin/template.js";
import type { Brand } from "../core/bytes.js";
import {
  type Codec,
  composed,
  fixstr,
  hash256Bytes,
  list,
  mapped,
  maybeHash,
  maybeHashOf,
  type Reader,
  u8,
  u16,
  u32,
  u64,
  u128,
  varint,
  varint32,
  varstr,
  type Writer,
} from "../core/codec.js";
import type { CompactBits } from "../core/compact.js";
import type { HashTexts } from "../core/hash-texts.js";
import type { ShareFormat } from "./formats/index.js";

/** 64 hex digits in display order, computed once when a share is loaded. */
export type ShareId = Brand<string, "ShareId">;

/** The coin's block header without the merkle root, as mined (spec/03 §2, fields 1-5). */
export interface MinHeader {
  readonly version: number;
  readonly previousBlock: BlockHash | null;
  readonly timestamp: number;
  readonly bits: CompactBits;
  readonly nonce: number;
}

/** What the share's miner chose (spec/03 §2, fields 6-13; spec/20 §3, fields 1-9). */
export interface ShareData {
  readonly previousShareId: ShareId | null;
  /** Script of the generation transaction's input, 2-100 bytes. */
  readonly coinbase: Uint8Array;
  readonly nonce: number;
  /** Version < 34: 20 key hash bytes in script order; 34 and 35: the address text, a byte a character; 36: 20 bytes. */
  readonly payee: Uint8Array;
  /** Which script the 20 bytes of version 36 stand in (spec/20 §4); null before. Any byte is legal and kept. */
  readonly payeeType: number | null;
  readonly subsidy: bigint;
  /** In 1/65535. */
  readonly donation: number;
  /** 0 none, 253 orphan, 254 dead on arrival; the other values are legal and kept (spec/01 §2.4). */
  readonly staleInfo: number;
  readonly desiredVersion: bigint;
}

export interface SegwitData {
  /** Siblings of the generation transaction among the block's txids. */
  readonly txidBranch: readonly Uint8Array[];
  readonly wtxidMerkleRoot: Uint8Array;
}

export interface TransactionLists {
  readonly newHashes: readonly Uint8Array[];
  /** Flat pairs: share count (0 = this share), position in that share's new hashes. */
  readonly refs: readonly bigint[];
}

/** Where the share's miner is paid on a chain that is mined along (spec/20 §3, field 11). */
export interface MergedAddress {
  readonly chainId: number;
  /** Output script on that chain. */
  readonly script: Uint8Array;
}

/** A block of a chain mined along, so that others can check whom its coinbase pays (field 18). */
export interface MergedCoinbase {
  readonly chainId: number;
  /** In the chain's smallest unit. */
  readonly coinbaseValue: bigint;
  readonly blockHeight: bigint;
  /** 80 bytes. */
  readonly header: Uint8Array;
  /** Siblings of the coinbase among the block's transactions. */
  readonly coinbaseBranch: readonly Uint8Array[];
  /** Script of the coinbase's input; empty for the one that follows from the height. */
  readonly coinbaseScript: Uint8Array;
}

/** Everything the share hash commits to through the reference hash (spec/03 §2, fields 6-22; spec/20 §3). */
export interface ShareInfo {
  readonly data: ShareData;
  /** Null unless the share is segwit-active. */
  readonly segwit: SegwitData | null;
  /** Null for none, and before version 36. */
  readonly mergedAddresses: readonly MergedAddress[] | null;
  /** Null from version 34 on. */
  readonly transactions: TransactionLists | null;
  readonly farShareId: ShareId | null;
  readonly maxBits: CompactBits;
  readonly bits: CompactBits;
  readonly timestamp: number;
  readonly absheight: number;
  readonly abswork: bigint;
  /** Null for none, and before version 36. */
  readonly mergedCoinbases: readonly MergedCoinbase[] | null;
  /** Commits to the weights of all payees, 64 hex digits in display order (spec/20 §9.2); null before version 36. */
  readonly mergedPayoutHash: string | null;
}

export interface HashLink {
  readonly state: Uint8Array;
  /** What the last, incomplete block of the prefix holds before its constant end; empty before version 36. */
  readonly rest: Uint8Array;
  /** Bytes of the hashed prefix. */
  readonly length: bigint;
}

export interface ShareContents {
  readonly minHeader: MinHeader;
  readonly info: ShareInfo;
  readonly refMerkleBranch: readonly Uint8Array[];
  /** The eight bytes that miners vary, as they stand in the transaction. */
  readonly lastTxoutNonce: Uint8Array;
  readonly hashLink: HashLink;
  readonly merkleBranch: readonly Uint8Array[];
  /** An envelope of messages (spec/20 §10); null for none, and before version 36. */
  readonly messages: Uint8Array | null;
}

function minHeaderCodec(texts: HashTexts): Codec<MinHeader> {
  return composed(
    {
      version: varint32,
      previousBlock: maybeHashOf(texts) as Codec<BlockHash | null>,
      timestamp: u32,
      bits: u32,
      nonce: u32,
    },
    () => ({ version: null, previousBlock: null, timestamp: null, bits: null, nonce: null }),
  );
}

const branch: Codec<readonly Uint8Array[]> = mapped(
  list(hash256Bytes),
  (v) => v,
  (v) => [...v],
);
const absent: Codec<null> = { read: () => null, write: () => {}, minimumSize: 0 };

function shareDataCodec(format: ShareFormat, maybeShareId: Codec<ShareId | null>): Codec<ShareData> {
  return composed(
    {
      previousShareId: maybeShareId,
      coinbase: varstr,
      nonce: u32,
      payee: format.payee === "address" ? varstr : fixstr(20),
      payeeType: format.payee === "typedHash" ? (u8 as Codec<number | null>) : absent,
      subsidy: format.integers === "compact" ? varint : u64,
      donation: u16,
      staleInfo: u8,
      desiredVersion: varint,
    },
    () => ({
      previousShareId: null,
      coinbase: null,
      nonce: null,
      payee: null,
      payeeType: null,
      subsidy: null,
      donation: null,
      staleInfo: null,
      desiredVersion: null,
    }),
  );
}

const segwitBody: Codec<SegwitData> = composed({ txidBranch: branch, wtxidMerkleRoot: hash256Bytes });
const NO_SEGWIT: SegwitData = { txidBranch: [], wtxidMerkleRoot: new Uint8Array(32).fill(0xff) };

/** An empty branch and a root of 2^256-1 stand for none. */
const maybeSegwit: Codec<SegwitData | null> = mapped(
  segwitBody,
  (v) => (v.txidBranch.length === 0 && v.wtxidMerkleRoot.every((byte) => byte === 0xff) ? null : v),
  (v) => v ?? NO_SEGWIT,
);

const transactionLists: Codec<TransactionLists> = composed({
  newHashes: branch,
  refs: mapped(
    list(varint, 2),
    (v): readonly bigint[] => v,
    (v) => [...v],
  ),
});

/** An empty list stands for none. */
function maybeList<T>(item: Codec<T>): Codec<readonly T[] | null> {
  return mapped(
    list(item),
    (v) => (v.length === 0 ? null : v),
    (v) => [...(v ?? [])],
  );
}

const mergedAddresses = maybeList<MergedAddress>(composed({ chainId: u32, script: varstr }));

const mergedCoinbases = maybeList<MergedCoinbase>(
  composed({
    chainId: u32,
    coinbaseValue: varint,
    blockHeight: varint,
    header: fixstr(80),
    coinbaseBranch: branch,
    coinbaseScript: varstr,
  }),
);

/** No bytes stand for none. */
const maybeBytes: Codec<Uint8Array | null> = mapped(
  varstr,
  (v) => (v.length === 0 ? null : v),
  (v) => v ?? NO_BYTES,
);
const NO_BYTES = new Uint8Array(0);
const noBytes: Codec<Uint8Array> = { read: () => NO_BYTES, write: () => {}, minimumSize: 0 };

/** Share info of one version; `segwitActive` depends on the network too (spec/03, head). */
function shareInfoCodec(format: ShareFormat, segwitActive: boolean, texts: HashTexts): Codec<ShareInfo> {
  const maybeShareId = maybeHashOf(texts) as Codec<ShareId | null>;
  const merged = format.commitsToMergedPayouts;
  // From 36 on it is there on every network.
  const segwit: Codec<SegwitData | null> = segwitActive || merged ? maybeSegwit : absent;
  const transactions = (format.listsTransactions ? transactionLists : absent) as Codec<TransactionLists | null>;
  return composed(
    {
      data: shareDataCodec(format, maybeShareId),
      segwit,
      mergedAddresses: merged ? mergedAddresses : absent,
      transactions,
      farShareId: maybeShareId,
      maxBits: u32,
      bits: u32,
      timestamp: u32,
      absheight: u32,
      abswork: format.integers === "compact" ? varint : u128,
      mergedCoinbases: merged ? mergedCoinbases : absent,
      mergedPayoutHash: merged ? maybeHash : absent,
    },
    () => ({
      data: null,
      segwit: null,
      mergedAddresses: null,
      transactions: null,
      farShareId: null,
      maxBits: null,
      bits: null,
      timestamp: null,
      absheight: null,
      abswork: null,
      mergedCoinbases: null,
      mergedPayoutHash: null,
    }),
  );
}

function hashLinkCodec(format: ShareFormat): Codec<HashLink> {
  return composed({ state: fixstr(32), rest: format.hasHashLinkRest ? varstr : noBytes, length: varint });
}

/** Reads contents and tells which bytes of them are the share info, for the reference hash. */
export interface ContentsCodec {
  read(reader: Reader): { contents: ShareContents; infoBytes: Uint8Array };
  write(writer: Writer, contents: ShareContents): void;
  readonly info: Codec<ShareInfo>;
}

export function contentsCodec(format: ShareFormat, segwitActive: boolean, texts: HashTexts): ContentsCodec {
  const minHeaders = minHeaderCodec(texts);
  const infos = shareInfoCodec(format, segwitActive, texts);
  const tails: Codec<Omit<ShareContents, "info" | "minHeader">> = composed({
    refMerkleBranch: branch,
    lastTxoutNonce: fixstr(8),
    hashLink: hashLinkCodec(format),
    merkleBranch: branch,
    messages: format.carriesMessages ? maybeBytes : absent,
  });
  return {
    info: infos,
    read(reader) {
      const minHeader = minHeaders.read(reader);
      const start = reader.offset;
      const info = infos.read(reader);
      const infoBytes = reader.bytes.subarray(start, reader.offset);
      const { refMerkleBranch, lastTxoutNonce, hashLink, merkleBranch, messages } = tails.read(reader);
      const contents = { minHeader, info, refMerkleBranch, lastTxoutNonce, hashLink, merkleBranch, messages };
      return { contents, infoBytes };
    },
    write(writer, contents) {
      minHeaders.write(writer, contents.minHeader);
      infos.write(writer, contents.info);
      tails.write(writer, contents);
    },
  };
}
