import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SavedPeers } from "../../../src/peers/peer-store.js";
import { MemoryNetwork } from "../../../src/platform/transport-memory.js";
import { easyNetwork } from "./support/chain.js";
import { PORT, TestNode, type TestNodeOptions } from "./support/test-node.js";
import { VirtualTime } from "./support/virtual-time.js";

/** Some nodes in networks of their own, each listening, none dialling. */
class World {
  readonly clock = new VirtualTime();
  readonly hosts = new MemoryNetwork({ clock: this.clock });
  readonly nodes: TestNode[] = [];

  async node(address: string, options: Partial<TestNodeOptions> = {}): Promise<TestNode> {
    const node = new TestNode({ hosts: this.hosts, address, seed: this.nodes.length + 1, ...options });
    this.nodes.push(node);
    await node.start();
    return node;
  }

  async servers(count: number): Promise<string[]> {
    const addresses = Array.from({ length: count }, (_, i) => `${20 + i}.1.1.1`);
    for (const address of addresses) await this.node(address);
    return addresses;
  }

  async stop(): Promise<void> {
    for (const node of this.nodes) await node.stop();
    await this.clock.run(5_000);
    assert.equal(this.hosts.size, 0);
    assert.equal(this.clock.size, 0, "timers are left");
  }
}

describe("outgoing connections", () => {
  test("as many as wanted and two more, from bootstrap names", async () => {
    const world = new World();
    const servers = await world.servers(12);
    const node = new TestNode({
      hosts: world.hosts,
      address: "5.5.1.1",
      seed: 99,
      peers: { outgoing: 3, bootstrapHosts: ["seed.example"] },
    });
    node.names.set("seed.example", servers);
    world.nodes.push(node);
    await node.start();
    await world.clock.run(60_000);
    assert.equal(node.peers.connectedPeers.length, 5);
    assert.ok(node.peers.connectedPeers.every(({ direction }) => direction === "outgoing"));
    await world.stop();
  });

  test("none in the same network as another", async () => {
    const world = new World();
    for (let i = 1; i <= 6; i++) await world.node(`20.1.${i}.1`);
    const node = await world.node("5.5.1.1", {
      peers: { outgoing: 4, bootstrapHosts: [1, 2, 3, 4, 5, 6].map((i) => `20.1.${i}.1`) },
    });
    await world.clock.run(120_000);
    assert.equal(node.peers.connectedPeers.length, 1);
    await world.stop();
  });

  test("two nodes that name each other keep one connection", async () => {
    const world = new World();
    const a = await world.node("20.1.1.1", { peers: { fixedNodes: ["21.1.1.1"] } });
    const b = await world.node("21.1.1.1", { peers: { fixedNodes: ["20.1.1.1"] } });
    await world.clock.run(10_000);
    assert.equal(a.peers.connectedPeers.length, 1);
    assert.equal(b.peers.connectedPeers.length, 1);
    assert.notEqual(a.peers.connectedPeers[0]!.direction, b.peers.connectedPeers[0]!.direction);
    await world.stop();
  });

  test("a fixed node is dialled again and again, slower and slower, and its name is looked up each time", async () => {
    const world = new World();
    const node = new TestNode({ hosts: world.hosts, address: "5.5.1.1", peers: { fixedNodes: ["home.example:9999"] } });
    world.nodes.push(node);
    const attempts: number[] = [];
    node.names.set("home.example", ["20.1.1.1"]);
    const server = await world.hosts.host("20.1.1.1").listen({ port: 9999 }, (link) => {
      attempts.push(world.clock.monotonicMs());
      link.abort();
    });
    await node.start();
    await world.clock.run(1_500_000);
    const delays = attempts.slice(1).map((at, i) => (at - attempts[i]!) / 1000);
    for (const [i, delay] of delays.entries()) {
      const expected = Math.min(300, 2 ** i);
      assert.ok(delay > 0.79 * expected && delay < 1.21 * expected + 0.1, `${i}: ${delay}`);
    }
    assert.ok(delays.length >= 9);
    await server.close();
    // It has moved.
    node.names.set("home.example", ["21.1.1.1"]);
    const moved = new TestNode({ hosts: world.hosts, address: "21.1.1.1", peers: { listen: { port: 9999 } } });
    world.nodes.push(moved);
    await moved.start();
    await world.clock.run(400_000);
    assert.equal(node.peers.connectedPeers[0]?.isFixed, true);
    await world.stop();
  });

  test("a fixed node that goes is back at once", async () => {
    const world = new World();
    const server = await world.node("20.1.1.1");
    const node = await world.node("5.5.1.1", { peers: { fixedNodes: ["20.1.1.1"] } });
    await world.clock.run(60_000);
    world.hosts.cut("20.1.1.1", "5.5.1.1");
    await world.clock.run(100);
    assert.equal(node.peers.connectedPeers.length, 0);
    world.hosts.heal("20.1.1.1", "5.5.1.1");
    await world.clock.run(12_000);
    assert.equal(server.peers.connectedPeers.length, 1);
    await world.stop();
  });

  test("what is not a node of ours is not dialled again for a day", async () => {
    const world = new World();
    let dials = 0;
    await world.hosts.host("20.1.1.1").listen({ port: PORT }, (link) => {
      dials++;
      link.open({ received: () => {}, drained: () => {}, closed: () => {} });
      link.write(new TextEncoder().encode("SSH-2.0-OpenSSH_9.2\r\n"));
    });
    const node = await world.node("5.5.1.1", { peers: { outgoing: 3, bootstrapHosts: ["20.1.1.1"] } });
    await world.clock.run(10_000);
    assert.equal(dials, 1);
    node.peers.book.add({ host: "20.1.1.1", port: PORT }, "9.9.1.1", world.clock.now());
    await world.clock.run(2 * 3_600_000);
    assert.equal(dials, 1);
    await world.stop();
  });

  test("ourselves are recognised and not dialled again", async () => {
    const world = new World();
    const node = await world.node("20.1.1.1", { peers: { outgoing: 3, bootstrapHosts: ["20.1.1.1"] } });
    await world.clock.run(10_000);
    assert.equal(node.peers.connectionCount, 0);
    assert.equal(node.peers.book.size, 0);
    assert.equal(node.peers.book.add({ host: "20.1.1.1", port: PORT }, "9.9.1.1", world.clock.now()), true);
    await world.clock.run(600_000);
    assert.equal(node.peers.standing.points("20.1.1.1"), 0);
    await world.stop();
  });

  test("a node that is too old is not dialled for a while", async () => {
    const world = new World();
    const network = easyNetwork({ minimumProtocolVersion: 3600 });
    await world.node("20.1.1.1");
    const node = await world.node("5.5.1.1", { network, peers: { outgoing: 3, bootstrapHosts: ["20.1.1.1"] } });
    await world.clock.run(5_000);
    assert.equal(node.peers.connectedPeers.length, 0);
    assert.ok(node.peers.standing.isDiscouraged("20.1.1.1"));
    assert.equal(node.peers.book.size, 0);
    await world.stop();
  });

  test("what was learnt is there after a restart, the longest lived are dialled first", async () => {
    const world = new World();
    const servers = await world.servers(8);
    let saved: SavedPeers | null = null;
    const store = {
      load: async (): Promise<unknown> => JSON.parse(JSON.stringify(saved)),
      save: async (peers: SavedPeers): Promise<void> => {
        saved = peers;
      },
    };
    const first = await world.node("5.5.1.1", { peers: { outgoing: 2, bootstrapHosts: servers, store } });
    await world.clock.run(60_000);
    const before = first.peers.connectedPeers.map(({ address }) => address);
    assert.equal(before.length, 4);
    first.peers.standing.ban("9.9.9.9");
    await first.stop();
    world.nodes.splice(world.nodes.indexOf(first), 1);
    await world.clock.run(35_000);
    assert.equal(saved!.anchors.length, 4);

    const second = await world.node("5.5.1.1", { seed: 77, peers: { outgoing: 2, bootstrapHosts: [], store } });
    await world.clock.run(4_000);
    const anchors = saved!.anchors.slice(0, 2).map(({ host, port }) => `${host}:${port}`);
    const now = second.peers.connectedPeers.map(({ address }) => address);
    for (const anchor of anchors) assert.ok(now.includes(anchor), anchor);
    assert.ok(second.peers.standing.isBanned("9.9.9.9"));
    await world.clock.run(60_000);
    assert.equal(second.peers.connectedPeers.length, 4);
    await world.stop();
  });

  test("feelers find out who is there", async () => {
    const world = new World();
    const servers = await world.servers(9);
    const node = await world.node("5.5.1.1", { peers: { outgoing: 1, bootstrapHosts: servers } });
    await world.clock.run(30_000);
    assert.equal(node.peers.book.count("tried"), 3);
    await world.clock.run(1_200_000);
    assert.ok(node.peers.book.count("tried") > 5, `${node.peers.book.count("tried")} tried`);
    assert.equal(node.peers.connectedPeers.length, 3);
    await world.stop();
  });

  test("two more when it looks as if we were cut off", async () => {
    const world = new World();
    const servers = await world.servers(9);
    const node = await world.node("5.5.1.1", { peers: { outgoing: 1, bootstrapHosts: servers } });
    await world.clock.run(30_000);
    node.peers.seekHelp();
    await world.clock.run(30_000);
    assert.equal(node.peers.connectedPeers.length, 5);
    await world.stop();
  });
});
