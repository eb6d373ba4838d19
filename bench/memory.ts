import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bytesToHex } from "../src/core/bytes.js";
import { ShareRules, Tracker } from "../src/sharechain/index.js";
import { chainNetwork, extend, fill, recordedShares } from "./support/chains.js";
import type { Bench } from "./support/harness.js";

const SHARES = 17_280;
const CHILD = fileURLToPath(new URL("./support/memory-child.js", import.meta.url));

/** What a full chain takes in a process that does nothing else, above one that is empty. */
export const memory: Bench = {
  name: "memory",
  async run() {
    const tracker = new Tracker(new ShareRules(chainNetwork()));
    const recorded = recordedShares();
    extend(tracker, fill(tracker, recorded), SHARES - recorded.length);
    const folder = mkdtempSync(join(tmpdir(), "p2pool-bench-"));
    try {
      const file = join(folder, "shares");
      const shares = [...tracker.main.all()].map(({ item }) => item.share.raw);
      const bytes = shares.reduce((sum, raw) => sum + raw.length, 0) / SHARES;
      writeFileSync(file, shares.map(bytesToHex).join("\n"));
      const empty = resident([]);
      const full = resident([file]);
      return [
        {
          what: `${SHARES} shares, 200 payees, verified`,
          value: (full - empty) / 2 ** 20,
          unit: "MB",
          note: "below 150",
        },
        { what: "a share", value: (full - empty) / SHARES, unit: "bytes" },
        { what: "its bytes as they come over the wire", value: bytes, unit: "bytes", note: "lower bound" },
        { what: "a share against its bytes", value: (full - empty) / SHARES / bytes, unit: "×" },
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

function resident(args: readonly string[]): number {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--expose-gc", CHILD, ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}
