import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { asciiToBytes, concatBytes } from "../../../src/core/bytes.js";
import { encodeFrame } from "../../../src/core/frame.js";
import { encodePayload } from "../../../src/peers/wire/messages.js";
import { Scene } from "./support/scene.js";

const HASH = "ab".repeat(32);
let scene: Scene;

/** Points decay a little while the test runs. */
const roundedPoints = (from: string): number => Math.round(scene.points(from));
afterEach(() => scene?.stop());

const frame = (command: string, payload: Uint8Array = new Uint8Array(0)): Uint8Array =>
  encodeFrame(scene.network.prefix, command, payload);

/** The header of a frame that claims a length. */
function header(command: string, length: number): Uint8Array {
  const bytes = frame(command).slice();
  new DataView(bytes.buffer).setUint32(20, length, true);
  return bytes;
}

describe("greeting", () => {
  test("ours comes at once; then ping, and our best share is named", async () => {
    scene = await Scene.start({}, ({ node }) => void node.chain.extend(3));
    const peer = await scene.connect("7.7.1.1");
    const [version] = peer.of("version");
    assert.equal(version?.version, 3501);
    assert.equal(version?.mode, 1);
    assert.equal(version?.bestShare, scene.node.tip);
    assert.deepEqual(version?.addrTo.address, "7.7.1.1");
    assert.deepEqual(version?.subVersion, asciiToBytes("test/1.0"));
    peer.greet();
    await scene.clock.run(50);
    assert.deepEqual(
      peer.messages.map(({ command }) => command),
      ["version", "ping"],
    );
  });

  test("nonces differ between hosts and are the same for one (T10)", async () => {
    scene = await Scene.start();
    const nonces: bigint[] = [];
    for (const from of ["7.7.1.1", "7.7.1.1", "8.8.1.1"]) {
      nonces.push((await scene.connect(from)).of("version")[0]!.nonce);
    }
    assert.equal(nonces[0], nonces[1]);
    assert.notEqual(nonces[0], nonces[2]);
  });

  test("a second connection of one node goes, one from elsewhere with its nonce stays (T10)", async () => {
    scene = await Scene.start();
    const honest = await scene.greeted("7.7.1.1", { nonce: 99n });
    const thief = await scene.greeted("8.8.1.1", { nonce: 99n });
    const twin = await scene.greeted("7.7.1.1", { nonce: 99n });
    assert.deepEqual([honest.isClosed, thief.isClosed, twin.isClosed], [false, false, true]);
    assert.equal(scene.points("7.7.1.1"), 0);
  });

  test("too old: closed without points, discouraged for ten minutes", async () => {
    scene = await Scene.start();
    const old = await scene.greeted("7.7.1.1", { version: 3300 });
    assert.ok(old.isClosed);
    assert.equal(scene.points("7.7.1.1"), 0);
    assert.ok(scene.node.peers.standing.isDiscouraged("7.7.1.1"));
    await scene.clock.run(601_000);
    assert.ok(!scene.node.peers.standing.isDiscouraged("7.7.1.1"));
  });

  test("ourselves: closed without points", async () => {
    scene = await Scene.start();
    const mirror = await scene.connect("7.7.1.1");
    mirror.greet({ nonce: mirror.of("version")[0]!.nonce });
    await scene.clock.run(50);
    assert.ok(mirror.isClosed);
    assert.equal(scene.points("7.7.1.1"), 0);
  });

  test("anything else before version closes as soon as its header is there (T2)", async () => {
    scene = await Scene.start();
    for (const [command, length, from] of [
      ["ping", 0, "7.1.1.1"],
      ["nonsense", 0, "7.2.1.1"],
      ["shares", 32_000_000, "7.3.1.1"],
    ] as const) {
      const peer = await scene.connect(from);
      peer.sendBytes(header(command, length).subarray(0, 24));
      await scene.clock.run(50);
      assert.ok(peer.isClosed, command);
      assert.equal(scene.points(from), 20);
    }
    const three = await scene.connect("7.4.1.1");
    three.sendBytes(concatBytes(frame("ping"), frame("ping"), frame("ping")));
    await scene.clock.run(50);
    assert.equal(scene.points("7.4.1.1"), 20);
  });

  test("version twice, too long, or with surplus bytes", async () => {
    scene = await Scene.start();
    const twice = await scene.greeted("7.1.1.1");
    twice.greet();
    const long = await scene.connect("7.2.1.1");
    long.sendBytes(header("version", 2_049));
    const surplus = await scene.connect("7.3.1.1");
    surplus.sendBytes(frame("version", new Uint8Array(200)));
    await scene.clock.run(50);
    assert.deepEqual([twice.isClosed, long.isClosed, surplus.isClosed], [true, true, true]);
    assert.deepEqual(["7.1.1.1", "7.2.1.1", "7.3.1.1"].map(roundedPoints), [20, 50, 20]);
  });

  test("another protocol costs nothing until it is tried again and again", async () => {
    scene = await Scene.start();
    for (let i = 0; i < 6; i++) {
      const browser = await scene.connect("7.1.1.1");
      browser.sendBytes(asciiToBytes("GET / HTTP/1.1\r\n\r\n"));
      await scene.clock.run(15_000);
      assert.ok(browser.isClosed);
      assert.equal(Math.round(scene.points("7.1.1.1")), i < 5 ? 0 : 10);
    }
  });

  test("silence: closed after ten seconds, with 5 points", async () => {
    scene = await Scene.start();
    const silent = await scene.connect("7.1.1.1");
    await scene.clock.run(9_000);
    assert.ok(!silent.isClosed);
    await scene.clock.run(1_500);
    assert.ok(silent.isClosed);
    assert.equal(Math.round(scene.points("7.1.1.1")), 5);
  });

  test("a software name is made fit to be shown", async () => {
    scene = await Scene.start();
    await scene.greeted("7.1.1.1", { subVersion: asciiToBytes(`\x1b[31mred\r\n${"x".repeat(600)}`) });
    const { subVersion } = scene.node.peers.connectedPeers[0]!;
    assert.equal(subVersion, `?[31mred??${"x".repeat(118)}`);
  });
});

describe("an established connection", () => {
  test("unknown commands are ignored up to a megabyte", async () => {
    scene = await Scene.start();
    const peer = await scene.greeted("7.1.1.1");
    peer.sendBytes(frame("nonsense", new Uint8Array(1_000_000)));
    peer.sendBytes(frame("ping"));
    await scene.clock.run(1_000);
    assert.ok(!peer.isClosed);
    peer.sendBytes(header("nonsense", 1_000_001));
    await scene.clock.run(50);
    assert.ok(peer.isClosed);
    assert.equal(scene.points("7.1.1.1"), 50);
  });

  test("over the cap of a command: closed at its header, 50 points", async () => {
    scene = await Scene.start();
    const caps = {
      ping: 0,
      addrme: 2,
      getaddrs: 4,
      setmode: 4,
      addrs: 34_003,
      bestblock: 80,
      sharereq: 65_536,
      getshares: 65_536,
      sharereply: 4_096,
      have_tx: 8_000_000,
      shares: 32_000_000,
      remember_tx: 32_000_000,
    };
    let host = 0;
    for (const [command, cap] of Object.entries(caps)) {
      const from = `7.${++host}.1.1`;
      const peer = await scene.greeted(from);
      peer.sendBytes(header(command, cap + 1));
      await scene.clock.run(50);
      assert.ok(peer.isClosed, command);
      assert.equal(scene.points(from), 50, command);
    }
  });

  test("bad checksum, then anything: exactly 50 points, no answer (T11)", async () => {
    scene = await Scene.start();
    const peer = await scene.greeted("7.1.1.1");
    const bad = frame("ping").slice();
    bad[24]! ^= 1;
    peer.sendBytes(concatBytes(bad, frame("getaddrs", new Uint8Array(4)), bad, bad));
    await scene.clock.run(50);
    assert.ok(peer.isClosed);
    assert.equal(scene.points("7.1.1.1"), 50);
    assert.equal(peer.of("addrs").length, 0);
  });

  test("garbage between messages, undecodable payloads", async () => {
    scene = await Scene.start();
    const garbage = await scene.greeted("7.1.1.1");
    garbage.sendBytes(Uint8Array.of(1, 2, 3));
    const broken = await scene.greeted("7.2.1.1");
    broken.sendBytes(frame("sharereq", new Uint8Array(10)));
    await scene.clock.run(50);
    assert.deepEqual([garbage.isClosed, broken.isClosed], [true, true]);
    assert.deepEqual(["7.1.1.1", "7.2.1.1"].map(roundedPoints), [10, 20]);
  });

  test("a byte now and then holds no connection (T1)", async () => {
    scene = await Scene.start();
    const drip = await scene.greeted("7.1.1.1");
    const bytes = frame("ping");
    const startMs = scene.clock.monotonicMs();
    for (let i = 0; i < bytes.length && !drip.isClosed; i++) {
      drip.sendBytes(bytes.subarray(i, i + 1));
      await scene.clock.run(5_000);
    }
    assert.ok(drip.isClosed);
    assert.ok(scene.clock.monotonicMs() - startMs <= 25_000);
    assert.ok(Math.abs(scene.points("7.1.1.1") - 10) < 0.5);
  });

  test("a long message has time for its length", async () => {
    scene = await Scene.start();
    const slow = await scene.greeted("7.1.1.1");
    // 1 MB may take 70 s, and cannot be interrupted for an answer.
    slow.answersNull = false;
    slow.sendBytes(header("nonsense", 1_000_000));
    for (let i = 0; i < 65; i++) {
      slow.sendBytes(new Uint8Array(10_000));
      await scene.clock.run(1_000);
    }
    assert.ok(!slow.isClosed);
    await scene.clock.run(6_000);
    assert.ok(slow.isClosed);
  });

  test("pings keep it alive; silence is probed and then ended", async () => {
    scene = await Scene.start();
    const peer = await scene.greeted("7.1.1.1");
    await scene.clock.run(290_000);
    assert.ok(!peer.isClosed);
    const pings = peer.of("ping").length;
    assert.ok(pings >= 3 && pings <= 11, `${pings} pings`);
    assert.ok(peer.of("sharereq").length >= 3, "measures the round trip");

    peer.answersNull = false;
    await scene.clock.run(91_000 + 16_000);
    assert.ok(peer.isClosed);
    assert.ok(scene.points("7.1.1.1") > 0, "5 points for a request that is not answered");
  });

  test("round trips are measured", async () => {
    scene = await Scene.start();
    await scene.greeted("7.1.1.1");
    await scene.clock.run(6_000);
    assert.equal(scene.node.peers.connectedPeers[0]?.rtt, 0.02);
  });

  test("too many messages: dropped for a point each, banned at a hundred (T7)", async () => {
    scene = await Scene.start();
    const peer = await scene.greeted("7.1.1.1");
    for (let i = 0; i < 550; i++) peer.send("sharereq", { id: HASH, hashes: [HASH], parents: 0n, stops: [] });
    await scene.clock.run(100);
    assert.ok(!peer.isClosed);
    assert.equal(Math.round(scene.points("7.1.1.1")), 50);
    for (let i = 0; i < 100; i++) peer.send("sharereq", { id: HASH, hashes: [HASH], parents: 0n, stops: [] });
    await scene.clock.run(100);
    assert.ok(peer.isClosed);
    assert.ok(scene.node.peers.standing.isBanned("7.1.1.1"));
  });

  test("pings over their rate", async () => {
    scene = await Scene.start();
    const peer = await scene.greeted("7.1.1.1");
    for (let i = 0; i < 15; i++) peer.send("ping", {});
    await scene.clock.run(50);
    assert.equal(scene.points("7.1.1.1"), 5);
  });

  test("an answer to nothing: 10 points, and not read", async () => {
    scene = await Scene.start();
    const peer = await scene.greeted("7.1.1.1");
    peer.send("sharereply", { id: HASH, result: 0, shares: [] });
    await scene.clock.run(50);
    assert.ok(!peer.isClosed);
    assert.equal(scene.points("7.1.1.1"), 10);
  });

  test("setmode is remembered (spec/06 §15)", async () => {
    scene = await Scene.start();
    const peer = await scene.greeted("7.1.1.1");
    peer.send("setmode", { mode: 0 });
    await scene.clock.run(50);
    assert.equal(scene.node.peers.connectedPeers[0]?.mode, 0);
  });

  test("transactions that nobody wants are read past, up to a budget (T9)", async () => {
    scene = await Scene.start();
    const peer = await scene.greeted("7.1.1.1");
    const body = frame("remember_tx", new Uint8Array(25_000_000));
    for (let i = 0; i < 2; i++) {
      peer.sendBytes(body);
      await scene.clock.run(5_000);
      assert.ok(!peer.isClosed);
      assert.equal(scene.node.peers.connectedPeers[0]?.bufferedBytes, 0);
    }
    peer.sendBytes(body);
    await scene.clock.run(5_000);
    assert.ok(peer.isClosed);
    assert.equal(scene.points("7.1.1.1"), 0);
  });

  test("a peer that does not read is given up at 8 MB (T15)", async () => {
    scene = await Scene.start();
    const peer = await scene.greeted("7.1.1.1");
    peer.link.pause();
    const [connected] = scene.node.peers.peers;
    const message = { hashes: new Array<string>(31_000).fill(HASH) };
    // One is on its way, in what stands for the buffers of the operating system; of the others each waits whole.
    for (let i = 0; i < 9; i++) connected!.send("have_tx", message);
    assert.equal(connected!.unsent, 8 * frame("have_tx", encodePayload("have_tx", message)).length);
    assert.ok(connected!.unsent < 8_000_000 && !connected!.isClosed);
    connected!.send("have_tx", message);
    assert.ok(connected!.isClosed);
    await scene.clock.run(50);
    assert.equal(scene.node.peers.connectedPeers.length, 0);
    assert.equal(scene.points("7.1.1.1"), 5);
  });

  test("something urgent passes what waits", async () => {
    scene = await Scene.start();
    const peer = await scene.greeted("7.1.1.1");
    peer.link.pause();
    const [connected] = scene.node.peers.peers;
    for (let i = 0; i < 4; i++) connected!.send("have_tx", { hashes: new Array(31_000).fill(HASH) });
    connected!.send("addrme", { port: 1 }, true);
    peer.messages.length = 0;
    peer.link.resume();
    await scene.clock.run(1_000);
    const place = peer.messages.findIndex(({ command }) => command === "addrme");
    assert.ok(place > 0 && place < 3, `at ${place} of ${peer.messages.length}`);
    assert.equal(peer.of("have_tx").length, 4);
  });
});
