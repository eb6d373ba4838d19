import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, test } from "node:test";
import { bytesToHex } from "../../../src/core/bytes.js";
import { relabelled, wrapped } from "../../unit/peers/support/shares.js";
import { AbuseScene } from "./support/scene.js";

describe("abuse by forged shares (spec/09 §14)", () => {
  let scene: AbuseScene;
  afterEach(() => scene?.stop());

  const now = (): number => Math.floor(scene.clock.now());
  const tip = async (): Promise<string | null> => (await scene.state()).tip;

  test("T24: an invalid share and its child, through an honest relay's answers", async () => {
    scene = await AbuseScene.start();
    const { chain } = scene;
    const best = chain.best()!;
    const bad = chain.mintOn(best, { isInvalid: true, timestamp: now() + 1 });
    // Minted on it as somebody does who believes in it.
    const believed = scene.fork();
    const child = believed.mintOn(believed.tracker.add(bad, 0)!, { timestamp: now() + 2 });
    const relay = await scene.connect("127.1.0.1");
    relay.serve = ({ hashes }) => [bad, child].filter(({ id }) => id === hashes[0]).map(wrapped);
    relay.greet({ nonce: 1n, bestShare: child.id });
    await scene.until(async () => (await scene.points("127.1.0.1")) > 0, "points");
    await scene.settled();
    assert.equal(await scene.points("127.1.0.1"), 50);
    assert.ok(!relay.isClosed);
    assert.deepEqual([await scene.call("has", bad.id), await scene.call("has", child.id)], [false, false]);
    assert.equal(await tip(), best.id);
    await scene.finish();
  });

  test("T25: the tip re-labelled by one peer, then the real one by another", async () => {
    scene = await AbuseScene.start();
    const share = scene.chain.mintOn(scene.chain.best(), { timestamp: now() + 1 });
    const [liar, honest] = [await scene.greeted("127.1.0.1"), await scene.greeted("127.2.0.1")];
    liar.send("shares", { shares: [relabelled(share, 34n)] });
    await scene.skip(1_000);
    await scene.until(() => liar.isClosed, "end of the liar");
    assert.ok(await scene.isBanned("127.1.0.1"));
    honest.send("shares", { shares: [wrapped(share)] });
    await scene.until(async () => (await tip()) === share.id, "real share as the tip");
    assert.equal(await scene.points("127.2.0.1"), 0);
    assert.ok(!honest.isClosed);
    await scene.finish();
  });

  test("T26: a share that claims to be a block", async () => {
    scene = await AbuseScene.start();
    const [sender, other] = [await scene.greeted("127.1.0.1"), await scene.greeted("127.2.0.1")];
    const best = scene.chain.best()!;
    // So far below that not even the bonus of a block makes it the best (spec/04 §8.4).
    const aside = scene.chain.mintOn(best.ancestor(4), { bits: 0x207fffff, timestamp: now() });
    assert.ok(aside.isBlockSolution);
    sender.send("shares", { shares: [wrapped(aside)] });
    await scene.until(() => scene.call("has", aside.id), "share aside");
    await scene.skip(6_000);
    assert.equal(other.of("shares").length, 0);
    assert.equal(await tip(), best.id);

    const next = scene.chain.mintOn(best, { bits: 0x207fffff, timestamp: now() });
    sender.send("shares", { shares: [wrapped(next)] });
    await scene.until(async () => (await tip()) === next.id, "share as the tip");
    await scene.skip(6_000);
    assert.deepEqual(
      other.of("shares").map(({ shares }) => shares),
      [[wrapped(next)]],
    );
    assert.ok(!scene.daemon.requests.some(({ method }) => method === "submitblock"));
    const events = await scene.call("events");
    assert.ok(!events.some((type) => type.startsWith("block")), events.join());
    assert.equal(await scene.points("127.1.0.1"), 0);
    await scene.finish();
  });

  test("T27: long branches that the share commits to", async () => {
    scene = await AbuseScene.start();
    const [sender, other] = [await scene.greeted("127.1.0.1"), await scene.greeted("127.2.0.1")];
    for (const [i, branchEntries] of [100, 600].entries()) {
      const timestamp = now() + i + 1;
      const share = scene.chain.add(scene.chain.mintOn(scene.chain.best(), { branchEntries, timestamp }).raw).item
        .share;
      sender.send("shares", { shares: [wrapped(share)] });
      await scene.until(async () => (await tip()) === share.id, `share with ${branchEntries} entries as the tip`);
      await scene.until(() => other.of("shares").length > i, "relay of it");
      assert.deepEqual(other.of("shares")[i]!.shares, [wrapped(share)]);
    }
    assert.equal(await scene.points("127.1.0.1"), 0);
    await scene.finish();
  });

  test("T28: a share that four peers believe in and our verifier does not", async () => {
    const quarantineDirectory = await mkdtemp(join(tmpdir(), "p2pool-quarantine-"));
    try {
      scene = await AbuseScene.start({ quarantineDirectory });
      const best = scene.chain.best()!;
      const share = scene.chain.mintOn(best, { timestamp: now() + 1 });
      await scene.call("distrust", share.id);
      const alarms = async (): Promise<number> =>
        (await scene.call("log")).filter(({ msg }) => msg.startsWith("several peers believe")).length;
      const addresses = ["127.1.0.1", "127.2.0.1", "127.3.0.1", "127.4.0.1"];
      for (const [i, from] of addresses.entries()) {
        const peer = await scene.greeted(from);
        peer.send("shares", { shares: [wrapped(share)] });
        await scene.until(() => i > 0 || peer.isClosed, "end of the first");
        await scene.skip(1_000);
        assert.equal(await alarms(), i < 2 ? 0 : 1);
        assert.equal(await scene.isBanned(addresses[0]!), i < 2);
      }
      await scene.skip(5_000);
      for (const from of addresses) {
        assert.equal(await scene.points(from), 0);
        assert.ok(!(await scene.greeted(from)).isClosed);
      }
      // Under another name while it is being written.
      await scene.until(async () => (await readdir(quarantineDirectory)).includes(`${share.id}.json`), "file");
      const text = await readFile(join(quarantineDirectory, `${share.id}.json`), "utf8");
      const { raw, ancestors } = JSON.parse(text) as { raw: string; ancestors: string[] };
      assert.equal(raw, bytesToHex(share.raw));
      assert.deepEqual(
        ancestors,
        [...best.chain(200)].map(({ id }) => id),
      );
      assert.equal(await tip(), best.id);
      await scene.finish({ alarms: 1 });
    } finally {
      await rm(quarantineDirectory, { recursive: true });
    }
  });
});
