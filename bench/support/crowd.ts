import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { sleep, systemClock } from "../../src/platform/clock.js";
import type { FromCrowd } from "./crowd-child.js";
import type { MinerServer } from "./miner-servers.js";

/** Until a process that is told to stop has. */
const STOP_MS = 20;

/** Miners of a server in a process of their own: there have to be several for many sockets, and it can be stopped. */
export class Crowd {
  private readonly child: ChildProcess;
  /** Connections that were lost so far. */
  lost = 0;

  private constructor(child: ChildProcess) {
    this.child = child;
  }

  /** Resolves when all are connected, and at work where they log in. */
  static async of(server: MinerServer, first: number, count: number, logsIn: boolean): Promise<Crowd> {
    const program = fileURLToPath(new URL("./crowd-child.js", import.meta.url));
    const crowd = new Crowd(fork(program, [server.port, first, count, Number(logsIn)].map(String)));
    await crowd.next("connected");
    return crowd;
  }

  /** `served` will tell of the next job from now on. */
  async listen(): Promise<void> {
    const listening = this.next("listening");
    this.child.send("listen");
    await listening;
  }

  /** Resolves when all have got their job. */
  async served(): Promise<void> {
    this.lost = (await this.next("served")).lost;
  }

  /** Until `goOn` they cost the machine nothing, as if they were elsewhere: what comes for them waits in their sockets. */
  async hold(): Promise<void> {
    this.child.kill("SIGSTOP");
    await sleep(systemClock, STOP_MS);
  }

  goOn(): void {
    this.child.kill("SIGCONT");
  }

  async stop(): Promise<void> {
    this.child.kill();
    await once(this.child, "exit");
  }

  private async next(kind: FromCrowd["kind"]): Promise<FromCrowd> {
    const [message] = (await once(this.child, "message")) as [FromCrowd];
    if (message.kind !== kind) throw new Error(`${message.kind} instead of ${kind}`);
    return message;
  }
}
