import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Answer, Call, NodeControl } from "./node-control.js";

const PROGRAM = fileURLToPath(new URL("./node-process.js", import.meta.url));

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

let shared: NodeHandle | null = null;

/** One process for the nodes of all tests, one after the other; it ends with the tests. */
export function sharedNode(): NodeHandle {
  shared ??= new NodeHandle();
  return shared;
}

/** The process of the node under attack, from the test's side. It keeps the tests alive only while something is asked of it. */
export class NodeHandle {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;

  constructor() {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    this.child = fork(PROGRAM, {
      serialization: "advanced",
      execArgv: ["--expose-gc"],
      env,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.child.on("message", (answer: Answer) => this.answered(answer));
    this.child.on("exit", (code, signal) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`the node's process ended: ${code ?? signal}`));
      this.waiting.clear();
    });
    this.child.unref();
    this.child.channel!.unref();
  }

  call<M extends keyof NodeControl>(method: M, ...args: Parameters<NodeControl[M]>): ReturnType<NodeControl[M]> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      if (!this.child.connected) return reject(new Error("the node's process is gone"));
      this.waiting.set(id, { resolve, reject });
      this.child.channel!.ref();
      this.child.send({ id, method, args } satisfies Call);
    }) as ReturnType<NodeControl[M]>;
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.ref();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill("SIGKILL");
    await ended;
  }

  private answered(answer: Answer): void {
    const call = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (this.waiting.size === 0) this.child.channel!.unref();
    if ("error" in answer) call?.reject(new Error(answer.error));
    else call?.resolve(answer.result as never);
  }
}
