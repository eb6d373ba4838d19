import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { relabelled, wrapped } from "../../unit/peers/support/shares.js";
import { AbuseScene } from "./support/scene.js";

// What the reference does and must not be copied (spec/09 §13), as far as no test of a single part shows it.

describe("bugs of the reference that a node does not have (spec/09 §13)", () => {
  let scene: AbuseScene;
  afterEach(() => scene?.stop());

  const now = (): number => Math.floor(scene.clock.now());

  test("20: stored shares of which none can be verified do not keep it from starting", async () => {
    scene = await AbuseScene.start({ remnant: 20 });
    const { shares, verified } = await scene.state();
    // As many as the network's chain length are verified.
    assert.deepEqual([shares, verified >= 200], [201, true]);
    await scene.finish();
  });

  for (const [name, isUnasked] of [
    ["asked for", false],
    ["sent unasked", true],
  ] as const) {
    test(`29: a bad copy of a share under good ones, ${name}, is replaced by a good copy`, async () => {
      scene = await AbuseScene.start();
      const fork = scene.fork();
      const add = (seconds: number) =>
        fork.add(fork.mintOn(fork.best(), { timestamp: now() + seconds }).raw).item.share;
      const [x, y, z] = [add(1), add(2), add(3)];
      const liar = await scene.connect("127.1.0.1");
      liar.serve = ({ hashes }) => (hashes[0] === y.id ? [wrapped(y)] : hashes[0] === x.id ? [relabelled(x, 34n)] : []);
      liar.greet({ nonce: 1n, bestShare: isUnasked ? null : y.id });
      if (isUnasked) liar.send("shares", { shares: [wrapped(y), relabelled(x, 34n)] });
      await scene.until(async () => liar.isClosed || (await scene.points("127.1.0.1")) > 0, "points");
      await scene.settled();

      const honest = await scene.greeted("127.2.0.1");
      honest.serve = ({ hashes, parents }) => {
        const node = fork.get(hashes[0]!);
        return node === undefined
          ? []
          : [...node.chain(Math.min(node.height, Number(parents) + 1))].map(({ item }) => wrapped(item.share));
      };
      honest.send("shares", { shares: [wrapped(z)] });
      for (let second = 0; second < 60 && (await scene.state()).tip !== z.id; second++) {
        await scene.skip(1_000);
        await scene.settled();
      }
      assert.equal((await scene.state()).tip, z.id);
      assert.equal(await scene.points("127.2.0.1"), 0);
      await scene.finish();
    });
  }
});
