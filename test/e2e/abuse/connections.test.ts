import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { concatBytes } from "../../../src/core/bytes.js";
import { encodeFrame } from "../../../src/core/frame.js";
import { PAYEE, type TestChain } from "../../unit/peers/support/chain.js";
import type { ScriptedPeer } from "../../unit/peers/support/scripted-peer.js";
import { LineClient } from "../../unit/workers/support/stratum.js";
import { AbuseScene } from "./support/scene.js";

/** Seconds from a greeting to the first byte after it, and from byte to byte. */
const FIRST_BYTE_S = 5;
const STEP_S = 2.5;

describe("abuse of connections (spec/09 §14)", () => {
  let scene: AbuseScene;
  afterEach(() => scene?.stop());

  const frame = (command: string, payload = new Uint8Array(0)): Uint8Array =>
    encodeFrame(scene.network.prefix, command, payload);

  test("T1: fifty connections that come back for two minutes, silent or dripping bytes", async () => {
    scene = await AbuseScene.start();
    const ping = frame("ping");
    const attackers = Array.from(
      { length: 50 },
      (_, i) => new Squatter(`127.${1 + (i % 9)}.0.${1 + (i % 25)}`, i % 2 === 1),
    );
    const alone = new Squatter("127.60.0.1", true);
    let newcomer: ScriptedPeer | null = null;
    let attempts = 0;
    await alone.enter(scene, 0);
    for (let second = 0; second < 120; second += STEP_S) {
      if (second % FIRST_BYTE_S === 0 && second > 0) alone.drip(ping);
      await Promise.all(
        attackers.map(async (attacker) => {
          if (attacker.isOut) await attacker.enter(scene, second);
          else if ((second - attacker.since) % FIRST_BYTE_S === 0) attacker.drip(ping);
        }),
      );
      if (second % 5 === 0 && (newcomer === null || newcomer.isClosed)) {
        attempts++;
        newcomer = await scene.tryToConnect("127.77.0.1");
        newcomer?.greet({ nonce: 77n });
      }
      await scene.settled();
      const { connections, peers } = await scene.state();
      assert.ok(connections - peers.length <= 8, `${connections - peers.length} without a greeting`);
      await scene.skip(1_000 * STEP_S);
      for (const { isOut, since, isDripping, from } of attackers) {
        assert.ok(
          isOut || second - since <= (isDripping ? FIRST_BYTE_S + 22 : 11),
          `${from} has stayed since ${since}`,
        );
      }
      if (second === 25) {
        assert.ok(alone.isOut);
        assert.equal(await scene.points(alone.from), 10);
      }
      if (second % 20 === 0) await scene.probe();
    }
    assert.ok(newcomer !== null && !newcomer.isClosed && attempts <= 6, `${attempts} attempts of the newcomer`);
    await scene.finish();
  });

  test("T2: 32 MB announced before the greeting", async () => {
    scene = await AbuseScene.start();
    const claim = frame("shares").slice();
    new DataView(claim.buffer).setUint32(20, 32_000_000, true);
    const patient = await scene.connect("127.1.0.1");
    patient.sendBytes(claim.subarray(0, 24));
    await scene.until(() => patient.isClosed, "end at the header");
    assert.equal(await scene.points("127.1.0.1"), 20);
    assert.equal((await scene.state()).connections, 1);
    const hasty = await scene.connect("127.2.0.1");
    hasty.sendBytes(claim.subarray(0, 24));
    for (let i = 0; i < 32; i++) hasty.sendBytes(new Uint8Array(1_000_000));
    await scene.until(() => hasty.isClosed, "end of the hasty one");
    assert.equal(await scene.points("127.2.0.1"), 20);
    await scene.finish();
  });

  test("T10: somebody with the nonce of an honest peer", async () => {
    scene = await AbuseScene.start();
    const honest = await scene.greeted("127.1.0.1", { nonce: 99n });
    const elsewhere = await scene.greeted("127.2.0.1", { nonce: 99n });
    const same = await scene.greeted("127.1.0.1", { nonce: 99n });
    await scene.settled();
    assert.deepEqual([honest.isClosed, elsewhere.isClosed, same.isClosed], [false, false, true]);
    assert.equal(await scene.points("127.1.0.1"), 0);
    assert.equal(await scene.points("127.2.0.1"), 0);
    const [ours, theirs, twin] = [honest, elsewhere, same].map((peer) => peer.of("version")[0]!.nonce);
    assert.notEqual(ours, theirs);
    assert.equal(ours, twin);
    await scene.finish();
  });

  test("T11: wrong checksums, with a question between", async () => {
    scene = await AbuseScene.start();
    const peer = await scene.greeted("127.1.0.1");
    const wrong = frame("ping").slice();
    wrong[24]! ^= 1;
    peer.sendBytes(concatBytes(wrong, frame("getaddrs", Uint8Array.of(8, 0, 0, 0)), wrong, wrong));
    await scene.until(() => peer.isClosed, "end");
    assert.equal(await scene.points("127.1.0.1"), 50);
    assert.deepEqual(peer.of("addrs"), []);
    await scene.finish();
  });

  test("T13: steps of the wall clock", async () => {
    scene = await AbuseScene.start();
    const peers = [
      await scene.greeted("127.1.0.1"),
      await scene.greeted("127.2.0.1"),
      await scene.greeted("127.3.0.1"),
    ];
    const banned = await scene.greeted("127.4.0.1");
    for (let i = 0; i < 10; i++) banned.send("sharereply", { id: "ab".repeat(32), result: 0, shares: [] });
    await scene.until(() => banned.isClosed, "ban");
    const miners: LineClient[] = [];
    for (let i = 0; i < 5; i++) {
      const miner = await LineClient.open(scene.workerPort);
      miners.push(miner);
      await miner.request("mining.subscribe");
      await miner.request("mining.authorize", [PAYEE, "x"]);
    }
    for (const days of [1, -2]) {
      const warnings = (await scene.call("log")).length;
      await scene.call("stepWall", days * 86_400);
      await scene.skip(60_000);
      assert.deepEqual(
        peers.map(({ isClosed }) => isClosed),
        [false, false, false],
      );
      assert.ok(await scene.isBanned("127.4.0.1"));
      for (const miner of miners) await miner.flush();
      const told = (await scene.call("log"))
        .slice(warnings)
        .filter(({ msg }) => msg.startsWith("this machine's clock"));
      assert.equal(told.length, 1, `a step of ${days} days`);
    }
    for (const miner of miners) miner.socket.destroy();
    await scene.call("stepWall", 86_400);
    await scene.skip(500);
    await scene.finish();
  });

  test("T15: a peer that asks for the chain again and again and never reads", async () => {
    // A chain of shares of 20 kB, each with two branches as long as each other.
    const prepare = (chain: TestChain, now: number): void => {
      for (let i = 0; i < 200; i++) {
        const timestamp = now - 10 * (200 - i);
        chain.add(chain.mintOn(chain.best(), { timestamp, branchEntries: 305 }).raw);
      }
    };
    scene = await AbuseScene.start({ prepare, memory: 24 });
    const peer = await scene.greeted("127.1.0.1");
    peer.link.pause();
    const before = (await scene.call("usage")).bytes;
    const hash = scene.chain.best()!.id;
    let most = 0;
    for (let i = 1; i <= 10; i++) {
      peer.send("sharereq", { id: `${i}`.padStart(64, "0"), hashes: [hash], parents: 199n, stops: [] });
      await scene.settled();
      most = Math.max(most, (await scene.call("usage")).bytes - before);
    }
    await scene.until(async () => (await scene.state()).connections === 1, "end");
    assert.equal(await scene.points("127.1.0.1"), 5);
    assert.ok(most < 24 * 2 ** 20, `${most} bytes more`);
    await scene.finish();
  });
});

/** Takes a connection and keeps it as long as it can: says nothing, or greets and then sends a byte now and then. */
class Squatter {
  readonly from: string;
  readonly isDripping: boolean;
  since = 0;
  private peer: ScriptedPeer | null = null;
  private dripped = 0;

  constructor(from: string, isDripping: boolean) {
    this.from = from;
    this.isDripping = isDripping;
  }

  get isOut(): boolean {
    return this.peer?.isClosed ?? true;
  }

  async enter(scene: AbuseScene, second: number): Promise<void> {
    this.peer = await scene.tryToConnect(this.from);
    this.since = second;
    this.dripped = 0;
    if (this.isDripping) this.peer?.greet({ nonce: BigInt(this.from.replaceAll(".", "")) + BigInt(10 * second) });
  }

  drip(message: Uint8Array): void {
    if (this.isDripping) this.peer?.sendBytes(message.subarray(this.dripped, ++this.dripped));
  }
}
