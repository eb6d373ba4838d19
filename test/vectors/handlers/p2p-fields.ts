import type { BlockHash, BlockHeader } from "../../../src/bitcoin/block.js";
import { type CoinCommand, type CoinPayloads, INVENTORY } from "../../../src/bitcoin/coin-messages.js";
import { bytesToHex, hashToHex, hexToBytes, hexToHash } from "../../../src/core/bytes.js";
import type { NetworkAddress } from "../../../src/core/network-address.js";
import { type Command, type Payloads, SHARE_REPLY, wrapShare } from "../../../src/peers/wire/messages.js";

// The fields of p2p.json as payloads: integers are decimal strings, hashes 64 digits in display order, bytes hex.

type Fields = Readonly<Record<string, unknown>>;
type Text = Readonly<Record<string, string>>;

function address(fields: unknown): NetworkAddress {
  const { services, address, port } = fields as Text;
  return { services: BigInt(services!), address: address!, port: Number(port) };
}

function header(fields: unknown): BlockHeader {
  const { version, previous_block, merkle_root, timestamp, bits, nonce } = fields as Text;
  return {
    version: Number(version),
    previousBlock: (previous_block ?? null) as BlockHash | null,
    merkleRoot: hexToHash(merkle_root!),
    timestamp: Number(timestamp),
    bits: Number.parseInt(bits!, 16),
    nonce: Number(nonce),
  };
}

function shares(fields: unknown): Payloads["shares"]["shares"] {
  return (fields as Text[]).map(({ type, contents }) => wrapShare(BigInt(type!), hexToBytes(contents!)));
}

function result(name: string): number {
  return name === "good" ? SHARE_REPLY.good : name === "too long" ? SHARE_REPLY.tooLong : Number(name.slice(3));
}

const transactionHashes = (f: Fields): { hashes: string[] } => ({ hashes: f.tx_hashes as string[] });
const shareRequest = (f: Fields): Payloads["getshares"] => ({
  hashes: f.hashes as string[],
  parents: BigInt(f.parents as string),
  stops: f.stops as string[],
});

export const P2POOL_FIELDS: { readonly [C in Command]: (fields: Fields) => Payloads[C] } = {
  version: (f) => ({
    version: Number(f.version),
    services: BigInt(f.services as string),
    addrTo: address(f.addr_to),
    addrFrom: address(f.addr_from),
    nonce: BigInt(f.nonce as string),
    subVersion: hexToBytes(f.sub_version as string),
    mode: Number(f.mode),
    bestShare: f.best_share_hash as string | null,
  }),
  ping: () => ({}),
  addrme: (f) => ({ port: Number(f.port) }),
  addrs: (f) => ({
    records: (f.addrs as Fields[]).map((record) => ({
      timestamp: BigInt(record.timestamp as string),
      address: address(record.address),
    })),
  }),
  getaddrs: (f) => ({ count: Number(f.count) }),
  shares: (f) => ({ shares: shares(f.shares) }),
  sharereq: (f) => ({ id: f.id as string, ...shareRequest(f) }),
  sharereply: (f) => ({ id: f.id as string, result: result(f.result as string), shares: shares(f.shares) }),
  bestblock: (f) => ({ header: header(f.header) }),
  have_tx: transactionHashes,
  losing_tx: transactionHashes,
  forget_tx: transactionHashes,
  remember_tx: (f) => ({
    ...transactionHashes(f),
    transactions: (f.txs as Text[]).map(({ hex }) => hexToBytes(hex!)),
  }),
  setmode: (f) => ({ mode: Number(f.mode) }),
  getshares: shareRequest,
};

function inventory(fields: unknown): CoinPayloads["inv"]["entries"] {
  return (fields as Text[]).map(({ type, hash }) => ({
    type: type === "tx" ? INVENTORY.transaction : INVENTORY.block,
    hash: hash!,
  }));
}

const headersRequest = (f: Fields): CoinPayloads["getheaders"] => ({
  version: Number(f.version),
  locator: f.have as string[],
  stop: f.last as string | null,
});

export const COIN_FIELDS: { readonly [C in CoinCommand]: (fields: Fields) => CoinPayloads[C] } = {
  version: (f) => ({
    version: Number(f.version),
    services: BigInt(f.services as string),
    time: BigInt(f.time as string),
    addrTo: address(f.addr_to),
    addrFrom: address(f.addr_from),
    nonce: BigInt(f.nonce as string),
    userAgent: hexToBytes(f.sub_version_num as string),
    startHeight: Number(f.start_height),
    relay: null,
  }),
  verack: () => ({}),
  ping: (f) => ({ nonce: BigInt(f.nonce as string) }),
  pong: (f) => ({ nonce: BigInt(f.nonce as string) }),
  inv: (f) => ({ entries: inventory(f.invs) }),
  getdata: (f) => ({ entries: inventory(f.requests) }),
  getheaders: headersRequest,
  getblocks: headersRequest,
  headers: (f) => ({ headers: (f.headers as Fields[]).map((entry) => header(entry.header)) }),
  tx: (f) => ({ raw: hexToBytes((f.tx as Text).hex!) }),
  block: (f) => ({ raw: hexToBytes((f.block as Text).hex!) }),
  getaddr: () => ({}),
};

/** Bytes as hex, so that a difference can be read. */
export function readable(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.length === 32 ? hashToHex(value) : bytesToHex(value);
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, readable(item)]));
  }
  return value;
}
