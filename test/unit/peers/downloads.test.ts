import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { SHARE_REPLY, type WrappedShare, wrapShare } from "../../../src/peers/wire/messages.js";
import type { ShareNode } from "../../../src/sharechain/index.js";
import { TestChain } from "./support/chain.js";
import { Scene } from "./support/scene.js";
import type { ScriptedPeer } from "./support/scripted-peer.js";

let scene: Scene;
afterEach(() => scene?.stop());

/** Another node's chain, that the test serves from. */
function foreignChain(length: number): TestChain {
  const chain = new TestChain({ network: scene.network, clock: scene.clock });
  chain.extend(length);
  return chain;
}

const wrapped = ({ item }: ShareNode): WrappedShare => ({ type: BigInt(item.share.version), raw: item.share.raw });

/** Requests that are not for share 0. */
const requests = (peer: ScriptedPeer): ReturnType<typeof peer.of<"sharereq">> =>
  peer.of("sharereq").filter(({ hashes }) => !/^0+$/.test(hashes[0] ?? ""));

/** Answers a request as an honest node would. */
function serve(
  peer: ScriptedPeer,
  chain: TestChain,
  { id, hashes, parents, stops }: ReturnType<typeof requests>[number],
): void {
  const shares: WrappedShare[] = [];
  for (const hash of hashes) {
    const node = chain.get(hash);
    if (node === undefined) continue;
    for (const share of node.chain(Math.min(node.height, Number(parents) + 1))) {
      if (stops.includes(share.id)) break;
      shares.push(wrapped(share));
    }
  }
  peer.send("sharereply", { id, result: SHARE_REPLY.good, shares });
}

describe("downloads", () => {
  test("the announced best share first, then what is under it", async () => {
    scene = await Scene.start();
    const chain = foreignChain(60);
    const peer = await scene.greeted("7.1.1.1", { bestShare: chain.best()!.id });
    const [first] = requests(peer);
    assert.deepEqual([first?.hashes, first?.parents, first?.stops], [[chain.best()!.id], 0n, []]);
    serve(peer, chain, first!);
    await scene.clock.run(1_000);
    const second = requests(peer)[1]!;
    assert.deepEqual(second.hashes, [chain.best()!.parent!.id]);
    assert.ok(second.parents >= 250n && second.parents < 500n);
    assert.deepEqual(second.stops, [chain.best()!.id]);
    serve(peer, chain, second);
    await scene.clock.run(1_000);
    assert.equal(scene.node.tip, chain.best()!.id);
    assert.equal(requests(peer).length, 2);
    assert.equal(scene.points("7.1.1.1"), 0);
  });

  test("a peer that does not answer is left after 15 s, with 5 points, and another is asked for less", async () => {
    scene = await Scene.start();
    const chain = foreignChain(60);
    const dead = await scene.greeted("7.1.1.1", { bestShare: chain.best()!.id });
    serve(dead, chain, requests(dead)[0]!);
    await scene.clock.run(1_000);
    const [, unanswered] = requests(dead);
    const live = await scene.greeted("7.2.1.1");
    await scene.clock.run(16_000);
    assert.ok(dead.isClosed);
    assert.equal(Math.round(scene.points("7.1.1.1")), 5);
    await scene.clock.run(2_000);
    const [again] = requests(live);
    assert.deepEqual(again?.hashes, unanswered?.hashes);
    assert.ok(again!.parents <= unanswered!.parents / 2n);
    serve(live, chain, again!);
    await scene.clock.run(1_000);
    assert.equal(scene.node.tip, chain.best()!.id);
  });

  test("'too long' is no offence: less is asked for", async () => {
    scene = await Scene.start();
    const chain = foreignChain(60);
    const peer = await scene.greeted("7.1.1.1", { bestShare: chain.best()!.id });
    serve(peer, chain, requests(peer)[0]!);
    await scene.clock.run(1_000);
    let asked = requests(peer)[1]!;
    for (let i = 0; i < 4; i++) {
      peer.send("sharereply", { id: asked.id, result: SHARE_REPLY.tooLong, shares: [] });
      await scene.clock.run(9_000);
      const next = requests(peer).at(-1)!;
      assert.ok(next.parents <= asked.parents / 2n, `${i}: ${next.parents} after ${asked.parents}`);
      asked = next;
    }
    serve(peer, chain, asked);
    await scene.clock.run(1_000);
    assert.equal(scene.points("7.1.1.1"), 0);
    assert.ok(scene.node.chain.tracker.main.size > 5);
  });

  test("a peer with nothing of what it announced: twice, then it is left in peace", async () => {
    scene = await Scene.start();
    const chain = foreignChain(60);
    const liar = await scene.greeted("7.1.1.1", { bestShare: chain.best()!.id });
    serve(liar, chain, requests(liar)[0]!);
    await scene.clock.run(500);
    const answerEmpty = (): void => {
      for (const { id } of requests(liar).splice(1)) liar.send("sharereply", { id, result: 0, shares: [] });
    };
    let answered = 1;
    for (let second = 0; second < 120; second++) {
      for (const { id } of requests(liar).slice(answered)) liar.send("sharereply", { id, result: 0, shares: [] });
      answered = requests(liar).length;
      await scene.clock.run(1_000);
    }
    answerEmpty();
    assert.equal(requests(liar).length, 3);
    assert.ok(scene.points("7.1.1.1") > 0 && scene.points("7.1.1.1") <= 5);
    await scene.clock.run(600_000);
    assert.ok(requests(liar).length > 3, "asked again after ten minutes");
  });

  test("what nobody has is asked for less and less often", async () => {
    scene = await Scene.start();
    const chain = foreignChain(60);
    const peers = [await scene.greeted("7.1.1.1", { bestShare: chain.best()!.id })];
    serve(peers[0]!, chain, requests(peers[0]!)[0]!);
    await scene.clock.run(500);
    // The one who had its child is gone; the others have nothing.
    peers[0]!.link.abort();
    for (let i = 2; i < 7; i++) peers.push(await scene.greeted(`7.${i}.1.1`));
    const answered = peers.map((peer) => requests(peer).length);
    for (let second = 0; second < 1_800; second++) {
      for (const [i, peer] of peers.entries()) {
        if (i === 0) continue;
        for (const { id } of requests(peer).slice(answered[i])) peer.send("sharereply", { id, result: 0, shares: [] });
        answered[i] = requests(peer).length;
        if (second % 60 === 0) peer.send("ping", {});
      }
      await scene.clock.run(1_000);
    }
    const total = answered.reduce((sum, count) => sum + count, 0) - 1;
    assert.ok(total > 5 && total < 25, `${total} requests in half an hour`);
    assert.ok(peers.slice(1).every(({ isClosed }) => !isClosed));
  });

  test("an answer that goes astray is read up to there, for 10 points", async () => {
    scene = await Scene.start();
    const chain = foreignChain(60);
    const peer = await scene.greeted("7.1.1.1", { bestShare: chain.best()!.id });
    const [{ id }] = requests(peer) as [ReturnType<typeof requests>[number]];
    const line = [...chain.best()!.chain(10)];
    peer.send("sharereply", { id, result: 0, shares: [line[0]!, line[1]!, line[5]!, line[6]!].map(wrapped) });
    await scene.clock.run(500);
    assert.equal(scene.points("7.1.1.1"), 10);
    assert.equal(scene.node.chain.tracker.main.size, 2);
    assert.ok(!peer.isClosed);
  });

  test("a share of an unknown version ends an answer, without points; obsolete ones are passed over", async () => {
    scene = await Scene.start();
    const chain = foreignChain(60);
    const peer = await scene.greeted("7.1.1.1", { bestShare: chain.best()!.id });
    const [{ id }] = requests(peer) as [ReturnType<typeof requests>[number]];
    const line = [...chain.best()!.chain(10)].map(wrapped);
    const obsolete = wrapShare(9n, new Uint8Array(5));
    const future = wrapShare(36n, new Uint8Array(5));
    peer.send("sharereply", { id, result: 0, shares: [obsolete, line[0]!, line[1]!, future, line[2]!] });
    await scene.clock.run(500);
    assert.equal(scene.points("7.1.1.1"), 0);
    assert.equal(scene.node.chain.tracker.main.size, 2);
  });

  test("malformed on request: 10 points, the connection stays (T3)", async () => {
    scene = await Scene.start();
    const chain = foreignChain(60);
    const peer = await scene.greeted("7.1.1.1", { bestShare: chain.best()!.id });
    const [{ id }] = requests(peer) as [ReturnType<typeof requests>[number]];
    peer.send("sharereply", { id, result: 0, shares: [wrapShare(35n, new Uint8Array(20_000))] });
    await scene.clock.run(500);
    assert.equal(scene.points("7.1.1.1"), 10);
    assert.ok(!peer.isClosed);
  });

  test("an invalid share that an honest relay serves: 50 points, it stays connected (T24)", async () => {
    scene = await Scene.start({}, ({ node }) => void node.chain.extend(45));
    const chain = foreignChain(45);
    const head = [...scene.node.chain.best()!.chain(1)][0]!;
    for (const node of [...head.chain(45)].reverse())
      if (chain.get(node.id) === undefined) chain.add(node.item.share.raw);
    const bad = chain.mintOn(head, { isInvalid: true });
    const peer = await scene.greeted("7.1.1.1", { bestShare: bad.id });
    const [{ id }] = requests(peer) as [ReturnType<typeof requests>[number]];
    peer.send("sharereply", { id, result: 0, shares: [{ type: 35n, raw: bad.raw }] });
    await scene.clock.run(500);
    assert.equal(scene.points("7.1.1.1"), 50);
    assert.ok(!peer.isClosed);
    assert.equal(scene.node.chain.get(bad.id), undefined);
    assert.equal(scene.node.tip, head.id);
  });

  test("two chains from two peers at the same time, and never the same share of both", async () => {
    scene = await Scene.start();
    const chain = foreignChain(50);
    const other = new TestChain({ network: scene.network, clock: scene.clock });
    other.extend(49);
    const peers = [
      await scene.greeted("7.1.1.1", { bestShare: chain.best()!.id }),
      await scene.greeted("7.2.1.1", { bestShare: other.best()!.id }),
    ];
    serve(peers[0]!, chain, requests(peers[0]!)[0]!);
    serve(peers[1]!, other, requests(peers[1]!)[0]!);
    await scene.clock.run(200);
    const wanted = peers.map((peer) => requests(peer)[1]?.hashes[0]);
    assert.equal(new Set(wanted).size, 2);
    assert.equal(scene.node.exchange.downloading, 2);
  });
});
