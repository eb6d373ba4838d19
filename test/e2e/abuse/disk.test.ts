import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { seededRandom } from "../../../src/core/random.js";
import { systemClock } from "../../../src/platform/clock.js";
import { loadShare, ShareRules } from "../../../src/sharechain/index.js";
import { easyNetwork } from "../../unit/peers/support/chain.js";
import { sharesByNonce } from "./support/share-flood.js";
import type { StoreReport } from "./support/store-process.js";

const network = easyNetwork();
const PROGRAM = fileURLToPath(new URL("./support/store-process.js", import.meta.url));
const ROUNDS = 20;
const BATCHES = 12;
const BATCH = 5;

describe("abuse of the disk (spec/09 §14)", () => {
  test("T22: killed at any moment while it saves, twenty times", async () => {
    const [first, second] = sharesByNonce({ network, clock: systemClock }, 2, (ROUNDS / 2) * BATCHES * BATCH);
    const counts = await Promise.all([killAgainAndAgain(first!, 22), killAgainAndAgain(second!, 23)]);
    const safe = counts.reduce((a, b) => a + b);
    assert.ok(safe > 0 && safe < ROUNDS * BATCHES * BATCH, `${safe} were safe in time`);
  });
});

/** Returns how many of the shares were on disk in time. */
async function killAgainAndAgain(raws: readonly { readonly raw: Uint8Array }[], seed: number): Promise<number> {
  const rules = new ShareRules(network);
  const random = seededRandom(seed);
  const directory = await mkdtemp(join(tmpdir(), "p2pool-kill-"));
  const safe = new Set<string>();
  const given = new Set<string>();
  try {
    for (let at = 0; at < raws.length; at += BATCHES * BATCH) {
      const shares = raws.slice(at, at + BATCHES * BATCH).map(({ raw }) => raw);
      const ids = shares.map((raw) => loadShare(raw, rules).id);
      const child = startStore(directory);
      const [loaded] = (await once(child, "message")) as [StoreReport & { kind: "loaded" }];
      assert.equal(loaded.invalid, 0);
      const found = new Set(loaded.ids);
      for (const id of safe) assert.ok(found.has(id), "a share that was safe is lost");
      for (const id of found) assert.ok(given.has(id), "nobody gave it that share");
      for (const id of ids) given.add(id);
      // One batch after the other, and the end while one of them, the first or the last or any, is on its way to the disk.
      const last = Math.floor(random.uniform() * BATCHES) * BATCH;
      const send = (from: number): boolean => child.send(shares.slice(from, from + BATCH));
      const hasEnough = new Promise<void>((resolve) => {
        if (last === 0) resolve();
        child.on("message", (report: StoreReport) => {
          if (report.kind !== "safe") return;
          for (const id of ids.slice(0, report.count)) safe.add(id);
          if (report.count <= last) send(report.count);
          if (report.count === last) resolve();
        });
      });
      send(0);
      await hasEnough;
      await new Promise((resolve) => setTimeout(resolve, random.uniform() * 5));
      child.kill("SIGKILL");
      await once(child, "close");
    }
    return safe.size;
  } finally {
    await rm(directory, { recursive: true });
  }
}

function startStore(directory: string): ChildProcess {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return fork(PROGRAM, [directory], {
    serialization: "advanced",
    execArgv: [],
    env,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}
