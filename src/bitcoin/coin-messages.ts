import { hashToHex, hexToHash } from "../core/bytes.js";
import {
  type Codec,
  CodecError,
  composed,
  hash256Bytes,
  list,
  mapped,
  maybeHash,
  Reader,
  u32,
  u64,
  varint,
  varstr,
} from "../core/codec.js";
import { type NetworkAddress, networkAddress } from "../core/network-address.js";
import { type BlockHeader, blockHeader } from "./block.js";
import { FLAG_MWEB, FLAG_WITNESS } from "./transaction.js";

/**
 * Messages of the coin's own P2P protocol as far as P2Pool speaks it with its daemon (spec/07 §5). Framing is that of
 * P2Pool with a prefix of 4 bytes, and surplus bytes of a payload are ignored.
 */
interface CoinVersion {
  readonly version: number;
  readonly services: bigint;
  /** Seconds since 1970. */
  readonly time: bigint;
  readonly addrTo: NetworkAddress;
  readonly addrFrom: NetworkAddress;
  readonly nonce: bigint;
  readonly userAgent: Uint8Array;
  readonly startHeight: number;
  /** Whether the daemon is asked for transactions; null if the byte is left out, which means yes. */
  readonly relay: boolean | null;
}

interface InventoryEntry {
  /** 1 transaction, 2 block; others exist and mean nothing to us. */
  readonly type: number;
  /** Display form. */
  readonly hash: string;
}

export const INVENTORY = { transaction: 1, block: 2 } as const;

interface HeadersRequest {
  readonly version: number;
  /** Newest first; empty to get just the header of `stop`. */
  readonly locator: readonly string[];
  readonly stop: string | null;
}

export interface CoinPayloads {
  readonly version: CoinVersion;
  readonly verack: Empty;
  readonly ping: { readonly nonce: bigint };
  readonly pong: { readonly nonce: bigint };
  readonly inv: { readonly entries: readonly InventoryEntry[] };
  readonly getdata: { readonly entries: readonly InventoryEntry[] };
  readonly getheaders: HeadersRequest;
  readonly getblocks: HeadersRequest;
  readonly headers: { readonly headers: readonly BlockHeader[] };
  /** Full serialisation. */
  readonly tx: { readonly raw: Uint8Array };
  /** Header, count, transactions, and what the coin puts after them. */
  readonly block: { readonly raw: Uint8Array };
  readonly getaddr: Empty;
}

type Empty = Readonly<Record<never, never>>;
export type CoinCommand = keyof CoinPayloads;

const empty: Codec<Empty> = { read: () => ({}), write: () => {}, minimumSize: 0 };

const hash: Codec<string> = mapped(hash256Bytes, hashToHex, hexToHash);

const hashes: Codec<readonly string[]> = mapped(
  list(hash),
  (v): readonly string[] => v,
  (v) => [...v],
);

const entries: Codec<readonly InventoryEntry[]> = mapped(
  list(composed<InventoryEntry>({ type: u32, hash })),
  (v): readonly InventoryEntry[] => v,
  (v) => [...v],
);

const relay: Codec<boolean | null> = {
  read: (r) => (r.remaining === 0 ? null : r.u8() !== 0),
  write: (w, v) => {
    if (v !== null) w.u8(v ? 1 : 0);
  },
  minimumSize: 0,
};

/** A header as `headers` carries it: with a count of transactions, which is always 0. */
const announcedHeader: Codec<BlockHeader> = {
  read: (r) => {
    const header = blockHeader.read(r);
    varint.read(r);
    return header;
  },
  write: (w, v) => {
    blockHeader.write(w, v);
    w.varint(0);
  },
  minimumSize: 81,
};

const announcedHeaders: Codec<readonly BlockHeader[]> = mapped(
  list(announcedHeader),
  (v): readonly BlockHeader[] => v,
  (v) => [...v],
);

/** Everything that is left. */
const rest: Codec<Uint8Array> = {
  read: (r) => r.raw(r.remaining),
  write: (w, v) => w.raw(v),
  minimumSize: 0,
};

/**
 * One transaction in full form as the range of its bytes: its shape is checked, nothing of it is built. Formats that
 * cannot be delimited, such as Litecoin's extension transactions, are errors.
 */
export const rawTransaction: Codec<Uint8Array> = {
  read: (r) => {
    const start = r.offset;
    skipTransaction(r);
    return r.bytes.subarray(start, r.offset);
  },
  write: (w, v) => w.raw(v),
  minimumSize: 10,
};

function skipTransaction(reader: Reader): void {
  reader.raw(4);
  let flag = 0;
  if (reader.bytes[reader.offset] === 0) {
    reader.u8();
    flag = reader.u8();
    if (flag === 0 || (flag & ~(FLAG_WITNESS | FLAG_MWEB)) !== 0) {
      throw new CodecError(`unknown flag ${flag}`, "CODEC_VALUE_RANGE", "flag");
    }
  }
  const inputs = reader.count(41);
  for (let i = 0; i < inputs; i++) {
    reader.raw(36);
    skipString(reader);
    reader.raw(4);
  }
  const outputs = reader.count(9);
  for (let i = 0; i < outputs; i++) {
    reader.raw(8);
    skipString(reader);
  }
  if (flag & FLAG_WITNESS) {
    for (let i = 0; i < inputs; i++) {
      const items = reader.count(1);
      for (let j = 0; j < items; j++) skipString(reader);
    }
  }
  if (flag & FLAG_MWEB && reader.u8() !== 0) {
    throw new CodecError("carries an extension transaction", "CODEC_VALUE_RANGE", "mweb");
  }
  reader.raw(4);
}

function skipString(reader: Reader): void {
  reader.raw(reader.count(1));
}

const headersRequest: Codec<HeadersRequest> = composed<HeadersRequest>({
  version: u32,
  locator: hashes,
  stop: maybeHash,
});

const COIN_CODECS: { readonly [C in CoinCommand]: Codec<CoinPayloads[C]> } = {
  version: composed<CoinVersion>({
    version: u32,
    services: u64,
    time: u64,
    addrTo: networkAddress,
    addrFrom: networkAddress,
    nonce: u64,
    userAgent: varstr,
    startHeight: u32,
    relay,
  }),
  verack: empty,
  ping: composed<CoinPayloads["ping"]>({ nonce: u64 }),
  pong: composed<CoinPayloads["pong"]>({ nonce: u64 }),
  inv: composed<CoinPayloads["inv"]>({ entries }),
  getdata: composed<CoinPayloads["getdata"]>({ entries }),
  getheaders: headersRequest,
  getblocks: headersRequest,
  headers: composed<CoinPayloads["headers"]>({ headers: announcedHeaders }),
  tx: composed<CoinPayloads["tx"]>({ raw: rawTransaction }),
  block: composed<CoinPayloads["block"]>({ raw: rest }),
  getaddr: empty,
};

export function isCoinCommand(command: string): command is CoinCommand {
  return Object.hasOwn(COIN_CODECS, command);
}

/** Surplus bytes are ignored (spec/07 §5.1). @throws CodecError */
export function decodeCoinPayload<C extends CoinCommand>(command: C, payload: Uint8Array): CoinPayloads[C] {
  return COIN_CODECS[command].read(new Reader(payload));
}

/** The codec of a payload, for writing. */
export function coinPayloadCodec<C extends CoinCommand>(command: C): Codec<CoinPayloads[C]> {
  return COIN_CODECS[command];
}
