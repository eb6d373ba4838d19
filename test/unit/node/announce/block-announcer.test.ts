import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seededRandom } from "../../../../src/core/random.js";
import { networkByName } from "../../../../src/networks/index.js";
import { BlockAnnouncer } from "../../../../src/node/announce/block-announcer.js";
import { VirtualClock } from "../../workers/support/virtual-clock.js";

const HASH = "00000000000000000001".padEnd(64, "ab");
const FINDER = "1BoatSLRHtKNngkdXEeobR76b53LETtpyT";

function scene(uniform = 0.5) {
  const clock = new VirtualClock();
  const said: string[] = [];
  const channel = { isJoined: true, say: (text: string) => void said.push(text) };
  const random = { uniform: () => uniform, uint32: () => 0 };
  const announcer = new BlockAnnouncer({ network: networkByName("bitcoin"), clock, random, channel });
  const block = (age = 0) => ({ hash: HASH, finder: FINDER, foundAt: clock.now() - age });
  return { clock, said, channel, announcer, block };
}

/** Of a chance of a half: half of the nodes have waited less. */
const MEDIAN_MS = Math.log(2) * 60_000;

describe("blocks told in a channel (spec/08 §14)", () => {
  test("after a wait, with finder and explorer", () => {
    const { clock, said, announcer, block } = scene();
    announcer.block(block());
    clock.advance(MEDIAN_MS - 1);
    assert.deepEqual(said, []);
    clock.advance(2);
    assert.deepEqual(said, [`\x02BITCOIN\x02 BLOCK FOUND by ${FINDER}! https://blockchain.info/block/${HASH}`]);
    clock.advance(3_600_000);
    assert.equal(said.length, 1);
  });

  test("waits are exponential, with a mean of a minute", () => {
    const random = seededRandom(1);
    let sum = 0;
    const count = 2_000;
    for (let i = 0; i < count; i++) {
      const { clock, said, announcer, block } = scene(random.uniform());
      announcer.block(block());
      while (said.length === 0 && clock.now() < 1_700_000_599) clock.advance(1_000);
      sum += clock.now() - 1_700_000_000;
    }
    assert.ok(Math.abs(sum / count - 60) < 5, `mean ${sum / count} s`);
  });

  test("not if somebody named its hash before, a hundred messages ago at most", () => {
    for (const [others, expected] of [
      [0, 0],
      [99, 0],
      [100, 1],
    ] as const) {
      const { clock, said, announcer, block } = scene();
      announcer.block(block());
      announcer.message(`BITCOIN BLOCK FOUND by somebody! https://elsewhere/${HASH}?x`);
      for (let i = 0; i < others; i++) announcer.message(`message ${i}`);
      clock.advance(600_000);
      assert.equal(said.length, expected, `${others} messages later`);
    }
  });

  test("nothing else that is said has an effect", () => {
    const { clock, said, announcer, block } = scene();
    for (const text of ["!quit", "\x01VERSION\x01", "p2pool42: say hello", HASH.slice(1)]) announcer.message(text);
    announcer.block(block());
    clock.advance(600_000);
    assert.equal(said.length, 1);
  });

  test("once, however often it is heard of", () => {
    const { clock, said, announcer, block } = scene();
    for (let i = 0; i < 3; i++) announcer.block(block());
    clock.advance(300_000);
    announcer.block(block(300));
    clock.advance(300_000);
    assert.equal(said.length, 1);
  });

  for (const age of [-601, 601, 86_400]) {
    test(`no news: found ${age} seconds ago`, () => {
      const { clock, said, announcer, block } = scene();
      announcer.block(block(age));
      clock.advance(3_600_000);
      assert.deepEqual(said, []);
      assert.equal(clock.timers, 0);
    });
  }

  test("out of reach: waits anew, and tells it while it is news", () => {
    const { clock, said, channel, announcer, block } = scene();
    channel.isJoined = false;
    announcer.block(block());
    clock.advance(300_000);
    channel.isJoined = true;
    clock.advance(60_000);
    assert.equal(said.length, 1);
  });

  test("out of reach for ten minutes: given up", () => {
    const { clock, said, channel, announcer, block } = scene();
    channel.isJoined = false;
    announcer.block(block());
    clock.advance(700_000);
    channel.isJoined = true;
    clock.advance(700_000);
    assert.deepEqual(said, []);
    assert.equal(clock.timers, 0);
  });

  test("bounded, and nothing is left at the end", () => {
    const { clock, announcer, block } = scene();
    for (let i = 0; i < 1_000; i++) announcer.block({ ...block(), hash: String(i).padStart(64, "0") });
    assert.equal(clock.timers, 20);
    announcer.stop();
    assert.equal(clock.timers, 0);
  });
});
