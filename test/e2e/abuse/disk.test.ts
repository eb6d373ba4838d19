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

const PROGRAM = fileURLToPath(new URL("./support/store-process.js", import.meta.url));
const ROUNDS = 20;
const BATCHES = 12;
const BATCH = 5;

describe("abuse of the disk (spec/09 §14)", () => {
  test("T22: killed at any moment while it saves, twenty times", async () => {
    const network = easyNetwork();
    const rules = new ShareRules(network);
    const random = seededRandom(22);
    const [raws] = sharesByNonce({ network, clock: systemClock }, 1, ROUNDS * BATCHES * BATCH);
    const directory = await mkdtemp(join(tmpdir(), "p2pool-kill-"));
    const safe = new Set<string>();
    const given = new Set<string>();
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const shares = raws!.slice(round * BATCHES * BATCH, (round + 1) * BATCHES * BATCH).map(({ raw }) => raw);
        const ids = shares.map((raw) => loadShare(raw, rules).id);
        const child = startStore(directory);
        const [loaded] = (await once(child, "message")) as [StoreReport & { kind: "loaded" }];
        assert.equal(loaded.invalid, 0);
        const found = new Set(loaded.ids);
        for (const id of safe) assert.ok(found.has(id), `round ${round} lost a share that was safe`);
        for (const id of found) assert.ok(given.has(id), "nobody gave it that share");
        child.on("message", (report: StoreReport) => {
          if (report.kind === "safe") for (const id of ids.slice(0, report.count)) safe.add(id);
        });
        for (const id of ids) given.add(id);
        // Batches as fast as they go, and the end somewhere between the first and after the last.
        const killAfter = random.uniform() * 30;
        for (let i = 0; i < BATCHES; i++) child.send(shares.slice(i * BATCH, (i + 1) * BATCH));
        await new Promise((resolve) => setTimeout(resolve, killAfter));
        child.kill("SIGKILL");
        await once(child, "close");
      }
      assert.ok(safe.size > 0 && safe.size < given.size, `${safe.size} of ${given.size} were safe in time`);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

function startStore(directory: string): ChildProcess {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return fork(PROGRAM, [directory], {
    serialization: "advanced",
    execArgv: [],
    env,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}
