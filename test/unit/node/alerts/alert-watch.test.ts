import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Alert } from "../../../../src/node/alerts/alert.js";
import { type AlertFacts, AlertWatch } from "../../../../src/node/alerts/alert-watch.js";
import type { NodeEvent } from "../../../../src/node/events.js";
import { VirtualClock } from "../../workers/support/virtual-clock.js";

const HASH = "ab".repeat(32);
const MINUTE = 60_000;

class Scene {
  readonly clock = new VirtualClock();
  readonly watch: AlertWatch;
  facts: AlertFacts = { refusal: null, warnings: [], workers: [] };
  private readonly sent: Alert[] = [];

  constructor() {
    this.watch = new AlertWatch({
      facts: () => this.facts,
      network: "bitcoin",
      symbol: "BTC",
      clock: this.clock,
      send: (alert) => this.sent.push(alert),
    });
    this.watch.start();
  }

  change(facts: Partial<AlertFacts>): void {
    this.facts = { ...this.facts, ...facts };
  }

  /** Minutes in which each of these workers submits something every half minute. */
  mine(minutes: number, ...names: string[]): void {
    for (let i = 0; i < 2 * minutes; i++) {
      const before = this.facts.workers.filter(({ name }) => !names.includes(name));
      const now = names.map((name) => ({ name, lastSubmitAt: this.clock.now() }));
      this.change({ workers: [...before, ...now] });
      this.clock.advance(MINUTE / 2);
    }
  }

  told(): string[] {
    return this.sent.splice(0).map(({ event, state, severity, text }) => `${event} ${state} ${severity}: ${text}`);
  }

  alerts(): Alert[] {
    return this.sent.splice(0);
  }
}

const warning = (id: string, severity: "error" | "warning", text: string) => ({ id, severity, text, sinceAt: 0 });

describe("alerts", () => {
  test("a block, and that it is lost, once", () => {
    const scene = new Scene();
    const block = { hash: HASH, height: 900_000, worker: "1Miner.rig", subsidy: 312_500_000n };
    const event = (more: object): void => scene.watch.event({ ...block, ...more } as unknown as NodeEvent);
    event({ type: "block-found" });
    const [alert] = scene.alerts();
    assert.deepEqual(alert, {
      event: "block_found",
      state: "news",
      severity: "info",
      title: "P2Pool bitcoin: block found",
      text: `1Miner.rig found block 900000, worth 3.125 BTC: ${HASH}`,
      at: scene.clock.now(),
      network: "bitcoin",
      data: { hash: HASH, height: 900_000, worker: "1Miner.rig", subsidySat: "312500000" },
    });
    event({ type: "block-judged", accepted: true, reason: null });
    assert.deepEqual(scene.told(), []);
    event({ type: "block-fate", fate: "orphaned" });
    event({ type: "block-fate", fate: "orphaned" });
    assert.deepEqual(scene.told(), [
      `block_lost news error: block 900000 is lost, the best chain goes past it: ${HASH}`,
    ]);
    event({ type: "block-judged", hash: "cd", accepted: false, reason: "bad-cb-amount" });
    assert.deepEqual(scene.told(), [
      "block_lost news error: block 900000 is lost, refused by the coin daemon: bad-cb-amount: cd",
    ]);
  });

  test("a node that gives no work for two minutes, and again for one; what passes by itself is not told", () => {
    const scene = new Scene();
    scene.clock.advance(MINUTE);
    scene.change({ refusal: "lost contact" });
    scene.clock.advance(1.9 * MINUTE);
    scene.change({ refusal: null });
    scene.clock.advance(10 * MINUTE);
    assert.deepEqual(scene.told(), []);
    scene.change({ refusal: "lost contact" });
    scene.clock.advance(2.2 * MINUTE);
    assert.deepEqual(scene.told(), ["node_unhealthy raised error: no work is given: lost contact"]);
    scene.change({ refusal: null });
    scene.clock.advance(0.9 * MINUTE);
    scene.change({ refusal: "lost contact" });
    scene.clock.advance(60 * MINUTE);
    assert.deepEqual(scene.told(), []);
    scene.change({ refusal: null });
    scene.clock.advance(1.2 * MINUTE);
    assert.deepEqual(scene.told(), ["node_unhealthy over info: this is over: no work is given: lost contact"]);
  });

  test("the first sync is no alarm, unless it takes half an hour", () => {
    const scene = new Scene();
    scene.change({ refusal: "downloading shares" });
    scene.clock.advance(29 * MINUTE);
    assert.deepEqual(scene.told(), []);
    scene.clock.advance(4 * MINUTE);
    assert.deepEqual(scene.told(), ["node_unhealthy raised error: no work is given: downloading shares"]);
  });

  test("alarms among the warnings, each by itself; mere warnings are not told", () => {
    const scene = new Scene();
    const fork = warning("chain_differs", "error", "on another chain for 10 minutes");
    scene.change({ warnings: [fork, warning("disk", "warning", "little room")] });
    scene.clock.advance(3 * MINUTE);
    assert.deepEqual(scene.told(), ["node_unhealthy raised error: on another chain for 10 minutes"]);
    scene.change({
      warnings: [{ ...fork, text: "on another chain for 20 minutes" }, warning("clock", "error", "wrong")],
    });
    scene.clock.advance(3 * MINUTE);
    assert.deepEqual(scene.told(), ["node_unhealthy raised error: wrong"]);
    scene.change({ warnings: [] });
    scene.clock.advance(2 * MINUTE);
    assert.deepEqual(scene.told(), [
      "node_unhealthy over info: this is over: on another chain for 20 minutes",
      "node_unhealthy over info: this is over: wrong",
    ]);
  });

  test("a stale rate that stays high, and is well again for half an hour", () => {
    const scene = new Scene();
    scene.change({ warnings: [warning("stale_rate", "warning", "30 of 100 lost")] });
    scene.clock.advance(9 * MINUTE);
    assert.deepEqual(scene.told(), []);
    scene.clock.advance(2 * MINUTE);
    assert.deepEqual(scene.told(), ["stale_rate raised warning: 30 of 100 lost"]);
    scene.change({ warnings: [] });
    scene.clock.advance(29 * MINUTE);
    assert.deepEqual(scene.told(), []);
    scene.clock.advance(2 * MINUTE);
    assert.deepEqual(scene.told(), ["stale_rate over info: no more shares are lost than elsewhere"]);
  });

  test("workers that stop, together in one message, and each that comes back", () => {
    const scene = new Scene();
    scene.mine(12, "a.1", "a.2", "a.3");
    scene.mine(9, "a.3");
    assert.deepEqual(scene.told(), []);
    scene.mine(2, "a.3");
    assert.deepEqual(scene.told(), ["worker_down raised warning: no work for 10 minutes: a.1, a.2"]);
    scene.mine(30, "a.3");
    assert.deepEqual(scene.told(), []);
    scene.mine(1, "a.2", "a.3");
    assert.deepEqual(scene.told(), ["worker_down over info: at work again: a.2"]);
    // One that dies again at once is told of only after it has been at work for a while.
    scene.mine(15, "a.3");
    assert.deepEqual(scene.told(), []);
  });

  test("who only looked in is not missed, and nobody is while the node gives no work", () => {
    const scene = new Scene();
    scene.mine(15, "a.1");
    scene.mine(5, "a.1", "visitor");
    scene.mine(12, "a.1");
    assert.deepEqual(scene.told(), []);
    scene.change({ refusal: "lost contact" });
    scene.clock.advance(60 * MINUTE);
    assert.deepEqual(
      scene.told().filter((text) => text.startsWith("worker")),
      [],
    );
    scene.change({ refusal: null });
    scene.clock.advance(9 * MINUTE);
    assert.deepEqual(
      scene.told().filter((text) => text.startsWith("worker")),
      [],
    );
    scene.clock.advance(2 * MINUTE);
    assert.deepEqual(scene.told(), ["worker_down raised warning: no work for 10 minutes: a.1"]);
  });

  test("the end leaves no timer", () => {
    const scene = new Scene();
    scene.watch.stop();
    assert.equal(scene.clock.timers, 0);
  });
});
