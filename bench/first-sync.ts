import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Bench } from "./support/harness.js";
import type { SyncResult } from "./support/peer-child.js";

const CHILD = fileURLToPath(new URL("./support/peer-child.js", import.meta.url));

/** A node that knows nothing gets a full chain from a peer over loopback, each in a process of its own. */
export const firstSync: Bench = {
  name: "first-sync",
  async run() {
    const server = start([]);
    try {
      const port = await firstLine(server);
      const client = start([`127.0.0.1:${port}`]);
      const result = JSON.parse(await firstLine(client)) as SyncResult;
      return [
        { what: "shares fetched, 200 payees", value: result.shares, unit: "shares" },
        { what: "until 8,640 are verified", value: result.seconds, unit: "s", note: "below 8" },
        { what: "the same, processor time", value: result.processorSeconds, unit: "s" },
        { what: "hashing of these shares alone", value: result.hashingSeconds, unit: "s", note: "lower bound" },
        { what: "against hashing alone", value: result.processorSeconds / result.hashingSeconds, unit: "×" },
        { what: "longest hold-up of the event loop", value: result.loopMaxMs, unit: "ms", note: "at most 50" },
        { what: "the same of an idle process", value: result.idleMaxMs, unit: "ms", note: "lower bound" },
        { what: "hold-ups, 99 of 100 below", value: result.loopP99Ms, unit: "ms" },
      ];
    } finally {
      server.kill();
    }
  },
};

function start(args: readonly string[]): ReturnType<typeof spawn> {
  return spawn(process.execPath, [CHILD, ...args], { stdio: ["ignore", "pipe", "inherit"] });
}

async function firstLine({ stdout }: ReturnType<typeof spawn>): Promise<string> {
  for await (const line of createInterface({ input: stdout! })) return line;
  throw new Error("a process of the bench ended early");
}
