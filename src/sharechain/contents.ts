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

/** What the share's miner chose (fields 6-13). */
export interface ShareData {
  readonly previousShareId: ShareId | null;
  /** Script of the generation transaction's input, 2-100 bytes. */
  readonly coinbase: Uint8Array;
  readonly nonce: number;
  /** Version < 34: 20 key hash bytes in script order; else the address text, a byte a character. */
  readonly payee: Uint8Array;
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

/** Everything the share hash commits to through the reference hash (fields 6-22). */
export interface ShareInfo {
  readonly data: ShareData;
  /** Null unless the share is segwit-active. */
  readonly segwit: SegwitData | null;
  /** Null from version 34 on. */
  readonly transactions: TransactionLists | null;
  readonly farShareId: ShareId | null;
  readonly maxBits: CompactBits;
  readonly bits: CompactBits;
  readonly timestamp: number;
  readonly absheight: number;
  readonly abswork: bigint;
}

export interface HashLink {
  readonly state: Uint8Array;
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
}

const minHeaderCodec: Codec<MinHeader> = composed({
  version: varint32,
  previousBlock: maybeHash as Codec<BlockHash | null>,
  timestamp: u32,
  bits: u32,
  nonce: u32,
});

const branch: Codec<readonly Uint8Array[]> = mapped(
  list(hash256Bytes),
  (v) => v,
  (v) => [...v],
);
const maybeShareId = maybeHash as Codec<ShareId | null>;

function shareDataCodec(format: ShareFormat): Codec<ShareData> {
  return composed({
    previousShareId: maybeShareId,
    coinbase: varstr,
    nonce: u32,
    payee: format.payee === "address" ? varstr : fixstr(20),
    subsidy: u64,
    donation: u16,
    staleInfo: u8,
    desiredVersion: varint,
  });
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

const absent: Codec<null> = { read: () => null, write: () => {}, minimumSize: 0 };

/** Share info of one version; `segwitActive` depends on the network too (spec/03, head). */
function shareInfoCodec(format: ShareFormat, segwitActive: boolean): Codec<ShareInfo> {
  const segwit: Codec<SegwitData | null> = segwitActive ? maybeSegwit : absent;
  const transactions = (format.listsTransactions ? transactionLists : absent) as Codec<TransactionLists | null>;
  return composed({
    data: shareDataCodec(format),
    segwit,
    transactions,
    farShareId: maybeShareId,
    maxBits: u32,
    bits: u32,
    timestamp: u32,
    absheight: u32,
    abswork: u128,
  });
}

const hashLinkCodec: Codec<HashLink> = composed({ state: fixstr(32), length: varint });

/** Reads contents and tells which bytes of them are the share info, for the reference hash. */
export interface ContentsCodec {
  read(reader: Reader): { contents: ShareContents; infoBytes: Uint8Array };
  write(writer: Writer, contents: ShareContents): void;
  readonly info: Codec<ShareInfo>;
}

export function contentsCodec(format: ShareFormat, segwitActive: boolean): ContentsCodec {
  const info = shareInfoCodec(format, segwitActive);
  const tail: Codec<Omit<ShareContents, "info" | "minHeader">> = composed({
    refMerkleBranch: branch,
    lastTxoutNonce: fixstr(8),
    hashLink: hashLinkCodec,
    merkleBranch: branch,
  });
  return {
    info,
    read(reader) {
      const minHeader = minHeaderCodec.read(reader);
      const start = reader.offset;
      const shareInfo = info.read(reader);
      const infoBytes = reader.bytes.subarray(start, reader.offset);
      return { contents: { minHeader, info: shareInfo, ...tail.read(reader) }, infoBytes };
    },
    write(writer, contents) {
      minHeaderCodec.write(writer, contents.minHeader);
      info.write(writer, contents.info);
      tail.write(writer, contents);
    },
  };
}
