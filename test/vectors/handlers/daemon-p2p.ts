import assert from "node:assert/strict";
import { coinPayloadCodec, decodeCoinPayload, isCoinCommand } from "../../../src/bitcoin/coin-messages.js";
import { bytesToHex, hexToBytes } from "../../../src/core/bytes.js";
import { encode } from "../../../src/core/codec.js";
import { encodeFrame } from "../../../src/core/frame.js";
import { FrameParser } from "../../../src/core/frame-parser.js";
import { eachCase, type VectorCase } from "../runner.js";

// The P2P lines of daemon-*.json, what passed between a node of the reference and its daemon. Every P2P frame is read and written again as
// it was; what each side did is played in test/unit/daemon.

interface LogLine {
  readonly kind: "p2p" | "rpc";
  readonly command?: string;
  readonly frame?: string;
  readonly size?: number;
}

/** Both recordings are of regtest. */
const PREFIX = hexToBytes("fabfb5da");

function checkFrame({ command, frame: hex, size }: LogLine): void {
  const parser = new FrameParser({ prefix: PREFIX, admit: () => "collect" });
  parser.push(hexToBytes(hex!));
  const frame = parser.next();
  assert.ok(frame);
  assert.deepEqual([frame.command, parser.partial, hex!.length / 2], [command, null, size]);
  assert.equal(bytesToHex(encodeFrame(PREFIX, frame.command, frame.payload!)), hex);
  // The reference relays alerts to nobody, and neither do we.
  if (frame.command === "alert") return;
  assert.ok(isCoinCommand(frame.command), `no codec for ${frame.command}`);
  const payload = decodeCoinPayload(frame.command, frame.payload!);
  assert.equal(bytesToHex(encode(coinPayloadCodec(frame.command), payload as never)), bytesToHex(frame.payload!));
}

export function p2pCases(log: unknown): Iterable<VectorCase> {
  return eachCase(
    (log as LogLine[]).filter(({ kind }) => kind === "p2p"),
    checkFrame,
  );
}
