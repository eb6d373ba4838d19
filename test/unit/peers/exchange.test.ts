import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { type BlockHeader, blockHash, blockHeader } from "../../../src/bitcoin/block.js";
import { encode } from "../../../src/core/codec.js";
import { Scene } from "./support/scene.js";
import type { ScriptedPeer } from "./support/scripted-peer.js";
import { wrapped } from "./support/shares.js";

let scene: Scene;
afterEach(() => scene?.stop());

const start = (length: number): Promise<Scene> => Scene.start({}, ({ node }) => void node.chain.extend(length));
const chainIds = (count: number): string[] => [...scene.node.chain.best()!.chain(count)].map(({ id }) => id);

/** Sends a request and returns what is answered. */
async function ask(
  peer: ScriptedPeer,
  hashes: readonly string[],
  parents = 0,
  stops: readonly string[] = [],
): Promise<string[]> {
  const id = (peer.of("sharereply").length + 1).toString(16).padStart(64, "0");
  peer.send("sharereq", { id, hashes, parents: BigInt(parents), stops });
  await scene.clock.run(50);
  const reply = peer.last("sharereply");
  assert.equal(reply?.id, id);
  assert.equal(reply.result, 0);
  return reply.shares.map(idOf);
}

/** The id of a share of the node's chain by its bytes. */
function idOf({ raw }: { readonly raw: Uint8Array }): string {
  for (const node of scene.node.chain.tracker.main.all()) {
    if (Buffer.compare(node.item.share.raw, raw) === 0) return node.id;
  }
  throw new Error("not a share of the chain");
}

describe("serving shares", () => {
  test("child first, then its ancestors, up to a stop", async () => {
    scene = await start(45);
    const peer = await scene.greeted("7.1.1.1");
    const ids = chainIds(45);
    assert.deepEqual(await ask(peer, [ids[0]!]), ids.slice(0, 1));
    assert.deepEqual(await ask(peer, [ids[3]!], 5), ids.slice(3, 9));
    assert.deepEqual(await ask(peer, [ids[3]!], 500), ids.slice(3));
    assert.deepEqual(await ask(peer, [ids[0]!], 10, [ids[4]!]), ids.slice(0, 4));
    assert.deepEqual(await ask(peer, [ids[0]!], 10, [ids[0]!]), []);
    assert.deepEqual(await ask(peer, [ids[5]!, ids[1]!], 1), [ids[5]!, ids[6]!, ids[1]!, ids[2]!]);
    assert.deepEqual(await ask(peer, ["ab".repeat(32), ids[0]!]), [ids[0]!]);
    assert.deepEqual(await ask(peer, []), []);
    assert.deepEqual(await ask(peer, ["0".repeat(64)]), []);
    assert.equal(scene.points("7.1.1.1"), 0);
  });

  test("the same hash two thousand times is one share (T6)", async () => {
    scene = await start(45);
    const peer = await scene.greeted("7.1.1.1");
    const [tip] = chainIds(1);
    assert.deepEqual(await ask(peer, new Array<string>(2_000).fill(tip!)), [tip!]);
  });

  test("parents are shared among the hashes, of which 32 count", async () => {
    scene = await start(45);
    const peer = await scene.greeted("7.1.1.1");
    assert.equal((await ask(peer, chainIds(45), 0)).length, 32);
    const many = Array.from({ length: 500 }, (_, i) => i.toString(16).padStart(64, "0"));
    assert.equal((await ask(peer, [chainIds(1)[0]!, ...many], 1_000)).length, 2);
  });

  test("greed is answered with less and less, never with silence (T7)", async () => {
    scene = await start(45);
    const peer = await scene.greeted("7.1.1.1");
    const [tip] = chainIds(1);
    let sent = 0;
    for (let second = 0; second < 60; second++) {
      for (let i = 0; i < 50; i++) {
        peer.send("sharereq", { id: `${second * 50 + i}`.padStart(64, "0"), hashes: [tip!], parents: 999n, stops: [] });
      }
      await scene.clock.run(1_000);
      sent = peer.of("sharereply").length;
      assert.ok(sent >= 50 * (second + 1), "answered at once");
    }
    const shares = peer.of("sharereply").reduce((sum, reply) => sum + reply.shares.length, 0);
    assert.equal(sent, 3_000);
    assert.ok(shares >= 60 * 45 && shares <= 32_000, `${shares} shares`);
    assert.equal(scene.points("7.1.1.1"), 0);
    assert.ok(!peer.isClosed);
  });

  test("the historic request is answered with shares, or not at all (spec/06 §15)", async () => {
    scene = await start(45);
    const peer = await scene.greeted("7.1.1.1");
    const ids = chainIds(10);
    peer.send("getshares", { hashes: [ids[0]!], parents: 9n, stops: [] });
    peer.send("getshares", { hashes: ["ab".repeat(32)], parents: 9n, stops: [] });
    await scene.clock.run(50);
    assert.deepEqual(
      peer.of("shares").map(({ shares }) => shares.map(idOf)),
      [ids],
    );
  });
});

describe("spreading shares", () => {
  test("when the tip changes: newest first, five at most, each once", async () => {
    scene = await start(45);
    const peer = await scene.greeted("7.1.1.1");
    scene.node.chain.events = null;
    for (let i = 0; i < 7; i++)
      scene.node.chain.add(scene.node.chain.mintOn(scene.node.chain.best(), { timestamp: now() + i }).raw);
    scene.node.exchange.tipChanged();
    await scene.clock.run(50);
    assert.deepEqual(
      peer.of("shares").map(({ shares }) => shares.map(idOf)),
      [chainIds(5)],
    );
    scene.node.exchange.tipChanged();
    scene.node.chain.add(scene.node.chain.mintOn(scene.node.chain.best(), { timestamp: now() + 9 }).raw);
    scene.node.exchange.tipChanged();
    await scene.clock.run(50);
    assert.deepEqual(
      peer
        .of("shares")
        .slice(1)
        .map(({ shares }) => shares.map(idOf)),
      [chainIds(1)],
    );
  });

  test("what is there at the start is not spread", async () => {
    scene = await start(45);
    const peer = await scene.greeted("7.1.1.1");
    scene.node.exchange.tipChanged();
    await scene.clock.run(50);
    assert.deepEqual(peer.of("shares"), []);
  });

  test("to those who do not have it, and one that fails stops nobody else", async () => {
    scene = await start(45);
    const [deaf, other] = [await scene.greeted("7.1.1.1"), await scene.greeted("7.2.1.1")];
    const [first] = scene.node.peers.peers;
    first!.sendFrames = () => {
      throw new Error("broken for the test");
    };
    scene.node.chain.extend(1);
    await scene.clock.run(50);
    assert.equal(other.of("shares").length, 1);
    assert.ok(deaf.isClosed);
  });

  test("one who greets us late hears what became best meanwhile", async () => {
    scene = await start(45);
    const peer = await scene.connect("7.1.1.1");
    scene.node.chain.extend(1);
    peer.greet();
    await scene.clock.run(50);
    assert.deepEqual(
      peer.of("shares").map(({ shares }) => shares.map(idOf)),
      [chainIds(1)],
    );
  });

  test("a block goes out at once, and again for who came meanwhile", async () => {
    scene = await start(45);
    const early = await scene.greeted("7.1.1.1");
    // A side branch: not best, and spread all the same.
    const side = scene.node.chain.mintOn(scene.node.chain.best()!.parent);
    const node = scene.node.chain.add(side.raw);
    assert.notEqual(scene.node.tip, side.id);
    scene.node.exchange.blockFound(node);
    await scene.clock.run(1_000);
    const late = await scene.greeted("7.2.1.1");
    await scene.clock.run(5_000);
    assert.deepEqual(
      early.of("shares").map(({ shares }) => shares.map(idOf)),
      [[side.id]],
    );
    assert.deepEqual(
      late.of("shares").map(({ shares }) => shares.map(idOf)),
      [[side.id]],
    );
  });

  test("shares that are held back are neither spread nor served, whoever asks, until they are released", async () => {
    scene = await start(45);
    const { node } = scene;
    const peer = await scene.greeted("7.1.1.1");
    node.chain.events = null;
    const [first, second] = [0, 1].map((i) => {
      const share = node.chain.mintOn(node.chain.best(), { timestamp: now() + i });
      node.heldBack.add(share.id);
      return node.chain.add(share.raw);
    });
    const told = (who: ScriptedPeer): string[][] => who.of("shares").map(({ shares }) => shares.map(idOf));
    node.exchange.tipChanged();
    node.exchange.blockFound(second!);
    const newcomer = await scene.greeted("7.2.1.1");
    await scene.clock.run(6_000);
    assert.deepEqual([told(peer), told(newcomer)], [[], []]);
    assert.deepEqual(await ask(peer, [second!.id, first!.id], 10), []);
    // The first is on disk: it alone goes out, though the second is the tip, and a block.
    node.heldBack.delete(first!.id);
    node.exchange.tipChanged();
    node.exchange.blockFound(second!);
    await scene.clock.run(50);
    assert.deepEqual([told(peer), told(newcomer)], [[[first!.id]], [[first!.id]]]);
    assert.deepEqual(await ask(peer, [second!.id, first!.id]), [first!.id]);
    node.heldBack.delete(second!.id);
    node.exchange.blockFound(second!);
    await scene.clock.run(50);
    assert.deepEqual(told(peer).at(-1), [second!.id]);
  });

  test("who brings a share of the best chain first is noted as useful", async () => {
    scene = await start(45);
    const peer = await scene.greeted("7.1.1.1");
    const share = scene.node.chain.mintOn(scene.node.chain.best(), { timestamp: now() });
    peer.send("shares", { shares: [wrapped(share)] });
    await scene.clock.run(50);
    assert.equal(scene.node.tip, share.id);
    assert.ok(scene.node.peers.peers[0]!.usefulMs !== null);
  });
});

const now = (): number => Math.floor(scene.clock.now());

describe("block headers", () => {
  const BITS = 0x207fffff;

  /** A header that meets its bits, or does not. */
  function header(fields: Partial<BlockHeader> = {}, isProven = true): BlockHeader {
    for (let nonce = 0; ; nonce++) {
      const made: BlockHeader = {
        version: 1,
        previousBlock: null,
        merkleRoot: new Uint8Array(32),
        timestamp: now(),
        bits: BITS,
        nonce,
        ...fields,
      };
      // The target is half of all hashes: the first digit tells.
      const meets = Number.parseInt(hash(made)[0]!, 16) < 8;
      if (meets === isProven) return made;
    }
  }

  const hash = (made: BlockHeader): string => blockHash(encode(blockHeader, made));

  test("a child of the daemon's tip is passed on, not back to the sender", async () => {
    scene = await start(3);
    const [sender, other] = [await scene.greeted("7.1.1.1"), await scene.greeted("7.2.1.1")];
    const tip = header();
    scene.node.template = { previousBlock: hash(tip), bits: BITS };
    scene.node.exchange.daemonHeader(tip);
    await scene.clock.run(3_000);
    assert.deepEqual([sender.of("bestblock").length, other.of("bestblock").length], [1, 1]);
    const child = header({ previousBlock: hash(tip) as BlockHeader["previousBlock"] });
    for (let i = 0; i < 3; i++) sender.send("bestblock", { header: child });
    await scene.clock.run(100);
    assert.deepEqual(
      other.of("bestblock").map(({ header: seen }) => hash(seen)),
      [hash(tip), hash(child)],
    );
    assert.equal(sender.of("bestblock").length, 1);
    assert.equal(scene.points("7.1.1.1"), 0);
  });

  test("without proof of work: 50 points and closed; easier than ours: 1 point", async () => {
    scene = await start(3);
    scene.node.template = { previousBlock: "ab".repeat(32), bits: 0x1d00ffff };
    const [liar, stranger] = [await scene.greeted("7.1.1.1"), await scene.greeted("7.2.1.1")];
    liar.send("bestblock", { header: header({}, false) });
    stranger.send("bestblock", { header: header() });
    await scene.clock.run(50);
    assert.deepEqual([liar.isClosed, stranger.isClosed], [true, false]);
    assert.deepEqual([scene.points("7.1.1.1"), scene.points("7.2.1.1")], [50, 1]);
  });

  test("neither from the future, nor at a rate", async () => {
    scene = await start(3);
    const [sender, other] = [await scene.greeted("7.1.1.1"), await scene.greeted("7.2.1.1")];
    scene.node.template = { previousBlock: "ab".repeat(32), bits: BITS };
    sender.send("bestblock", { header: header({ timestamp: now() + 8_000 }) });
    await scene.clock.run(50);
    assert.deepEqual(other.of("bestblock"), []);
    for (let i = 0; i < 10; i++) sender.send("bestblock", { header: header({ version: i + 2 }) });
    await scene.clock.run(50);
    assert.equal(scene.points("7.1.1.1"), 6);
  });
});
