import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { concatBytes } from "../../../src/core/bytes.js";
import { encode, varint } from "../../../src/core/codec.js";
import { encodeFrame } from "../../../src/core/frame.js";
import { NodeHandle } from "./support/node-handle.js";
import { AbuseScene } from "./support/scene.js";

const MEGABYTE = 2 ** 20;

describe("abuse of message caps (spec/09 §14)", () => {
  let handle: NodeHandle;
  let scene: AbuseScene;
  before(() => {
    handle = new NodeHandle();
  });
  afterEach(() => scene?.stop());
  after(() => handle.end());

  test("T23: a message of each command at its cap, of the smallest elements", async () => {
    scene = await AbuseScene.start({ handle });
    let host = 0;
    for (const { command, payload, points, stays } of largest()) {
      const before = await scene.call("peakBytes");
      const from = `127.${++host}.0.1`;
      const peer = await scene.greeted(from);
      peer.sendBytes(encodeFrame(scene.network.prefix, command, payload));
      peer.sendBytes(encodeFrame(scene.network.prefix, "getaddrs", Uint8Array.of(1, 0, 0, 0)));
      await scene.until(() => peer.isClosed || (stays && peer.of("addrs").length > 0), `end of ${command}`);
      assert.equal(peer.isClosed, !stays, command);
      assert.equal(await scene.points(from), points, command);
      const grown = (await scene.call("peakBytes")) - before;
      assert.ok(grown < 3 * payload.length + 32 * MEGABYTE, `${command} took ${grown} bytes`);
      await scene.skip(1_000);
    }
    await scene.finish();
  });
});

interface Largest {
  readonly command: string;
  readonly payload: Uint8Array;
  readonly points: number;
  readonly stays: boolean;
}

/** A count and as many elements of zeros as fit into a cap. */
function list(cap: number, elementBytes: number, head = 0, tail = 0): Uint8Array {
  for (let count = Math.floor((cap - head - tail) / elementBytes); ; count--) {
    const prefix = encode(varint, BigInt(count));
    const length = head + prefix.length + count * elementBytes + tail;
    if (length > cap) continue;
    return concatBytes(new Uint8Array(head), prefix, new Uint8Array(length - head - prefix.length));
  }
}

function largest(): Largest[] {
  const harmless = { points: 0, stays: true };
  const undecodable = { points: 20, stays: false };
  return [
    { command: "ping", payload: new Uint8Array(0), ...harmless },
    { command: "addrme", payload: Uint8Array.of(0, 0), ...harmless },
    { command: "setmode", payload: new Uint8Array(4), ...harmless },
    { command: "addrs", payload: list(34_003, 34), points: 5, stays: true },
    { command: "bestblock", payload: new Uint8Array(80), points: 50, stays: false },
    { command: "sharereq", payload: list(65_536, 32, 32, 2), ...harmless },
    { command: "getshares", payload: list(65_536, 32, 0, 2), ...harmless },
    { command: "sharereply", payload: new Uint8Array(4_096), points: 10, stays: true },
    { command: "have_tx", payload: list(8_000_000, 32), ...harmless },
    { command: "losing_tx", payload: list(8_000_000, 32), ...harmless },
    { command: "forget_tx", payload: list(8_000_000, 32), ...harmless },
    { command: "nonsense", payload: new Uint8Array(1_000_000), ...harmless },
    // Shares of two bytes: more of them than any message may hold.
    { command: "shares", payload: list(32_000_000, 2), ...undecodable },
    { command: "remember_tx", payload: list(32_000_000, 32, 0, 1), ...harmless },
    { command: "version", payload: new Uint8Array(2_048), ...undecodable },
  ];
}
