import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { BlockHash } from "../../../../src/bitcoin/block.js";
import { blockHash } from "../../../../src/bitcoin/block.js";
import { decodeCoinPayload } from "../../../../src/bitcoin/coin-messages.js";
import { bytesToHex, hexToBytes } from "../../../../src/core/bytes.js";
import { Scene } from "./support/scripted-daemon.js";

// What bitcoind (Knots) and litecoind said over P2P to a node of the reference, played to ours; what ours says is compared
// with what the reference said, byte for byte where both mean the same.

interface Line {
  readonly kind: "p2p" | "rpc";
  readonly dir: "from_daemon" | "to_daemon";
  readonly command: string;
  readonly frame: string;
}

function recordedFrames(name: string): Line[] {
  const path = new URL(`../../../../../test/vectors/data/${name}.json`, import.meta.url);
  const { log } = JSON.parse(readFileSync(fileURLToPath(path), "utf8")) as { log: Line[] };
  return log.filter(({ kind }) => kind === "p2p");
}

/** After the 24 bytes of its header. */
function payloadOf({ frame }: Line): Uint8Array {
  return hexToBytes(frame.slice(48));
}

describe("coin P2P: recorded sessions", () => {
  for (const name of ["daemon-bitcoin", "daemon-litecoin"]) {
    test(name, async () => {
      const frames = recordedFrames(name);
      const scene = new Scene();
      await scene.listen(null);
      scene.p2p.start();
      await scene.time.until(() => scene.links.length === 1);
      const daemon = scene.links[0]!;
      const expected: string[] = [];
      const announced: string[] = [];
      const headers: string[] = [];
      for (const line of frames) {
        if (line.dir === "from_daemon") {
          daemon.raw(hexToBytes(line.frame));
          if (line.command === "inv") {
            const { entries } = decodeCoinPayload("inv", payloadOf(line));
            announced.push(...entries.filter(({ type }) => type === 2).map(({ hash }) => hash));
          }
          if (line.command === "headers") headers.push(blockHash(payloadOf(line).subarray(1, 81)));
        } else if (line.command === "getheaders") {
          scene.p2p.header(decodeCoinPayload("getheaders", payloadOf(line)).stop!).catch(() => {});
          expected.push(line.frame);
        } else if (line.command === "block") {
          const raw = payloadOf(line);
          scene.p2p.sendBlock({ hash: `${expected.length}` as BlockHash, raw });
          expected.push(line.frame);
        } else if (line.command === "pong") {
          expected.push(line.frame);
        }
        await scene.time.run(50);
      }
      const said = daemon.sent.filter(({ command }) => ["getheaders", "block", "pong"].includes(command));
      assert.deepEqual(
        said.map(({ frame }) => bytesToHex(frame)),
        expected,
      );
      assert.deepEqual(scene.blocks, announced);
      assert.deepEqual(
        scene.headers.map(({ hash }) => hash),
        headers,
      );
      assert.ok(announced.length > 1 && headers.length > 0 && expected.length > 20);
      assert.equal(daemon.isClosed, false);
      await scene.stop();
      assert.equal(scene.time.size, 0);
    });
  }
});
