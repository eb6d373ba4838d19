import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decodeBase58 } from "../../../../src/bitcoin/address.js";
import { type CoinCommand, decodeCoinPayload } from "../../../../src/bitcoin/coin-messages.js";
import { explainUnpayable } from "../../../../src/bitcoin/unpayable.js";
import { bytesToHex, concatBytes, hexToBytes } from "../../../../src/core/bytes.js";
import { P2PoolError } from "../../../../src/core/errors.js";
import type { Random } from "../../../../src/core/random.js";
import { interpretReply } from "../../../../src/daemon/rpc/reply.js";
import { blockTemplateSchema } from "../../../../src/daemon/rpc/schemas.js";
import { createTemplate } from "../../../../src/daemon/template.js";
import { COINS } from "../../../../src/networks/index.js";
import { canonicalAddress } from "../../../../src/peers/address.js";
import { screenShare } from "../../../../src/peers/share-screen.js";
import { decodeMessage, isCommand, wrapShare } from "../../../../src/peers/wire/messages.js";
import { FrameParser } from "../../../../src/peers/wire/parser.js";
import { systemClock } from "../../../../src/platform/clock.js";
import { loadShare, ShareRules } from "../../../../src/sharechain/index.js";
import { seal } from "../../../../src/store/seal.js";
import { parseLogLine } from "../../../../src/store/share-log.js";
import { recordToShare } from "../../../../src/store/share-record.js";
import { parseUsername } from "../../../../src/work/username.js";
import { parseLine } from "../../../../src/workers/stratum/message.js";
import {
  parseAuthorize,
  parseConfigure,
  parseSubmit,
  parseSuggestedDifficulty,
  parseSuggestedTarget,
} from "../../../../src/workers/stratum/params.js";
import { rawPayment, rawTemplate } from "../../../support/daemon-template.js";
import { easyNetwork, PAYEE, TestChain } from "../../../unit/peers/support/chain.js";

/** One of the ways in: what is well formed for it, and how it is read. */
export interface Decoder {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  readonly decode: (input: Uint8Array) => void;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const read = (input: Uint8Array): string => new TextDecoder().decode(input);

const network = easyNetwork();
const rules = new ShareRules(network);
const chain = new TestChain({ network, clock: systemClock });
const share = chain.extend(3).item.share;

const session = JSON.parse(
  readFileSync(fileURLToPath(new URL("../../../../../test/vectors/data/p2p-session.json", import.meta.url)), "utf8"),
) as { readonly prefix: string; readonly log: readonly { readonly frame?: string }[] };
const prefix = hexToBytes(session.prefix);
const frames = session.log.flatMap(({ frame }) => (frame === undefined ? [] : [hexToBytes(frame)]));

/** A payment with a witness, and what the coin's protocol says of it and of blocks. */
const transaction = hexToBytes(String(rawPayment(1).data));
const coinSeeds: readonly (readonly [CoinCommand, Uint8Array])[] = [
  ["tx", transaction],
  ["block", concatBytes(share.headerBytes, Uint8Array.of(1), transaction)],
  ["headers", concatBytes(Uint8Array.of(1), share.headerBytes, Uint8Array.of(0))],
  ["inv", concatBytes(Uint8Array.of(1, 2, 0, 0, 0), share.powHash)],
  ["getheaders", concatBytes(new Uint8Array(4), Uint8Array.of(1), share.powHash, share.powHash)],
  ["version", new Uint8Array(86)],
];
const coinCommands = coinSeeds.map(([command]) => command);

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

export const DECODERS: readonly Decoder[] = [
  {
    name: "P2P frames",
    seeds: frames,
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
    seeds: frames,
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
    seeds: coinSeeds.map(([, bytes]) => bytes),
    decode: (input) => void decodeCoinPayload(coinCommands[(input[0] ?? 0) % coinCommands.length]!, input),
  },
  {
    name: "share log",
    seeds: [text(`5 ${bytesToHex(share.raw)}`), text(`2 ${share.id}`)],
    decode: (input) => void parseLogLine(read(input), 1),
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
    name: "answers of the daemon",
    seeds: [text(JSON.stringify(template)), text('{"result":null,"error":{"code":-28,"message":"x"},"id":1}')],
    decode: (input) => {
      const reply = { status: 200, statusText: "OK", body: Buffer.from(input) };
      const answer = blockTemplateSchema.parse(interpretReply(reply, 1, context, "exact"));
      createTemplate(answer, answer.height ?? 1, 0);
    },
  },
  {
    name: "Stratum lines",
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

const TELLING = [0, 1, 0x7f, 0x80, 0xfc, 0xfd, 0xfe, 0xff];

/** A well-formed input with a few changes, or bytes of pure chance. */
export function mutated(seed: Uint8Array, random: Random): Uint8Array {
  const below = (count: number): number => Math.floor(random.uniform() * count);
  if (below(10) === 0) return Uint8Array.from({ length: below(4_096) }, () => below(256));
  let bytes: Uint8Array = seed.slice();
  for (let changes = 1 + below(6); changes > 0; changes--) {
    const at = below(bytes.length + 1);
    switch (below(6)) {
      case 0:
        if (at < bytes.length) bytes[at] = bytes[at]! ^ (1 << below(8));
        break;
      case 1:
        bytes.fill(TELLING[below(TELLING.length)]!, at, at + 1 + below(8));
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      case 3:
        bytes = concatBytes(bytes.subarray(0, at), bytes.subarray(at + 1 + below(8)));
        break;
      case 4:
        bytes = concatBytes(
          bytes.subarray(0, at),
          Uint8Array.from({ length: below(16) }, () => below(256)),
          bytes.subarray(at),
        );
        break;
      default:
        bytes = concatBytes(bytes.subarray(0, at), bytes.subarray(below(at + 1)));
    }
  }
  return bytes;
}
