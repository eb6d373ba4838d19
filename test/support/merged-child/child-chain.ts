import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { freePort } from "../../../src/daemon/embedded/free-port.js";
import { RpcClient } from "../../../src/daemon/rpc/index.js";
import type { MergedChildData, MergedChildMessage } from "./messages.js";

const WORKER = fileURLToPath(new URL("./worker.js", import.meta.url));
/** Every second hash is a block. */
const EASIEST = 0x207fffff;

/** The daemon of a merged chain, with a chain of its own. Not to be used for anything but tests. */
export class ChildChain {
  readonly chainId: number;
  /** With user and password. */
  readonly url: string;
  readonly rpc: RpcClient;
  private readonly worker: Worker;

  private constructor(worker: Worker, { chainId, user, password }: MergedChildData, port: number) {
    this.worker = worker;
    this.chainId = chainId;
    this.url = `http://${user}:${password}@127.0.0.1:${port}/`;
    this.rpc = new RpcClient({ url: this.url });
  }

  static async start(options: Partial<MergedChildData> & Pick<MergedChildData, "chainId">): Promise<ChildChain> {
    const data: MergedChildData = {
      bits: EASIEST,
      pow: "sha256d",
      user: "child",
      password: "p%40ss",
      lacks: [],
      ownPort: await freePort(),
      ...options,
    };
    const worker = new Worker(WORKER, {
      // The URL has the password percent-encoded.
      workerData: { ...data, password: decodeURIComponent(data.password) },
      env: { NODE_BACKEND: "js" },
      execArgv: ["--no-deprecation"],
    });
    const port = await new Promise<number>((resolve, reject) => {
      worker.once("error", reject);
      worker.once("message", (message: MergedChildMessage) => resolve(message.port));
    });
    return new ChildChain(worker, data, port);
  }

  async height(): Promise<number> {
    return (await this.rpc.call("getblockcount")) as number;
  }

  /** What was asked for, and why proofs were refused, since the last time. */
  async history(): Promise<{ readonly requests: readonly string[]; readonly refusals: readonly string[] }> {
    return (await this.rpc.call("history")) as { requests: string[]; refusals: string[] };
  }

  async stop(): Promise<void> {
    this.rpc.close();
    const ended = new Promise<void>((resolve) => this.worker.once("exit", () => resolve()));
    this.worker.postMessage("stop");
    await ended;
  }
}
