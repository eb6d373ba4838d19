import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { encodeFrame } from "../../../src/core/frame.js";
import type { AddressRecord } from "../../../src/peers/wire/messages.js";
import type { ScriptedPeer } from "../../unit/peers/support/scripted-peer.js";
import { AbuseScene } from "./support/scene.js";

describe("abuse of requests and records (spec/09 §14)", () => {
  let scene: AbuseScene;
  afterEach(() => scene?.stop());

  let asked = 0;
  /** Asks for the chain from the tip. */
  function askForAll(peer: ScriptedPeer, count: number): void {
    const hash = scene.chain.best()!.id;
    for (let i = 0; i < count; i++) {
      peer.send("sharereq", { id: `${++asked}`.padStart(64, "0"), hashes: [hash], parents: 999n, stops: [] });
    }
  }

  const record = (address: string, port = 9333, timestamp = scene.clock.now()): AddressRecord => ({
    timestamp: BigInt(Math.floor(timestamp)),
    address: { services: 0n, address, port },
  });

  test("T6: two thousand times the same share", async () => {
    scene = await AbuseScene.start();
    const peer = await scene.greeted("127.1.0.1");
    const hashes = new Array<string>(2_000).fill(scene.chain.best()!.id);
    peer.send("sharereq", { id: "01".repeat(32), hashes, parents: 0n, stops: [] });
    await scene.until(() => peer.of("sharereply").length > 0, "answer");
    assert.equal(peer.last("sharereply")!.shares.length, 1);
    assert.equal(await scene.points("127.1.0.1"), 0);
    await scene.finish();
  });

  test("T7a: the whole chain a thousand times a second", async () => {
    scene = await AbuseScene.start();
    const peer = await scene.greeted("127.1.0.1");
    for (let second = 0; second < 2 && !peer.isClosed; second++) {
      askForAll(peer, 1_000);
      await scene.settled();
      if (!peer.isClosed) await scene.skip(1_000);
    }
    await scene.until(() => peer.isClosed, "end");
    assert.ok(await scene.isBanned("127.1.0.1"));
    const upload = peer.of("sharereply").reduce((sum, { shares }) => sum + bytesOf(shares), 0);
    assert.ok(upload <= 33_000_000, `${upload} bytes`);
    await scene.finish();
  });

  test("T7b: the whole chain fifty times a second, for a minute", async () => {
    scene = await AbuseScene.start();
    const peer = await scene.greeted("127.1.0.1");
    const first = asked + 1;
    let shares = 0;
    let answers = 0;
    for (let second = 0; second < 60; second++) {
      askForAll(peer, 50);
      await scene.settled();
      // Within the ten seconds that an answer may take.
      const wanted = 50 * second;
      await scene.until(() => answers + peer.of("sharereply").length >= wanted, "answers");
      for (const reply of peer.of("sharereply")) {
        assert.equal(reply.id, `${first + answers++}`.padStart(64, "0"));
        shares += reply.shares.length;
      }
      peer.messages.length = 0;
      await scene.skip(1_000);
    }
    await scene.until(() => answers + peer.of("sharereply").length === 3_000, "answers");
    assert.ok(shares > 85 * 200 && shares <= 32_000, `${shares} shares`);
    assert.ok(!peer.isClosed);
    assert.equal(await scene.points("127.1.0.1"), 0);
    await scene.finish();
  });

  test("T8: addresses that are none, and a stream of good ones", async () => {
    scene = await AbuseScene.start();
    const sender = await scene.greeted("127.1.0.1");
    const listeners = [await scene.greeted("127.3.0.1"), await scene.greeted("127.4.0.1")];
    const now = scene.clock.now();
    const records = Array.from({ length: 100 }, (_, i) => [
      record(`10.0.${i}.1`),
      record("127.0.0.1", 1_024 + i),
      record(`192.168.${i}.1`),
      record(`172.16.${i}.1`),
      record(`224.0.${i}.1`),
      record(`8.${i}.1.1`, 0),
      record(`9.${i}.1.1`, 80),
      record(`11.${i}.1.1`, 9_333, now - 31 * 86_400),
      record(`13.${i}.1.1`, 9_333, now + 10 * 86_400),
      record(`14.${i}.1.1`),
    ]).flat();
    sender.send("addrs", { records });
    await scene.settled();
    assert.equal(await scene.points("127.1.0.1"), 5);
    const stored = (await scene.state()).addresses;
    assert.ok(stored.length > 0 && stored.length <= 50);
    // What claims to be of the future is of now (spec/06 §9.6).
    assert.ok(
      stored.every(({ address }) => /^1[34]\.\d+\.1\.1:9333$/.test(address)),
      JSON.stringify(stored),
    );
    assert.ok(stored.every(({ lastSeen }) => lastSeen <= scene.clock.now() + 1));
    const relayed = (): number => [...listeners, scene.honest].flatMap((peer) => peer.of("addrs")).length;
    assert.equal(relayed(), 0);

    const streaming = await scene.greeted("127.2.0.1");
    for (let i = 0; i < 100; i++) {
      const some = Array.from({ length: 10 }, (_, k) => record(`12.${i % 4}.${k % 3}.${1 + ((7 * i + k) % 200)}`));
      streaming.send("addrs", { records: some });
      await scene.skip(100);
    }
    await scene.settled();
    const added = (await scene.state()).addresses
      .map(({ address }) => address)
      .filter((text) => text.startsWith("12."));
    assert.ok(added.length > 0 && added.length <= 50, `${added.length} stored`);
    const perSubnet = new Map<string, number>();
    for (const address of added) {
      const subnet = address.split(".").slice(0, 3).join(".");
      perSubnet.set(subnet, (perSubnet.get(subnet) ?? 0) + 1);
    }
    assert.ok([...perSubnet.values()].every((count) => count <= 25));
    assert.ok(relayed() > 0 && relayed() <= 20, `${relayed()} relayed`);
    assert.equal(await scene.points("127.2.0.1"), 0);
    await scene.finish();
  });

  test("T9: transactions of 25 MB that nobody wants, three times", async () => {
    scene = await AbuseScene.start({ memory: 2 });
    const peer = await scene.greeted("127.1.0.1");
    const body = encodeFrame(scene.network.prefix, "remember_tx", new Uint8Array(25_000_000));
    for (let i = 0; i < 2; i++) {
      peer.sendBytes(body);
      peer.send("getaddrs", { count: 1 });
      await scene.until(() => peer.of("addrs").length > i || peer.isClosed, "message read past");
      assert.ok(!peer.isClosed);
    }
    peer.sendBytes(body);
    await scene.until(() => peer.isClosed, "end");
    assert.equal(await scene.points("127.1.0.1"), 0);
    await scene.finish();
  });
});

function bytesOf(shares: readonly { readonly raw: Uint8Array }[]): number {
  return shares.reduce((sum, { raw }) => sum + raw.length, 0);
}
