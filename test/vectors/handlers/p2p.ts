import assert from "node:assert/strict";
import {
  type CoinCommand,
  coinPayloadCodec,
  decodeCoinPayload,
  isCoinCommand,
} from "../../../src/bitcoin/coin-messages.js";
import { transaction, transactionHash } from "../../../src/bitcoin/transaction.js";
import { bytesToHex, hashToHex, hexToBytes } from "../../../src/core/bytes.js";
import { CodecError, decode, encode } from "../../../src/core/codec.js";
import { encodeFrame, MAX_PAYLOAD_BYTES, readCommand } from "../../../src/core/frame.js";
import { POOL_NETWORKS } from "../../../src/networks/pools.js";
import { ProtocolError } from "../../../src/peers/errors.js";
import { LIMITS, TIMERS } from "../../../src/peers/limits.js";
import { encodeFrames } from "../../../src/peers/wire/encode.js";
import { type Command, decodeMessage, isCommand } from "../../../src/peers/wire/messages.js";
import { FrameParser } from "../../../src/peers/wire/parser.js";
import { eachCase, type FileHandler, type JsonObject, type VectorCase } from "../runner.js";
import { COIN_FIELDS, P2POOL_FIELDS, readable } from "./p2p-fields.js";

// p2p.json: every message of both protocols as fields and exact bytes, in both directions, and what the reference's
// parser makes of streams (spec/06 §4, §6, §13.5).

interface Vector {
  readonly command: string;
  readonly command_field: string;
  readonly checksum: string;
  readonly length: string;
  readonly prefix: string;
  readonly payload: string;
  readonly frame: string;
  readonly fields: JsonObject;
}

function parserFor(prefix: Uint8Array): FrameParser {
  return new FrameParser({
    prefix,
    admit: (_, length) => {
      if (length > MAX_PAYLOAD_BYTES) throw new ProtocolError("too long", "WIRE_TOO_LONG", "too-long");
      return "collect";
    },
  });
}

function checkFrame(vector: Vector, prefix: string): Uint8Array {
  assert.equal(vector.prefix, prefix);
  const payload = hexToBytes(vector.payload);
  assert.equal(bytesToHex(encodeFrame(hexToBytes(prefix), vector.command, payload)), vector.frame);
  assert.equal(readCommand(hexToBytes(vector.command_field)), vector.command);
  assert.equal(payload.length, Number(vector.length));

  const parser = parserFor(hexToBytes(prefix));
  parser.push(hexToBytes(vector.frame));
  const frame = parser.next();
  assert.equal(frame?.command, vector.command);
  assert.equal(bytesToHex(frame.payload!), vector.payload);
  assert.equal(parser.next(), null);
  assert.equal(parser.partial, null);
  return payload;
}

function checkMessage(vector: Vector, prefix: string): void {
  const payload = checkFrame(vector, prefix);
  assert.ok(isCommand(vector.command), `no codec for ${vector.command}`);
  checkDirections(vector.command, vector, payload);
  for (const { hash, hex } of (vector.fields.txs ?? []) as { hash: string; hex: string }[]) checkTransaction(hash, hex);
}

function checkDirections<C extends Command>(command: C, vector: Vector, payload: Uint8Array): void {
  const fields = P2POOL_FIELDS[command](vector.fields);
  assert.deepEqual(readable(decodeMessage(command, payload)), readable({ command, payload: fields }));
  assert.deepEqual(encodeFrames(hexToBytes(vector.prefix), command, fields).map(bytesToHex), [vector.frame]);
}

function checkCoinMessage(vector: Vector, prefix: string): void {
  const payload = checkFrame(vector, prefix);
  assert.ok(isCoinCommand(vector.command), `no codec for ${vector.command}`);
  checkCoinDirections(vector.command, vector, payload);
  const { hash, hex } = (vector.fields.tx ?? {}) as { hash?: string; hex?: string };
  if (hash !== undefined) checkTransaction(hash, hex!);
}

function checkCoinDirections<C extends CoinCommand>(command: C, vector: Vector, payload: Uint8Array): void {
  const fields = COIN_FIELDS[command](vector.fields);
  assert.deepEqual(readable(decodeCoinPayload(command, payload)), readable(fields));
  assert.equal(bytesToHex(encode(coinPayloadCodec(command), fields)), vector.payload);
}

function checkTransaction(hash: string, hex: string): void {
  assert.equal(hashToHex(transactionHash(decode(transaction, hexToBytes(hex)))), hash);
}

interface NetworkVectors {
  readonly network: string;
  readonly prefix: string;
  readonly parent_prefix: string;
  readonly p2pool: readonly Vector[];
  readonly bitcoind: readonly Vector[];
}

function* networkCases(networks: readonly NetworkVectors[]): Iterable<VectorCase> {
  for (const { network, prefix, parent_prefix, p2pool, bitcoind } of networks) {
    yield {
      name: network,
      run: () => {
        const known = POOL_NETWORKS.find(({ name }) => name === network);
        assert.ok(known, `network ${network} is not known`);
        assert.equal(bytesToHex(known.prefix), prefix);
      },
    };
    for (const [i, vector] of p2pool.entries()) {
      yield { name: `${network} p2pool[${i}] ${vector.command}`, run: () => checkMessage(vector, prefix) };
    }
    for (const [i, vector] of bitcoind.entries()) {
      yield { name: `${network} bitcoind[${i}] ${vector.command}`, run: () => checkCoinMessage(vector, parent_prefix) };
    }
  }
}

interface Stream {
  readonly case: string;
  readonly protocol: "bitcoind" | "p2pool";
  readonly chunks: readonly string[];
  readonly events: readonly (readonly string[])[];
}

const PREFIXES = { p2pool: "2472ef181efcd37b", bitcoind: "f9beb4d9" };

/** What a stream is to us; the first error ends it (spec/06 §4.2). */
function parseStream({ protocol, chunks }: Stream): string[] {
  const parser = parserFor(hexToBytes(PREFIXES[protocol]));
  const events: string[] = [];
  try {
    for (const chunk of chunks) {
      parser.push(hexToBytes(chunk));
      for (let frame = parser.next(); frame !== null; frame = parser.next()) {
        const { command, payload } = frame;
        if (protocol === "p2pool" ? !isCommand(command) : !isCoinCommand(command)) continue;
        if (protocol === "p2pool") decodeMessage(command as Command, payload!);
        else decodeCoinPayload(command as CoinCommand, payload!);
        events.push(command);
      }
    }
  } catch (error) {
    assert.ok(error instanceof ProtocolError || error instanceof CodecError, String(error));
    events.push("closed");
  }
  return events;
}

/** Where we must differ from the reference: garbage and over-long lengths close, other inventory types do not. */
const OURS: Readonly<Record<string, readonly string[]>> = {
  "garbage before the prefix": ["closed"],
  "partial prefix then prefix": ["closed"],
  "length 32000001: frame skipped, resynchronises right after the length field (the checksum bytes are read as garbage)":
    ["closed"],
  "wrong network prefix": ["closed"],
  "bitcoind: inv of unknown type": ["inv"],
};

function checkStream(stream: Stream): void {
  const theirs: string[] = [];
  for (const [kind, command] of stream.events) {
    theirs.push(kind === "packet" ? command! : "closed");
    if (kind !== "packet") break;
  }
  assert.deepEqual(parseStream(stream), OURS[stream.case] ?? theirs, stream.case);
}

/** Limits of the reference that bind us too; the others are its own business. */
function* constantCases(constants: Readonly<Record<string, string>>): Iterable<VectorCase> {
  const ours: Readonly<Record<string, number>> = {
    max_payload_length: MAX_PAYLOAD_BYTES,
    broadcast_max_shares: LIMITS.broadcastShares,
    getaddrs_max: LIMITS.recordsPerMessage,
    max_remembered_txs_size: LIMITS.rememberedBytesAccepted,
    handshake_timeout_s: TIMERS.handshake / 1000,
    sharereq_timeout_s: TIMERS.request / 1000,
    known_txs_cache_s: TIMERS.droppedTransactions / 1000,
    incoming_per_16: LIMITS.perGroup,
  };
  for (const [name, value] of Object.entries(ours)) {
    yield { name, run: () => assert.equal(value, Number(constants[name])) };
  }
  // A peer of the reference closes a connection that was silent this long.
  yield { name: "idle_timeout_s", run: () => assert.ok(TIMERS.pingMost < 1000 * Number(constants.idle_timeout_s)) };
}

export const p2p: FileHandler = {
  networks: (value) => networkCases(value as NetworkVectors[]),
  streams: (value) => eachCase(value as Stream[], checkStream),
  constants: (value) => constantCases(value as Record<string, string>),
};

interface LogLine {
  readonly command?: string;
  readonly frame?: string;
}

/** A recorded session: every frame in either direction is read and written again as it was. */
export const p2pSession: FileHandler = {
  prefix: (value) => eachCase([value as string], (prefix) => assert.equal(hexToBytes(prefix).length, 8)),
  log: (value, { prefix }) =>
    eachCase(
      (value as LogLine[]).filter(({ frame }) => frame !== undefined),
      ({ command, frame: hex }) => {
        const parser = parserFor(hexToBytes(prefix as string));
        parser.push(hexToBytes(hex!));
        const frame = parser.next();
        assert.ok(frame);
        assert.equal(frame.command, command);
        assert.ok(isCommand(frame.command));
        const { payload } = decodeMessage(frame.command, frame.payload!);
        const again = encodeFrames(hexToBytes(prefix as string), frame.command, payload as never);
        assert.deepEqual(again.map(bytesToHex), [hex]);
      },
    ),
};
