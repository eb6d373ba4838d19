import { type BlockHeader, blockHeader } from "../../bitcoin/block.js";
import { rawTransaction } from "../../bitcoin/coin-messages.js";
import { concatBytes, hashToHex, hexToHash } from "../../core/bytes.js";
import {
  type Codec,
  CodecError,
  composed,
  decode,
  encode,
  hash256Bytes,
  list,
  mapped,
  maybeHash,
  u16,
  u32,
  u64,
  varint,
  varint32,
  varstr,
} from "../../core/codec.js";
import { type NetworkAddress, networkAddress } from "../../core/network-address.js";
import { ProtocolError } from "../errors.js";
import { LIMITS } from "../limits.js";

/** Messages of P2Pool's protocol (spec/06 §6, §15), each as its table reads. Hashes are in display form. */
export interface VersionMessage {
  readonly version: number;
  readonly services: bigint;
  readonly addrTo: NetworkAddress;
  readonly addrFrom: NetworkAddress;
  readonly nonce: bigint;
  /** Any bytes: never shown as they are. */
  readonly subVersion: Uint8Array;
  readonly mode: number;
  readonly bestShare: string | null;
}

export interface AddressRecord {
  /** Seconds since 1970, 64 bits, and before the address. */
  readonly timestamp: bigint;
  readonly address: NetworkAddress;
}

/** A share in its wrapper, cut out but not read: type and contents are decoded one share at a time. */
export interface WrappedShare {
  readonly type: bigint;
  /** Type and contents as they came. */
  readonly raw: Uint8Array;
}

export interface ShareRequest {
  readonly hashes: readonly string[];
  /** Ancestors wanted of each. */
  readonly parents: bigint;
  readonly stops: readonly string[];
}

/** 0 good, 1 too long, 2 to 6 have never had a meaning. */
export const SHARE_REPLY = { good: 0, tooLong: 1 } as const;
const LAST_SHARE_REPLY = 6;

interface TransactionHashes {
  readonly hashes: readonly string[];
}

export interface Payloads {
  readonly version: VersionMessage;
  readonly ping: Empty;
  /** "Advertise the address that you see me from, with this port." */
  readonly addrme: { readonly port: number };
  readonly addrs: { readonly records: readonly AddressRecord[] };
  readonly getaddrs: { readonly count: number };
  readonly shares: { readonly shares: readonly WrappedShare[] };
  /** `id`: 64 hex digits. */
  readonly sharereq: ShareRequest & { readonly id: string };
  readonly sharereply: { readonly id: string; readonly result: number; readonly shares: readonly WrappedShare[] };
  readonly bestblock: { readonly header: BlockHeader };
  readonly have_tx: TransactionHashes;
  readonly losing_tx: TransactionHashes;
  readonly forget_tx: TransactionHashes;
  /** `transactions`: full serialisations. */
  readonly remember_tx: TransactionHashes & { readonly transactions: readonly Uint8Array[] };
  /** Historic, understood and never sent: how shares were announced in 2011. */
  readonly setmode: { readonly mode: number };
  /** Historic, understood and never sent: answered with `shares`. */
  readonly getshares: ShareRequest;
}

type Empty = Readonly<Record<never, never>>;
export type Command = keyof Payloads;
export type MessageOf<C extends Command> = {
  readonly [K in C]: { readonly command: K; readonly payload: Payloads[K] };
}[C];
export type Message = MessageOf<Command>;

const empty: Codec<Empty> = { read: () => ({}), write: () => {}, minimumSize: 0 };
const hash: Codec<string> = mapped(hash256Bytes, hashToHex, hexToHash);

function listOf<T>(item: Codec<T>): Codec<readonly T[]> {
  return mapped(
    list(item),
    (v): readonly T[] => v,
    (v) => [...v],
  );
}

const hashes = listOf(hash);

const wrappedShare: Codec<WrappedShare> = {
  read: (r) => {
    const start = r.offset;
    const type = r.varint();
    r.raw(r.count(1));
    return { type, raw: r.bytes.subarray(start, r.offset) };
  },
  write: (w, v) => w.raw(v.raw),
  minimumSize: 2,
};

/** Wraps contents for the wire. */
export function wrapShare(type: bigint, contents: Uint8Array): WrappedShare {
  return { type, raw: concatBytes(encode(varint, type), encode(varstr, contents)) };
}

/** More shares than an honest node ever sends at once are an error before any of them is cut out. */
const wrappedShares: Codec<readonly WrappedShare[]> = {
  read: (r) => {
    const start = r.offset;
    const count = r.count(wrappedShare.minimumSize);
    if (count > LIMITS.sharesPerMessage) {
      throw new CodecError(`${count} shares in one message`, "CODEC_VALUE_RANGE");
    }
    r.offset = start;
    return wrappedShareList.read(r);
  },
  write: (w, v) => wrappedShareList.write(w, v),
  minimumSize: 1,
};
const wrappedShareList = listOf(wrappedShare);

const replyResult: Codec<number> = {
  read: (r) => {
    const value = varint32.read(r);
    if (value > LAST_SHARE_REPLY) throw new CodecError(`no result ${value}`, "CODEC_VALUE_RANGE");
    return value;
  },
  write: (w, v) => varint32.write(w, v),
  minimumSize: 1,
};

const transactionHashes = composed<TransactionHashes>({ hashes });

const MESSAGE_CODECS: { readonly [C in Command]: Codec<Payloads[C]> } = {
  version: composed<VersionMessage>({
    version: u32,
    services: u64,
    addrTo: networkAddress,
    addrFrom: networkAddress,
    nonce: u64,
    subVersion: varstr,
    mode: u32,
    bestShare: maybeHash,
  }),
  ping: empty,
  addrme: composed<Payloads["addrme"]>({ port: u16 }),
  addrs: composed<Payloads["addrs"]>({
    records: listOf(composed<AddressRecord>({ timestamp: u64, address: networkAddress })),
  }),
  getaddrs: composed<Payloads["getaddrs"]>({ count: u32 }),
  shares: composed<Payloads["shares"]>({ shares: wrappedShares }),
  sharereq: composed<Payloads["sharereq"]>({ id: hash, hashes, parents: varint, stops: hashes }),
  sharereply: composed<Payloads["sharereply"]>({ id: hash, result: replyResult, shares: wrappedShares }),
  bestblock: composed<Payloads["bestblock"]>({ header: blockHeader }),
  have_tx: transactionHashes,
  losing_tx: transactionHashes,
  forget_tx: transactionHashes,
  remember_tx: composed<Payloads["remember_tx"]>({ hashes, transactions: listOf(rawTransaction) }),
  setmode: composed<Payloads["setmode"]>({ mode: u32 }),
  getshares: composed<ShareRequest>({ hashes, parents: varint, stops: hashes }),
};

export function isCommand(command: string): command is Command {
  return Object.hasOwn(MESSAGE_CODECS, command);
}

export function encodePayload<C extends Command>(command: C, payload: Payloads[C]): Uint8Array {
  return encode(MESSAGE_CODECS[command], payload);
}

/** @throws ProtocolError: surplus and missing bytes are errors (spec/06 §3) */
export function decodePayload<C extends Command>(command: C, payload: Uint8Array): Payloads[C] {
  try {
    return decode(MESSAGE_CODECS[command], payload);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new ProtocolError(`${command}: ${error.message}`, "WIRE_UNDECODABLE", "undecodable", { cause: error });
  }
}

/** A payload of a command that is known only at run time. @throws ProtocolError */
export function decodeMessage(command: Command, payload: Uint8Array): Message {
  return { command, payload: decodePayload(command, payload) } as Message;
}

/** The id of a `sharereply`, so that an answer to nothing is refused before its shares are cut out. */
export function replyId(payload: Uint8Array): string | null {
  return payload.length < 32 ? null : hashToHex(payload.subarray(0, 32));
}
