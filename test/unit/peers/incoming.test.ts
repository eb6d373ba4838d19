import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { Scene } from "./support/scene.js";
import type { ScriptedPeer } from "./support/scripted-peer.js";

let scene: Scene;
afterEach(() => scene?.stop());

const open = (peers: readonly ScriptedPeer[]): number => peers.filter(({ isClosed }) => !isClosed).length;

describe("incoming connections", () => {
  test("at most two of an address and three of a network", async () => {
    scene = await Scene.start();
    const same = [
      await scene.greeted("7.1.1.1", { nonce: 1n }),
      await scene.greeted("7.1.1.1", { nonce: 2n }),
      await scene.connect("7.1.1.1"),
    ];
    assert.deepEqual(
      same.map(({ isClosed }) => isClosed),
      [false, false, true],
    );
    assert.deepEqual(same[2]!.messages, [], "a refused one is told nothing");
    const group = [await scene.greeted("7.1.2.1"), await scene.connect("7.1.3.1")];
    assert.deepEqual(
      group.map(({ isClosed }) => isClosed),
      [false, true],
    );
  });

  test("of IPv6 one of a /64 and three of a /32", async () => {
    scene = await Scene.start();
    const hosts = ["2600:1::1", "2600:1::2", "2600:1:0:1::1", "2600:1:0:2::1", "2600:1:0:3::1"];
    const peers: ScriptedPeer[] = [];
    for (const host of hosts) peers.push(await scene.greeted(host));
    assert.deepEqual(
      peers.map(({ isClosed }) => isClosed),
      [false, true, false, false, true],
    );
    assert.equal(scene.node.peers.connectedPeers[0]?.address, "[2600:0001:0000:0000:0000:0000:0000:0001]:49152");
  });

  test("six a minute of an address, however short they are", async () => {
    scene = await Scene.start();
    const peers: ScriptedPeer[] = [];
    for (let i = 0; i < 7; i++) {
      peers.push(await scene.connect("7.1.1.1"));
      peers.at(-1)!.link.abort();
      await scene.clock.run(1_000);
    }
    assert.deepEqual(
      peers.map(({ messages }) => messages.length),
      [1, 1, 1, 1, 1, 1, 0],
    );
    await scene.clock.run(55_000);
    assert.equal((await scene.connect("7.1.1.1")).messages.length, 1);
  });

  test("a few silent ones lock nobody out (T1)", async () => {
    scene = await Scene.start();
    const silent: ScriptedPeer[] = [];
    for (let i = 0; i < 8; i++) silent.push(await scene.connect(`7.${i >> 1}.1.${i}`));
    assert.equal(open(silent), 8);
    await scene.clock.run(1_500);
    const honest = await scene.greeted("9.9.1.1");
    assert.ok(!honest.isClosed);
    assert.equal(open(silent), 7);
    assert.ok(silent[0]!.isClosed, "the oldest of the largest group");
    assert.equal(scene.points("7.0.1.0"), 0);
    await scene.clock.run(10_000);
    assert.equal(open(silent), 0);
  });

  test("fifty connections that come back for two minutes, and an honest one (T1)", async () => {
    scene = await Scene.start();
    const attackers = Array.from({ length: 25 }, (_, i) => `7.${i % 9}.1.${i}`);
    const held = new Map<string, ScriptedPeer>();
    let honest: ScriptedPeer | null = null;
    let tried = 0;
    for (let second = 0; second < 120; second++) {
      for (const [i, from] of attackers.entries()) {
        const old = held.get(from);
        if (old !== undefined && !old.isClosed) {
          if (i % 2 === 1 && second % 5 === 0) old.sendBytes(scene.network.prefix.subarray(0, 1));
          continue;
        }
        const peer = i % 2 === 0 ? await scene.connect(from) : await scene.greeted(from);
        held.set(from, peer);
      }
      if (second % 5 === 0 && (honest === null || honest.isClosed)) {
        tried++;
        honest = await scene.greeted("9.9.1.1");
      }
      const greeting = scene.node.peers.connectionCount - scene.node.peers.peers.length;
      assert.ok(greeting <= 8, `${greeting} without a greeting`);
    }
    assert.ok(honest !== null && !honest.isClosed && tried <= 6, `${tried} attempts`);
  });

  test("when it is full the least worth gives way, and nobody who is hard to replace", async () => {
    scene = await Scene.start({ peers: { maxIncoming: 24 } });
    const peers: ScriptedPeer[] = [];
    // Two groups of three, the rest alone.
    for (let i = 0; i < 24; i++) {
      const from = i < 3 ? `7.1.1.${i}` : i < 6 ? `7.2.1.${i}` : `8.${i}.1.1`;
      peers.push(await scene.greeted(from));
      await scene.clock.run(2_000);
    }
    assert.equal(scene.node.peers.peers.length, 24);
    await scene.clock.run(6_000);
    const useful = scene.node.peers.peers.find(({ address }) => address === "8.20.1.1")!;
    useful.usefulMs = scene.clock.monotonicMs();
    const newcomer = await scene.greeted("9.9.1.1");
    assert.ok(!newcomer.isClosed);
    assert.equal(open(peers), 23);
    assert.ok(!peers[20]!.isClosed);

    scene.node.peers.standing.punish("8.20.1.1", 50);
    await scene.greeted("9.8.1.1");
    assert.ok(peers[20]!.isClosed, "discouraged ones go first");
  });

  test("banned addresses are refused, this machine is only disconnected", async () => {
    scene = await Scene.start();
    const bad = async (from: string): Promise<ScriptedPeer> => {
      const peer = await scene.greeted(from);
      for (let i = 0; i < 10; i++) peer.send("sharereply", { id: "ab".repeat(32), result: 0, shares: [] });
      await scene.clock.run(50);
      assert.ok(peer.isClosed);
      return scene.connect(from);
    };
    assert.ok((await bad("7.1.1.1")).isClosed);
    assert.ok(!(await bad("127.0.0.1")).isClosed);
    assert.equal(scene.points("127.0.0.1"), 0);
    await scene.clock.run(3_600_000);
    assert.ok(!(await scene.connect("7.1.1.1")).isClosed);
  });

  test("a ban closes all connections of the address", async () => {
    scene = await Scene.start();
    const [first, second] = [
      await scene.greeted("7.1.1.1", { nonce: 1n }),
      await scene.greeted("7.1.1.1", { nonce: 2n }),
    ];
    for (let i = 0; i < 10; i++) first.send("sharereply", { id: "ab".repeat(32), result: 0, shares: [] });
    await scene.clock.run(50);
    assert.deepEqual([first.isClosed, second.isClosed], [true, true]);
  });

  test("this machine has ten connections, and no limit of a minute", async () => {
    scene = await Scene.start();
    const peers: ScriptedPeer[] = [];
    for (let i = 0; i < 11; i++) peers.push(await scene.greeted("127.0.0.1", { nonce: BigInt(i + 1) }));
    assert.equal(open(peers), 10);
  });

  test("steps of the wall clock drop nobody and free nobody (T13)", async () => {
    scene = await Scene.start();
    const peers = [await scene.greeted("7.1.1.1"), await scene.greeted("7.2.1.1"), await scene.greeted("7.3.1.1")];
    scene.node.peers.standing.ban("9.9.9.9");
    for (const step of [86_400, -3 * 86_400]) {
      scene.clock.wallOffset += step;
      await scene.clock.run(60_000);
      assert.equal(open(peers), 3);
      assert.ok(scene.node.peers.standing.isBanned("9.9.9.9"));
    }
  });

  test("a port in use is waited for", async () => {
    scene = new Scene();
    const occupied = await scene.hosts.host("5.5.1.1").listen({ port: 9333 }, (link) => link.abort());
    await scene.node.start();
    assert.equal(scene.node.peers.boundPort, null);
    await scene.clock.run(4_000);
    await occupied.close();
    await scene.clock.run(3_000);
    assert.equal(scene.node.peers.boundPort, 9333);
    assert.ok(!(await scene.greeted("7.1.1.1")).isClosed);
  });
});
