import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/platform/clock.js";
import type { Listener } from "../../src/platform/transport.js";
import { TcpTransport } from "../../src/platform/transport-tcp.js";
import { ScriptedPeer } from "../../test/unit/peers/support/scripted-peer.js";
import { chainNetwork } from "./chains.js";
import type { Memory } from "./miner-servers.js";
import type { NodeReady, NodeSetup } from "./node-child.js";

const CHILD = fileURLToPath(new URL("./node-child.js", import.meta.url));

/** A pool node in another process, which has dialled peers that live here, and one miner. */
export class NodeUnderTest {
  readonly peers: ScriptedPeer[];
  private readonly listeners: readonly Listener[];
  private readonly process: ChildProcess;
  private readonly miner: Socket;
  readonly ready: NodeReady;
  /** Jobs that the miner has got. */
  jobs = 0;
  /** Called when the miner has got one. */
  onJob: () => void = () => {};

  private constructor(
    process: ChildProcess,
    ready: NodeReady,
    listeners: readonly Listener[],
    peers: ScriptedPeer[],
    miner: Socket,
  ) {
    this.process = process;
    this.ready = ready;
    this.listeners = listeners;
    this.peers = peers;
    this.miner = miner;
    createInterface({ input: miner }).on("line", (line) => {
      if (!line.includes('"mining.notify"')) return;
      this.jobs++;
      this.onJob();
    });
  }

  /**
   * Resolves when all peers are connected and the miner has work. `now`: the node's time, seconds since 1970. `store`: the
   * folder that its shares are in, if they are not the recorded ones; without peers then.
   */
  static async start(
    now: number,
    peerCount: number,
    bestShare: string,
    store: string | null = null,
  ): Promise<NodeUnderTest> {
    const network = chainNetwork();
    const transport = new TcpTransport({ clock: systemClock });
    const peers: ScriptedPeer[] = [];
    const listeners: Listener[] = [];
    for (let i = 0; i < peerCount; i++) {
      const accept = (link: ConstructorParameters<typeof ScriptedPeer>[0]): void => {
        const peer = new ScriptedPeer(link, network);
        peer.greet({ bestShare, nonce: BigInt(i + 1) });
        peers.push(peer);
      };
      listeners.push(await transport.listen({ host: "127.0.0.1", port: 0 }, accept));
    }
    const setup: NodeSetup = { now, fixedNodes: listeners.map(({ port }) => `127.0.0.1:${port}`), store };
    const child = fork(CHILD, [JSON.stringify(setup)], { execArgv: ["--expose-gc"] });
    child.once("exit", (code) => {
      if (code !== null) throw new Error(`the node of the bench ended with ${code}`);
    });
    const [ready] = (await once(child, "message")) as [NodeReady];
    const miner = connect({ host: "127.0.0.1", port: ready.workerPort, noDelay: true });
    miner.write('{"id":1,"method":"mining.subscribe","params":["bench"]}\n');
    miner.write('{"id":2,"method":"mining.authorize","params":["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa","x"]}\n');
    const node = new NodeUnderTest(child, ready, listeners, peers, miner);
    await until(
      () => peers.length === peerCount && peers.every(({ messages }) => messages.length >= 2) && node.jobs > 0,
    );
    return node;
  }

  async memory(): Promise<Memory> {
    this.process.send("memory");
    const [told] = (await once(this.process, "message")) as [Memory];
    return told;
  }

  async stop(): Promise<void> {
    this.process.kill();
    await once(this.process, "exit");
    this.miner.destroy();
    for (const { link } of this.peers) link.abort();
    await Promise.all(this.listeners.map((listener) => listener.close()));
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
