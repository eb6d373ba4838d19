import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { asciiToBytes } from "../../../src/core/bytes.js";
import type { AddressRecord } from "../../../src/peers/wire/messages.js";
import { Scene } from "./support/scene.js";
import type { ScriptedPeer } from "./support/scripted-peer.js";

let scene: Scene;
afterEach(() => scene?.stop());

function record(address: string, { port = 9333, age = 0 } = {}): AddressRecord {
  const timestamp = BigInt(Math.max(0, Math.floor(scene.clock.now() - age)));
  return { timestamp, address: { services: 0n, address, port } };
}

const received = (peer: ScriptedPeer): string[] =>
  peer.of("addrs").flatMap(({ records }) => records.map(({ address }) => address.address));

describe("addresses told", () => {
  test("bad ones are neither stored nor passed on; more than a hundred cost points (T8)", async () => {
    scene = await Scene.start();
    const [teller, listener] = [await scene.greeted("7.1.1.1"), await scene.greeted("7.2.1.1")];
    const bad = [
      record("10.0.0.1"),
      record("127.0.0.1"),
      record("192.168.1.1"),
      record("224.0.0.1"),
      record("0.0.0.0"),
      record("20.1.1.1", { port: 0 }),
      record("20.1.1.1", { port: 80 }),
      record("20.2.1.1", { age: 40 * 86_400 }),
    ];
    teller.send("addrs", { records: bad });
    await scene.clock.run(100);
    assert.equal(scene.node.peers.book.size, 0);
    const many = Array.from({ length: 1_000 }, (_, i) => record(`${30 + (i >> 8)}.${i & 255}.1.1`, { age: -1e6 }));
    teller.send("addrs", { records: many });
    await scene.clock.run(100);
    assert.equal(scene.points("7.1.1.1"), 5);
    assert.ok(!teller.isClosed);
    assert.ok(scene.node.peers.book.size <= 50, "of one source");
    assert.deepEqual(received(listener), []);
  });

  test("a stream of records is stored and passed on slowly (T8)", async () => {
    scene = await Scene.start();
    const [teller, listener] = [await scene.greeted("7.1.1.1"), await scene.greeted("7.2.1.1")];
    for (let i = 0; i < 100; i++) {
      teller.send("addrs", { records: Array.from({ length: 10 }, (_, j) => record(`30.${i}.${j}.1`)) });
      await scene.clock.run(100);
    }
    assert.ok(scene.node.peers.book.size <= 50);
    const passed = received(listener).length;
    assert.ok(passed > 5 && passed <= 20, `${passed} passed on`);
    assert.deepEqual(received(teller), [], "not back to the sender");
  });

  test("each record is passed on once in a day, from small and fresh messages only", async () => {
    scene = await Scene.start();
    const [teller, listener] = [await scene.greeted("7.1.1.1"), await scene.greeted("7.2.1.1")];
    for (let i = 0; i < 20; i++) teller.send("addrs", { records: [record("30.1.1.1")] });
    teller.send("addrs", { records: [record("31.1.1.1", { age: 700 })] });
    teller.send("addrs", { records: Array.from({ length: 11 }, (_, i) => record(`32.${i}.1.1`)) });
    await scene.clock.run(100);
    assert.ok(received(listener).length <= 1);
    assert.equal(scene.node.peers.book.size, 13);
  });

  test("timestamps from the future are cut to now", async () => {
    scene = await Scene.start({ seed: 4 });
    const [teller, listener] = [await scene.greeted("7.1.1.1"), await scene.greeted("7.2.1.1")];
    for (let i = 0; i < 5; i++) teller.send("addrs", { records: [record(`30.${i}.1.1`, { age: -1e6 })] });
    await scene.clock.run(100);
    const records = listener.of("addrs").flatMap((message) => message.records);
    assert.ok(records.length > 0);
    for (const { timestamp } of records) assert.ok(Number(timestamp) <= scene.clock.now());
  });

  test("addrme: the address that is seen, with the port that is said", async () => {
    scene = await Scene.start({ seed: 4 });
    const [teller, listener] = [await scene.greeted("7.1.1.1"), await scene.greeted("7.2.1.1")];
    teller.send("addrme", { port: 4444 });
    await scene.clock.run(100);
    assert.ok(scene.node.peers.book.has({ host: "7.1.1.1", port: 4444 }));
    assert.deepEqual(received(listener), ["7.1.1.1"]);
    teller.send("addrme", { port: 22 });
    await scene.clock.run(100);
    assert.equal(scene.node.peers.book.size, 1);
  });

  test("addrme of this machine is passed on as it is", async () => {
    scene = await Scene.start({ seed: 4 });
    const [local, listener] = [await scene.greeted("127.0.0.1"), await scene.greeted("7.2.1.1")];
    local.send("addrme", { port: 4444 });
    await scene.clock.run(100);
    assert.deepEqual(listener.of("addrme"), [{ port: 4444 }]);
    assert.equal(scene.node.peers.book.size, 0);
  });

  test("getaddrs: a hundred at most, a quarter of all, the same for ten minutes", async () => {
    scene = await Scene.start();
    for (let i = 0; i < 200; i++) {
      scene.node.peers.book.add({ host: `30.${i}.1.1`, port: 9333 }, `${40 + (i % 100)}.${i}.1.1`, scene.clock.now());
    }
    const { size } = scene.node.peers.book;
    const peer = await scene.greeted("7.1.1.1");
    peer.send("getaddrs", { count: 0xffffffff });
    await scene.clock.run(11_000);
    peer.send("getaddrs", { count: 8 });
    await scene.clock.run(100);
    const [all, few] = peer.of("addrs");
    assert.equal(all?.records.length, Math.ceil(size / 4));
    assert.deepEqual(few?.records, all?.records.slice(0, 8));
  });

  test("getaddrs over its rate is not answered", async () => {
    scene = await Scene.start();
    const peer = await scene.greeted("7.1.1.1");
    for (let i = 0; i < 8; i++) peer.send("getaddrs", { count: 8 });
    await scene.clock.run(100);
    assert.equal(peer.of("addrs").length, 5);
    assert.equal(scene.points("7.1.1.1"), 3);
  });

  test("nodes of the reference are not told of IPv6", async () => {
    scene = await Scene.start();
    scene.node.peers.book.succeeded({ host: "2600:0001:0000:0000:0000:0000:0000:0001", port: 9333 });
    const reference = await scene.greeted("7.1.1.1");
    const ours = await scene.greeted("7.2.1.1", { subVersion: asciiToBytes("p2pool-ts/0.1.0") });
    for (const peer of [reference, ours]) peer.send("getaddrs", { count: 8 });
    await scene.clock.run(100);
    assert.deepEqual([received(reference).length, received(ours).length], [0, 1]);
  });

  test("while few are known, peers are asked", async () => {
    scene = await Scene.start();
    const peer = await scene.greeted("7.1.1.1");
    await scene.clock.run(80_000);
    const asked = peer.of("getaddrs");
    assert.ok(asked.length >= 1 && asked.length <= 12, `${asked.length}`);
    assert.deepEqual(asked[0], { count: 8 });
  });
});

describe("advertising", () => {
  test("right after the greeting, then now and then", async () => {
    scene = await Scene.start({ peers: { advertise: true } });
    const peer = await scene.greeted("7.1.1.1");
    assert.deepEqual(
      peer.messages.map(({ command }) => command),
      ["version", "ping", "addrme"],
    );
    assert.deepEqual(peer.of("addrme"), [{ port: 9333 }]);
    await scene.clock.run(2_000_000);
    const { length } = peer.of("addrme");
    assert.ok(length > 4 && length < 40, `${length} times`);
  });

  test("with an external address, looked up by name", async () => {
    scene = new Scene({ peers: { advertise: true, externalAddress: "pool.example:7777" } });
    scene.node.names.set("pool.example", ["44.1.1.1"]);
    await scene.node.start();
    await scene.clock.run(1_000);
    const peer = await scene.greeted("7.1.1.1");
    const [first] = peer.of("addrs")[0]!.records;
    assert.deepEqual(first?.address, { services: 0n, address: "44.1.1.1", port: 7777 });
    assert.equal(Number(first?.timestamp), Math.floor(scene.clock.now() - 0.04));
    assert.deepEqual(peer.of("addrme"), []);
  });

  test("not while nobody can connect", async () => {
    scene = await Scene.start({ peers: { advertise: true, listen: null, fixedNodes: [] } });
    assert.equal(scene.node.peers.boundPort, null);
  });
});
