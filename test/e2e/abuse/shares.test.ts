import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { wrapShare } from "../../../src/peers/wire/messages.js";
import type { ScriptedPeer } from "../../unit/peers/support/scripted-peer.js";
import { altered, inflated, wrapped } from "../../unit/peers/support/shares.js";
import { AbuseScene } from "./support/scene.js";
import { sharesByNonce } from "./support/share-flood.js";

describe("abuse by shares (spec/09 §14)", () => {
  let scene: AbuseScene;
  afterEach(() => scene?.stop());

  test("T3: payout addresses that take long to decode", async () => {
    scene = await AbuseScene.start();
    const { chain } = scene;
    const share = chain.mintOn(chain.best());
    const withPayee = (length: number): ReturnType<typeof wrapped> => {
      const data = { ...share.info.data, payee: new Uint8Array(length).fill(0x32) };
      return altered(share, chain.rules, { info: { ...share.info, data } });
    };
    const huge = withPayee(1_000_000);
    const peers: ScriptedPeer[] = [];
    for (let i = 1; i <= 20; i++) {
      peers.push(await scene.greeted(`127.${i}.0.1`));
      await scene.skip(300);
    }
    const before = await scene.call("cpu");
    for (const peer of peers) peer.send("shares", { shares: [huge] });
    await scene.until(() => peers.every(({ isClosed }) => isClosed), "end of all");
    const used = (await scene.call("cpu")) - before;
    assert.ok(used <= 1_000, `${used} ms`);
    for (let i = 1; i <= 20; i++) assert.equal(await scene.points(`127.${i}.0.1`), 50);

    await scene.skip(1_000);
    const long = await scene.greeted("127.30.0.1");
    long.send("shares", { shares: [withPayee(129)] });
    await scene.until(() => long.isClosed, "end");
    assert.equal(await scene.points("127.30.0.1"), 50);

    const asked = await scene.connect("127.31.0.1");
    asked.serve = () => [withPayee(20_000)];
    asked.greet({ nonce: 31n, bestShare: "ab".repeat(32) });
    await scene.until(async () => (await scene.points("127.31.0.1")) > 0, "points");
    await scene.settled();
    assert.equal(await scene.points("127.31.0.1"), 10);
    assert.ok(!asked.isClosed);
    await scene.finish();
  });

  test("T4: thirty thousand easy shares without parents", async () => {
    scene = await AbuseScene.start({ memory: 20 });
    const [first] = sharesByNonce(scene, 1, 10_000);
    const others = sharesByNonce(scene, 20, 1_000);
    const peer = await scene.greeted("127.1.0.1");
    peer.answersEmpty = true;
    const { shares } = await scene.state();
    const held = async (): Promise<number> => (await scene.state()).shares - shares;
    const before = await scene.call("cpu");
    for (let i = 0; i < 10; i++) {
      peer.send("shares", { shares: first!.slice(1_000 * i, 1_000 * (i + 1)) });
      await scene.skip(1_000);
    }
    const used = (await scene.call("cpu")) - before;
    assert.ok(used < 2_000, `${used} ms`);
    assert.equal(await held(), 64);
    await scene.contribute();
    for (let i = 0; i < 20; i++) {
      const other = await scene.greeted(`127.${2 + i}.0.1`);
      other.answersEmpty = true;
      other.send("shares", { shares: others[i]! });
      await scene.skip(300);
      assert.ok((await held()) <= 512 + 1, `${await held()} held`);
    }
    // All together have used up what is looked at in a minute, and yet the honest peer's share is.
    await scene.contribute();
    await scene.skip(70_000);
    assert.ok((await held()) > 64);
    await scene.finish();
  });

  test("T5: a valid share that its relay blew up to 3 MB", async () => {
    scene = await AbuseScene.start();
    const [relay, other] = [await scene.greeted("127.1.0.1"), await scene.greeted("127.2.0.1")];
    const share = scene.chain.mintOn(scene.chain.best(), { timestamp: Math.floor(scene.clock.now()) + 1 });
    relay.send("shares", { shares: [inflated(share, scene.chain.rules, 100_000)] });
    await scene.until(() => other.of("shares").length > 0, "relay of it");
    assert.equal((await scene.state()).tip, share.id);
    assert.deepEqual(other.of("shares")[0]!.shares, [wrapped(share)]);
    assert.ok(share.raw.length <= 2_048);
    assert.equal(await scene.points("127.1.0.1"), 0);
    assert.ok(!relay.isClosed);
    await scene.finish();
  });

  test("T12: a share of the future", async () => {
    scene = await AbuseScene.start();
    const [sender, other] = [await scene.greeted("127.1.0.1"), await scene.greeted("127.2.0.1")];
    const share = scene.chain.mintOn(scene.chain.best(), { timestamp: Math.floor(scene.clock.now()) + 610 });
    sender.send("shares", { shares: [wrapped(share)] });
    await scene.settled();
    await scene.skip(5_000);
    assert.notEqual((await scene.state()).tip, share.id);
    assert.deepEqual(other.of("shares"), []);
    await scene.skip(15_000);
    assert.equal((await scene.state()).tip, share.id);
    await scene.until(() => other.of("shares").length > 0, "relay of it");
    assert.equal(await scene.points("127.1.0.1"), 0);
    await scene.finish();
  });

  test("T14: five shares, of which the third is of version 36", async () => {
    scene = await AbuseScene.start();
    const peer = await scene.greeted("127.1.0.1");
    const chain = scene.fork();
    const line = [1, 2, 3, 4].map((i) => {
      const timestamp = Math.floor(scene.clock.now()) + i;
      return chain.add(chain.mintOn(chain.best(), { timestamp }).raw).item.share;
    });
    const [a, b, c, d] = [...line].reverse().map(wrapped);
    peer.send("shares", { shares: [a!, b!, wrapShare(36n, new Uint8Array(50)), c!, d!] });
    await scene.until(async () => (await scene.state()).tip === line[3]!.id, "new tip");
    for (const { id } of line) assert.ok(await scene.call("has", id));
    assert.equal(await scene.points("127.1.0.1"), 0);
    assert.ok(!peer.isClosed);
    await scene.finish();
  });
});
