import { MemoryNetwork } from "../../../../src/platform/transport-memory.js";
import { easyNetwork } from "./chain.js";
import { ScriptedPeer } from "./scripted-peer.js";
import { TestNode, type TestNodeOptions } from "./test-node.js";
import { VirtualTime } from "./virtual-time.js";

/** One node, and hosts around it that do what a test says. */
export class Scene {
  readonly clock = new VirtualTime();
  readonly hosts = new MemoryNetwork({ clock: this.clock });
  readonly node: TestNode;
  readonly network = easyNetwork();

  constructor(options: Omit<TestNodeOptions, "address" | "hosts"> = {}) {
    this.node = new TestNode({ hosts: this.hosts, address: "5.5.1.1", network: this.network, ...options });
  }

  static async start(
    options: Omit<TestNodeOptions, "address" | "hosts"> = {},
    before?: (scene: Scene) => void,
  ): Promise<Scene> {
    const scene = new Scene(options);
    before?.(scene);
    await scene.node.start();
    return scene;
  }

  /** A connection to the node, without a greeting. */
  async connect(from: string): Promise<ScriptedPeer> {
    const connecting = ScriptedPeer.connect(this.hosts, from, this.node.address, this.network);
    await this.clock.run(50);
    const peer = await connecting;
    await this.clock.run(50);
    return peer;
  }

  /** A peer that has greeted and was greeted; its nonce follows from its address. */
  async greeted(from: string, greeting: Parameters<ScriptedPeer["greet"]>[0] = {}): Promise<ScriptedPeer> {
    const peer = await this.connect(from);
    peer.greet({ nonce: nonceOf(from), ...greeting });
    await this.clock.run(50);
    return peer;
  }

  points(address: string): number {
    return Math.round(this.node.peers.standing.points(address) * 10) / 10;
  }

  async stop(): Promise<void> {
    await this.node.stop();
    await this.clock.run(5_000);
  }
}

function nonceOf(address: string): bigint {
  return [...address].reduce((value, char) => (value * 131n + BigInt(char.charCodeAt(0))) & 0xffffffffn, 7n);
}
