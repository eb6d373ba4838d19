import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MemoryNetwork } from "../../../src/platform/transport-memory.js";
import { TestNode } from "./support/test-node.js";
import { VirtualTime } from "./support/virtual-time.js";

describe("two nodes", () => {
  test("a new node gets the chain of the other, then each hears of the other's shares", async () => {
    const clock = new VirtualTime();
    const hosts = new MemoryNetwork({ clock });
    const old = new TestNode({ hosts, address: "5.5.1.1", seed: 1 });
    const young = new TestNode({ hosts, address: "6.6.1.1", seed: 2, peers: { fixedNodes: ["5.5.1.1:9333"] } });
    old.chain.extend(100);
    await old.start();
    await young.start();
    await clock.until(() => young.tip === old.tip, 30_000);
    assert.equal(young.chain.tracker.main.size, 100);

    await clock.run(20_000);
    old.chain.extend(1);
    await clock.until(() => young.tip === old.tip, 100);
    await clock.run(10_000);
    young.chain.extend(1);
    await clock.until(() => young.tip === old.tip, 100);

    const [view] = young.peers.connectedPeers;
    assert.equal(view?.direction, "outgoing");
    assert.equal(view?.subVersion, "test/1.0");
    assert.equal(view?.rtt, 0.02);
    assert.equal(view?.points, 0);
    assert.equal(old.peers.connectedPeers[0]?.points, 0);
    await old.stop();
    await young.stop();
    await clock.run(5_000);
    assert.equal(hosts.size, 0);
    assert.equal(clock.size, 0);
  });
});
