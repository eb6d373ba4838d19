import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { wrapShare } from "../../../src/peers/wire/messages.js";
import { TestChain } from "./support/chain.js";
import { Scene } from "./support/scene.js";
import type { ScriptedPeer } from "./support/scripted-peer.js";
import { altered, inflated, relabelled, wrapped } from "./support/shares.js";

let scene: Scene;
afterEach(() => scene?.stop());

const start = (length = 45): Promise<Scene> => Scene.start({}, ({ node }) => void node.chain.extend(length));

/** A chain with the same shares, to mint on apart from the node. */
function twin(): TestChain {
  const chain = new TestChain({ network: scene.network, clock: scene.clock });
  const tip = scene.node.chain.best()!;
  for (const node of [...tip.chain(tip.height)].reverse()) chain.add(node.item.share.raw);
  return chain;
}

const shareIds = (peer: ScriptedPeer): number => peer.of("shares").flatMap(({ shares }) => shares).length;

describe("shares that peers send", () => {
  test("join the chain and go to the others, not back", async () => {
    scene = await start();
    const [sender, other] = [await scene.greeted("7.1.1.1"), await scene.greeted("7.2.1.1")];
    const share = twin().mintOn(scene.node.chain.best());
    sender.send("shares", { shares: [wrapped(share)] });
    await scene.clock.run(100);
    assert.equal(scene.node.tip, share.id);
    assert.deepEqual(other.of("shares"), [{ shares: [wrapped(share)] }]);
    assert.deepEqual(sender.of("shares"), []);
    assert.equal(scene.node.peers.connectedPeers[0]?.bestShare, share.id);
  });

  test("empty messages and repeated shares cost nothing", async () => {
    scene = await start();
    const peer = await scene.greeted("7.1.1.1");
    const share = wrapped(twin().mintOn(scene.node.chain.best()));
    for (let i = 0; i < 5; i++) peer.send("shares", { shares: [] });
    for (let i = 0; i < 5; i++) peer.send("shares", { shares: [share, share] });
    await scene.clock.run(100);
    assert.equal(scene.points("7.1.1.1"), 0);
    assert.equal(scene.node.chain.accepted.length, 1);
  });

  test("obsolete and future versions are skipped, the others of the message taken (T14)", async () => {
    scene = await start();
    const peer = await scene.greeted("7.1.1.1");
    const chain = twin();
    const line = [];
    for (let i = 0; i < 4; i++) line.push(chain.add(chain.mintOn(chain.best()).raw).item.share);
    const [a, b, c, d] = line.reverse().map(wrapped);
    peer.send("shares", {
      shares: [a!, b!, wrapShare(36n, new Uint8Array(50)), c!, d!, wrapShare(10n, new Uint8Array(3))],
    });
    await scene.clock.run(100);
    assert.equal(scene.node.tip, line[0]!.id);
    assert.equal(scene.points("7.1.1.1"), 0);
    assert.ok(!peer.isClosed);
  });

  test("no proof of work: banned", async () => {
    scene = await start();
    const peer = await scene.greeted("7.1.1.1");
    const chain = twin();
    const share = chain.mintOn(chain.best());
    let bad = wrapped(share);
    for (let nonce = 0; ; nonce++) {
      bad = altered(share, chain.rules, { minHeader: { ...share.contents.minHeader, nonce } });
      peer.send("shares", { shares: [bad] });
      await scene.clock.run(50);
      if (peer.isClosed) break;
      assert.ok(nonce < 20);
    }
    assert.ok(scene.node.peers.standing.isBanned("7.1.1.1"));
  });

  test("malformed ones cost 50 points and the connection, quickly (T3)", async () => {
    scene = await start();
    const { rules } = scene.node.chain;
    const share = twin().mintOn(scene.node.chain.best());
    const withPayee = (payee: Uint8Array): ReturnType<typeof wrapped> =>
      altered(share, rules, { info: { ...share.info, data: { ...share.info.data, payee } } });
    const started = process.cpuUsage();
    for (let i = 0; i < 20; i++) {
      const peer = await scene.greeted(`7.${i}.1.1`);
      peer.send("shares", { shares: [withPayee(new Uint8Array(1_000_000).fill(0x32))] });
      await scene.clock.run(3_100);
      assert.ok(peer.isClosed);
      assert.ok(scene.points(`7.${i}.1.1`) > 49);
    }
    const { user, system } = process.cpuUsage(started);
    assert.ok(user + system < 1_000_000, `${user + system} µs`);
    for (const [from, payee] of [
      ["8.1.1.1", new Uint8Array(129).fill(0x32)],
      ["8.2.1.1", new Uint8Array(0)],
    ] as const) {
      const peer = await scene.greeted(from);
      peer.send("shares", { shares: [withPayee(payee)] });
      await scene.clock.run(50);
      assert.ok(peer.isClosed);
      assert.equal(scene.points(from), 50);
    }
  });

  test("invalid in its place: 100 points for who sent it, none for who sends its child", async () => {
    scene = await start();
    const chain = twin();
    const bad = chain.mintOn(chain.best(), { isInvalid: true });
    const peer = await scene.greeted("7.1.1.1");
    peer.send("shares", { shares: [wrapped(bad)] });
    await scene.clock.run(50);
    assert.ok(scene.node.peers.standing.isBanned("7.1.1.1"));
    assert.equal(scene.node.chain.get(bad.id), undefined);
    // The same from others is not looked at again.
    const other = await scene.greeted("7.2.1.1");
    other.send("shares", { shares: [wrapped(bad)] });
    await scene.clock.run(50);
    assert.ok(!other.isClosed);
    assert.equal(scene.node.chain.accepted.length, 1);
  });

  test("a re-labelled copy does not keep the real share out (T25)", async () => {
    scene = await start();
    const share = twin().mintOn(scene.node.chain.best());
    const [liar, honest] = [await scene.greeted("7.1.1.1"), await scene.greeted("7.2.1.1")];
    liar.send("shares", { shares: [relabelled(share, 34n)] });
    await scene.clock.run(1_000);
    assert.ok(scene.node.peers.standing.isBanned("7.1.1.1"));
    honest.send("shares", { shares: [wrapped(share)] });
    await scene.clock.run(100);
    assert.equal(scene.node.tip, share.id);
    assert.equal(scene.points("7.2.1.1"), 0);
  });

  test("the real copy waits beside a bad one that is held, and takes its place (spec/06 §7.4)", async () => {
    scene = await start();
    const { chain } = scene.node;
    const share = twin().mintOn(chain.best());
    const [liar, honest] = [await scene.greeted("7.1.1.1"), await scene.greeted("7.2.1.1")];
    // As when the evaluation comes only after both.
    const evaluate = chain.evaluate;
    chain.evaluate = () => {};
    liar.send("shares", { shares: [relabelled(share, 34n)] });
    await scene.clock.run(50);
    honest.send("shares", { shares: [wrapped(share)] });
    await scene.clock.run(50);
    assert.equal(chain.get(share.id)?.item.share.version, 34);
    chain.evaluate = evaluate;
    chain.evaluate();
    await scene.clock.run(50);
    assert.equal(chain.get(share.id)?.item.share.version, 35);
    assert.equal(scene.node.tip, share.id);
    assert.ok(scene.node.peers.standing.isBanned("7.1.1.1"));
    assert.equal(scene.points("7.2.1.1"), 0);
  });

  test("a share that failed on a bad copy of its parent is welcome on the good one (spec/06 §7.4)", async () => {
    scene = await start();
    const { chain } = scene.node;
    const others = twin();
    const parent = others.add(others.mintOn(others.best()).raw).item.share;
    const child = others.mintOn(others.best());
    const [liar, relay, honest] = [
      await scene.greeted("7.1.1.1"),
      await scene.greeted("7.2.1.1"),
      await scene.greeted("7.3.1.1"),
    ];
    for (const { id } of [parent, child]) chain.distrusted.add(id);
    liar.send("shares", { shares: [relabelled(parent, 34n)] });
    await scene.clock.run(100);
    relay.send("shares", { shares: [wrapped(child)] });
    await scene.clock.run(100);
    assert.ok(scene.node.peers.standing.isBanned("7.1.1.1"));
    assert.equal(scene.points("7.2.1.1"), 0);
    chain.distrusted.clear();
    honest.send("shares", { shares: [wrapped(child), wrapped(parent)] });
    await scene.clock.run(100);
    assert.equal(scene.node.tip, child.id);
  });

  test("what a relay blew up is taken and passed on in its own size (T5)", async () => {
    scene = await start();
    const { rules } = scene.node.chain;
    const share = twin().mintOn(scene.node.chain.best());
    const [relay, other] = [await scene.greeted("7.1.1.1"), await scene.greeted("7.2.1.1")];
    relay.send("shares", { shares: [inflated(share, rules, 100_000)] });
    await scene.clock.run(1_000);
    assert.equal(scene.node.tip, share.id);
    assert.equal(scene.points("7.1.1.1"), 0);
    const [message] = other.of("shares");
    assert.deepEqual(message?.shares, [wrapped(share)]);
    // One that is only a little longer too.
    const next = scene.node.chain.mintOn(scene.node.chain.best());
    relay.send("shares", { shares: [inflated(next, rules, 1)] });
    await scene.clock.run(1_000);
    assert.deepEqual(other.of("shares")[1]?.shares, [wrapped(next)]);
  });

  test("committed branches may be long, and are passed on whole (T27)", async () => {
    for (const entries of [100, 600]) {
      scene = await start();
      const chain = twin();
      const share = chain.mintOn(chain.best(), { branchEntries: entries });
      const [sender, other] = [await scene.greeted("7.1.1.1"), await scene.greeted("7.2.1.1")];
      sender.send("shares", { shares: [wrapped(share)] });
      await scene.clock.run(100);
      assert.equal(scene.node.tip, share.id, `${entries} entries`);
      assert.deepEqual(other.of("shares")[0]?.shares, [wrapped(share)]);
      await scene.stop();
    }
  });

  test("a flood of easy shares: few are looked at, fewer kept (T4)", async () => {
    scene = await start();
    const chain = new TestChain({ network: scene.network, clock: scene.clock });
    const strangers = Array.from({ length: 40 }, () => {
      const parent = chain.mintOn(null);
      const node = chain.add(parent.raw);
      return wrapped(chain.mintOn(node));
    });
    const peer = await scene.greeted("7.1.1.1");
    peer.send("shares", { shares: strangers });
    await scene.clock.run(100);
    assert.equal(scene.node.chain.accepted.length, 20);
    assert.equal(scene.points("7.1.1.1"), 1);
    await scene.clock.run(1_000);
    peer.send("shares", { shares: strangers.slice(20) });
    await scene.clock.run(100);
    assert.equal(scene.node.chain.accepted.length, 40);
  });

  test("what each of many peers brings counts once: a fast pool has room", async () => {
    scene = await start();
    const peers = [];
    for (let i = 0; i < 20; i++) peers.push(await scene.greeted(`7.${i + 1}.1.1`));
    const chain = twin();
    // Five shares in a share period, over 24 of these: 2,400 messages.
    for (let i = 0; i < 120; i++) {
      const timestamp = chain.best()!.item.share.info.timestamp + 2;
      const share = chain.add(chain.mintOn(chain.best(), { timestamp }).raw).item.share;
      for (const peer of peers) peer.send("shares", { shares: [wrapped(share)] });
      await scene.clock.run(2_000);
      assert.equal(scene.node.tip, share.id, `share ${i}`);
    }
    for (const { address } of scene.node.peers.connectedPeers) assert.equal(scene.points(address), 0);
  });

  test("orphans of one peer are bounded, the least work gives way (T4)", async () => {
    scene = await start();
    const chain = new TestChain({ network: scene.network, clock: scene.clock });
    const parent = chain.add(chain.mintOn(null).raw);
    const peer = await scene.greeted("7.1.1.1");
    peer.answersEmpty = true;
    for (let round = 0; round < 5; round++) {
      const shares = Array.from({ length: 20 }, () => wrapped(chain.mintOn(parent)));
      peer.send("shares", { shares });
      await scene.clock.run(70_000);
      peer.send("ping", {});
    }
    const orphans = [...scene.node.chain.tracker.main.all()].filter(({ parent: known }) => known === null).length - 1;
    assert.equal(orphans, 64);
  });

  test("far easier than the best chain's: dropped, 5 points", async () => {
    scene = await start();
    const share = twin().mintOn(scene.node.chain.best());
    const timestamp = scene.node.chain.best()!.item.share.info.timestamp;
    scene.node.chain.measure = { easiestTarget: share.target / 4n, bestTimestamp: timestamp, blockTarget: null };
    const peer = await scene.greeted("7.1.1.1");
    peer.send("shares", { shares: [wrapped(share)] });
    await scene.clock.run(50);
    assert.equal(scene.node.chain.accepted.length, 0);
    assert.equal(scene.points("7.1.1.1"), 5);
    assert.ok(!peer.isClosed);
    // After eight share periods without a share that is plausible: 2 × 1.1^8 > 4.
    await scene.clock.run(85_000);
    peer.send("shares", { shares: [wrapped(share)] });
    await scene.clock.run(50);
    assert.equal(scene.node.chain.accepted.length, 1);
  });

  test("one from the future is held until its time has come (T12)", async () => {
    scene = await start();
    const timestamp = Math.floor(scene.clock.now()) + 610;
    const share = twin().mintOn(scene.node.chain.best(), { timestamp });
    const [sender, other] = [await scene.greeted("7.1.1.1"), await scene.greeted("7.2.1.1")];
    sender.send("shares", { shares: [wrapped(share)] });
    await scene.clock.run(5_000);
    assert.notEqual(scene.node.tip, share.id);
    assert.equal(shareIds(other), 0);
    await scene.clock.run(10_000);
    assert.equal(scene.node.tip, share.id);
    assert.equal(shareIds(other), 1);
    assert.equal(scene.points("7.1.1.1"), 0);
  });

  test("when several disagree with us, nobody is to blame and the operator is told (T28)", async () => {
    scene = await start();
    const share = twin().mintOn(scene.node.chain.best());
    scene.node.chain.distrusted.add(share.id);
    for (const [i, from] of ["7.1.1.1", "8.1.1.1", "9.1.1.1", "10.0.0.1"].entries()) {
      const peer = await scene.greeted(from);
      peer.send("shares", { shares: [wrapped(share)] });
      await scene.clock.run(1_000);
      assert.equal(peer.isClosed, i === 0, from);
      assert.equal(scene.node.disagreements.length, i < 2 ? 0 : 1);
    }
    assert.equal(scene.node.disagreements[0]?.share.id, share.id);
    assert.equal(scene.points("7.1.1.1"), 0);
    assert.ok(!scene.node.peers.standing.isBanned("7.1.1.1"));
    assert.ok(!(await scene.greeted("7.1.1.1")).isClosed);
  });
});
