import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Counts } from "./support/counting.js";
import type { Bench } from "./support/harness.js";

const CHILD = fileURLToPath(new URL("./support/counts-child.js", import.meta.url));

/**
 * What is done for shares on a full window of 200 payees, for work and for miners, whatever the machine. A test compares with
 * `bench/counts.json`.
 */
export async function countAll(): Promise<Readonly<Record<string, Counts>>> {
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD]);
  return JSON.parse(stdout) as Readonly<Record<string, Counts>>;
}

export const counts: Bench = {
  name: "counts",
  isExact: true,
  async run() {
    return Object.entries(await countAll()).flatMap(([of, kinds]) =>
      Object.entries(kinds)
        .filter(([, value]) => value > 0)
        .map(([kind, value]) => ({ what: `${of}: ${kind}`, value, unit: "in all" })),
    );
  },
};
