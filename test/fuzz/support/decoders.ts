import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decodeBase58 } from "../../../src/bitcoin/address.js";
import { auxpowProof, readAuxpowCommitment } from "../../../src/bitcoin/auxpow.js";
import { type CoinCommand, decodeCoinPayload } from "../../../src/bitcoin/coin-messages.js";
import { decodeOpReturn } from "../../../src/bitcoin/op-return.js";
import { bip34Height, countSignatureOperations, pushBytes, readScript } from "../../../src/bitcoin/script.js";
import {
  strippedTransaction,
  summarizeTransaction,
  transaction as transactionCodec,
  transactionSizes,
} from "../../../src/bitcoin/transaction.js";
import { explainUnpayable } from "../../../src/bitcoin/unpayable.js";
import { bytesToHex, concatBytes, hexToBytes } from "../../../src/core/bytes.js";
import { encode, Reader } from "../../../src/core/codec.js";
import { P2PoolError } from "../../../src/core/errors.js";
import { interpretReply } from "../../../src/daemon/rpc/reply.js";
import { blockTemplateSchema } from "../../../src/daemon/rpc/schemas.js";
import { createTemplate } from "../../../src/daemon/template.js";
import { COINS } from "../../../src/networks/index.js";
import { canonicalAddress } from "../../../src/peers/address.js";
import { screenShare } from "../../../src/peers/share-screen.js";
import { decodeMessage, isCommand, wrapShare } from "../../../src/peers/wire/messages.js";
import { FrameParser } from "../../../src/peers/wire/parser.js";
import { systemClock } from "../../../src/platform/clock.js";
import { loadShare, ShareRules } from "../../../src/sharechain/index.js";
import { openMessages } from "../../../src/sharechain/messages.js";
import { seal } from "../../../src/store/seal.js";
import { recordToShare } from "../../../src/store/share-record.js";
import { parseUsername } from "../../../src/work/username.js";
import { decodeGetwork } from "../../../src/workers/getwork/encoding.js";
import { readProxyHeader } from "../../../src/workers/proxy-header.js";
import { parseLine } from "../../../src/workers/stratum/message.js";
import {
  parseAuthorize,
  parseConfigure,
  parseSubmit,
  parseSuggestedDifficulty,
  parseSuggestedTarget,
} from "../../../src/workers/stratum/params.js";
import { rawPayment, rawTemplate } from "../../support/daemon-template.js";
import { easyNetwork, PAYEE, TestChain } from "../../unit/peers/support/chain.js";
import { mutatedJson } from "./mutate.js";
import type { FuzzTarget } from "./target.js";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const read = (input: Uint8Array): string => new TextDecoder().decode(input);

const network = easyNetwork();
const rules = new ShareRules(network);
const chain = new TestChain({ network, clock: systemClock });
const share = chain.extend(3).item.share;

const session = JSON.parse(
  readFileSync(fileURLToPath(new URL("../../../../test/vectors/data/p2p-session.json", import.meta.url)), "utf8"),
) as { readonly prefix: string; readonly log: readonly { readonly frame?: string }[] };
const prefix = hexToBytes(session.prefix);
/** Messages of a recorded session of two nodes. */
export const RECORDED_FRAMES: readonly Uint8Array[] = session.log.flatMap(({ frame }) =>
  frame === undefined ? [] : [hexToBytes(frame)],
);

/** A payment with a witness, and what the coin's protocol says of it and of blocks. */
const transaction = hexToBytes(String(rawPayment(1).data));
export const COIN_MESSAGES: readonly (readonly [CoinCommand, Uint8Array])[] = [
  ["tx", transaction],
  ["block", concatBytes(share.headerBytes, Uint8Array.of(1), transaction)],
  ["headers", concatBytes(Uint8Array.of(1), share.headerBytes, Uint8Array.of(0))],
  ["inv", concatBytes(Uint8Array.of(1, 2, 0, 0, 0), share.powHash)],
  ["getheaders", concatBytes(new Uint8Array(4), Uint8Array.of(1), share.powHash, share.powHash)],
  ["version", new Uint8Array(86)],
];
const coinCommands = COIN_MESSAGES.map(([command]) => command);

const addresses = [PAYEE, "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", "2MzQwSSnBHWHqSAqtTVQ6v47XtaisrJa1Vc"];
const stratumLines = [
  '{"id":1,"method":"mining.subscribe","params":["cgminer/4.10","ab"]}',
  `{"id":"x","method":"mining.authorize","params":["${PAYEE}.rig/0.5+1e3","d=16"]}`,
  `{"id":2,"method":"mining.submit","params":["${PAYEE}","1f","00000001","5f5e1000","abcdef01","1fffe000"]}`,
  '{"id":3,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"1fffe000"}]}',
  '{"id":4,"method":"mining.suggest_target","params":["00ff"]}',
];
const template = { result: rawTemplate(), error: null, id: 1 };
const context = { method: "getblocktemplate", endpoint: "http://127.0.0.1/", durationMs: 0 };
const recordKey = "s";

const header = { version: 1, previousBlock: null, merkleRoot: share.powHash, timestamp: 1, bits: 0x1d00ffff, nonce: 1 };
const link = { branch: [share.powHash, share.powHash], index: 1 };
const bare = { version: 1, inputs: [], outputs: [], lockTime: 0 };
const decodedSeeds = {
  bare: encode(strippedTransaction, bare),
  proof: encode(auxpowProof, {
    coinbase: { transaction: bare, blockHash: share.powHash, link },
    chainLink: link,
    parentHeader: header,
  }),
  proxy: hexToBytes("0d0a0d0a000d0a515549540a2111000cc0000201c0000202dc0401bb"),
};

/** The two readers of transactions agree: what one takes the other takes, with the same sizes. */
function readTransaction(input: Uint8Array): void {
  const summary = attempt(() => summarizeTransaction(input));
  const whole = attempt(() => {
    const reader = new Reader(input);
    const value = transactionCodec.read(reader);
    reader.end();
    return value;
  });
  if (whole === null || summary === null) return;
  const { stripped, weight } = transactionSizes(whole);
  assert.deepEqual([summary.stripped, summary.weight], [stripped, weight]);
  assert.equal(bytesToHex(encode(transactionCodec, whole)), bytesToHex(input));
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof P2PoolError) return null;
    throw error;
  }
}

/** What comes from peers, the coin daemon, miners and the disk, in its usual forms. */
export const WIRE_TARGETS: readonly FuzzTarget[] = [
  {
    name: "P2P frames",
    seeds: RECORDED_FRAMES,
    decode: (input) => {
      const parser = new FrameParser({ prefix, admit: () => "collect" });
      parser.push(input);
      for (let frame = parser.next(); frame !== null; frame = parser.next()) {
        if (isCommand(frame.command)) decodeMessage(frame.command, frame.payload!);
      }
    },
  },
  {
    name: "P2P payloads",
    seeds: RECORDED_FRAMES,
    decode: (input) => {
      // Without a checksum to guess.
      const command = String.fromCharCode(...input.subarray(8, 20)).replace(/\0+$/, "");
      if (isCommand(command)) decodeMessage(command, input.subarray(28));
    },
  },
  { name: "shares", seeds: [share.raw], decode: (input) => void loadShare(input, rules) },
  {
    name: "screened shares",
    seeds: [share.raw, wrapShare(35n, share.raw.subarray(4)).raw],
    decode: (input) => void screenShare({ type: 35n, raw: input }, rules),
  },
  {
    name: "coin P2P payloads",
    seeds: COIN_MESSAGES.map(([, bytes]) => bytes),
    decode: (input) => void decodeCoinPayload(coinCommands[(input[0] ?? 0) % coinCommands.length]!, input),
  },
  { name: "transactions", seeds: [transaction, decodedSeeds.bare], decode: readTransaction },
  {
    name: "proofs of child blocks",
    seeds: [decodedSeeds.proof],
    decode: (input) => {
      readAuxpowCommitment(input);
      auxpowProof.read(new Reader(input));
    },
  },
  {
    name: "scripts",
    seeds: [hexToBytes("03a0860104deadbeef"), hexToBytes("6a24aa21a9ed"), pushBytes(new Uint8Array(300))],
    decode: (input) => {
      readScript(input);
      countSignatureOperations(input);
      bip34Height(input);
      decodeOpReturn(input);
      openMessages(input);
    },
  },
  {
    name: "PROXY headers",
    seeds: [text("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n"), decodedSeeds.proxy],
    decode: (input) => void readProxyHeader(Buffer.from(input)),
  },
  {
    name: "getwork solutions",
    seeds: [text(`${"00".repeat(80)}00000080${"0".repeat(80)}80020000`)],
    decode: (input) => void decodeGetwork(read(input)),
  },
  {
    name: "share store",
    // With a checksum that fits, or the checksum would be all that is tried.
    seeds: [concatBytes(new Uint8Array(9), share.powHash, share.raw)],
    decode: (input) => {
      const record = recordToShare(recordKey, share.id, seal(recordKey, input));
      if (record !== null) loadShare(record.raw, rules);
    },
  },
  {
    name: "addresses",
    seeds: addresses.map(text),
    decode: (input) => {
      const address = read(input);
      decodeBase58(address);
      canonicalAddress(address);
      explainUnpayable(address, network.coin, 35, COINS);
    },
  },
  {
    name: "templates of the daemon",
    mutate: mutatedJson,
    seeds: [text(JSON.stringify(template)), text('{"result":null,"error":{"code":-28,"message":"x"},"id":1}')],
    decode: (input) => {
      const reply = { status: 200, statusText: "OK", body: Buffer.from(input) };
      const answer = blockTemplateSchema.parse(interpretReply(reply, 1, context, "exact"));
      createTemplate(answer, answer.height ?? 1, 0);
    },
  },
  {
    name: "Stratum lines",
    mutate: mutatedJson,
    seeds: stratumLines.map(text),
    decode: (input) => {
      const line = parseLine(read(input), { idBytes: 256 });
      if (line.kind !== "request") return;
      const { params } = line;
      for (const parse of [
        () => parseUsername(parseAuthorize(params, 256).username),
        () => parseSubmit(params),
        () => parseConfigure(params),
        () => parseSuggestedDifficulty(params),
        () => parseSuggestedTarget(params),
      ]) {
        try {
          parse();
        } catch (error) {
          if (!(error instanceof P2PoolError)) throw error;
        }
      }
    },
  },
];
