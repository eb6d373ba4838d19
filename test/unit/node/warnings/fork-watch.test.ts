import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ForkWatch } from "../../../../src/node/warnings/fork-watch.js";
import type { PeerView } from "../../../../src/peers/peer-view.js";
import { range, Toy, toyId } from "../../sharechain/support/toy.js";
import { VirtualClock } from "../../workers/support/virtual-clock.js";

const START = 1_700_000_000;

function scene() {
  const toy = new Toy();
  const clock = new VirtualClock({ startSeconds: START });
  let best = 0;
  let peers: PeerView[] = [];
  const own = new Set<string>();
  const watch = new ForkWatch({
    tracker: toy.tracker,
    clock,
    best: () => (best === 0 ? null : toy.tracker.main.get(toyId(best))!),
    peers: () => peers,
    isOwn: (id) => own.has(id),
  });
  watch.start();
  return {
    toy,
    clock,
    watch,
    tip: (number: number) => {
      best = number;
    },
    own: (numbers: readonly number[]) => {
      for (const number of numbers) own.add(toyId(number));
    },
    /** Peers by what they say is their best share, just now. */
    peersSay: (...bests: readonly (number | null)[]) => {
      peers = bests.map((number) => {
        const bestShare = number === null ? null : toyId(number);
        return { bestShare, toldAt: clock.now(), since: START } as PeerView;
      });
    },
  };
}

describe("comparison with what peers build on", () => {
  test("peers on the tip, a little behind, a little ahead stand here", () => {
    const { toy, watch, tip, peersSay } = scene();
    toy.add(range(1, 30), null);
    tip(28);
    peersSay(28, 20, 30, null);
    assert.equal(watch.look(false).differsSince, null);
  });

  test("more peers on another branch than here: since when; over when they come back", () => {
    const { toy, clock, watch, tip, peersSay } = scene();
    toy.add(range(1, 20), null).add(range(101, 130), 10);
    tip(20);
    peersSay(130, 129, 20);
    assert.equal(watch.look(false).differsSince, START);
    clock.advance(100_000);
    peersSay(130, 129, 20);
    assert.equal(watch.look(false).differsSince, START);
    // A share that is not held is on no branch of ours.
    peersSay(999, 998, 20);
    assert.equal(watch.look(false).differsSince, START);
    peersSay(20, 129, 20);
    assert.equal(watch.look(false).differsSince, null);
    peersSay(130, 129, 20);
    assert.equal(watch.look(false).differsSince, START + 100);
    assert.equal(watch.look(true).differsSince, null);
  });

  test("what a peer said long ago does not count", () => {
    const { toy, clock, watch, tip, peersSay } = scene();
    toy.add(range(1, 60), null).add(range(101, 130), 10);
    tip(60);
    peersSay(130);
    clock.advance(301_000);
    assert.equal(watch.look(false).differsSince, null);
    // Nor what is far behind: it says neither.
    peersSay(130, 30, 31);
    assert.equal(watch.look(false).differsSince, clock.now());
  });

  test("own shares in a row, and when the last one of others came", () => {
    const { toy, watch, tip, own } = scene();
    toy.add(range(1, 20), null, { seen: START - 500, peer: "7" }).add(range(21, 33), 20, { seen: START - 20 });
    tip(33);
    own(range(21, 33));
    const { ownInARow, foreignShareAt } = watch.look(false);
    assert.deepEqual([ownInARow, foreignShareAt], [13, START - 500]);
    tip(20);
    assert.equal(watch.look(false).ownInARow, 0);
  });

  test("who sent shares lately, and how many came", () => {
    const { toy, clock, watch, peersSay } = scene();
    const fresh = { seen: START, timestamp: START, peer: "1" };
    toy.add(range(1, 13), null, fresh).add([14], 13, { seen: START, timestamp: START - 700, peer: "1" });
    // An old one that was asked for, and one of our own, are no news of others.
    toy.add([15], 14, { seen: START, timestamp: START });
    toy.evaluate(START);
    peersSay(13, 12, null);
    assert.deepEqual(watch.sources(), { tellers: 3, sharesTold: 13 });
    clock.advance(601_000);
    assert.deepEqual(watch.sources(), { tellers: 0, sharesTold: 0 });
    watch.stop();
  });
});
