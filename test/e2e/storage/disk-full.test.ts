import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CpuMiner } from "../../../src/cli/miner/cpu-miner.js";
import { EmbeddedNode } from "../../../src/daemon/embedded/index.js";
import { freePort } from "../../support/daemons.js";
import { accepted, kept, minerArguments, OPERATOR } from "../../support/mining.js";
import { Program } from "../../support/program.js";
import { type FullableDisk, limitedProcess, smallFileSystem } from "./support/full-disk.js";

/** One hash in 262,144: some blocks a second. */
const BITS = 0x1e3fffff;

function isIn(smaller: ReadonlySet<string>, larger: ReadonlySet<string>): boolean {
  return [...smaller].every((item) => larger.has(item));
}

describe("a disk without room", { concurrency: true }, () => {
  /** It goes on mining; what could not be written is written once there is room; nothing is lost. */
  async function mineOnFullDisk(disk: FullableDisk): Promise<void> {
    const daemon = await EmbeddedNode.start({ bits: BITS });
    const port = await freePort();
    const args = minerArguments(daemon, port, disk.folder);
    let program = new Program(args);
    const miner = new CpuMiner({ host: "127.0.0.1", port, username: `${OPERATOR}.rig`, pow: "sha256d" });
    const untilWarned = async (expected: boolean): Promise<void> => {
      const url = `http://127.0.0.1:${port}/api/v1/warnings`;
      while ((await (await fetch(url)).text()).includes("nothing can be stored: the disk") !== expected) {
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    };
    try {
      await program.until((line) => line.includes("miners: stratum+tcp://") || undefined);
      miner.start();
      await program.until(accepted);
      const before = await kept(disk.folder);
      disk.fill(program.pid);
      await program.untilError(/ERROR the disk of the store in .* is full: .*; what waits is tried again/);
      // It tells whoever asks, and goes on.
      const from = program.lines.length;
      const blocks = [await program.until(accepted, from), await program.until(accepted, program.lines.length)];
      await untilWarned(true);
      assert.ok(isIn(before.blocks, (await kept(disk.folder)).blocks), "what was there stays");

      disk.free(program.pid);
      await untilWarned(false);
      await miner.stop();
      program.signal("SIGTERM");
      assert.deepEqual(await program.ended, { code: 0, signal: null });
      assert.equal(program.stderr.match(/what waits is tried again/g)?.length, 1, "told once");
      const after = await kept(disk.folder);
      assert.ok(isIn(before.shares, after.shares) && isIn(before.blocks, after.blocks));
      for (const hash of blocks) assert.ok(after.blocks.has(hash), "a block found without room is entered later");

      program = new Program(args);
      const loaded = await program.until((line) => / (\d+) shares loaded, \d+ of them verified$/.exec(line)?.[1]);
      assert.equal(Number(loaded), after.shares.size);
    } finally {
      await miner.stop();
      await program.kill();
      await daemon.stop();
      disk.end();
    }
  }

  test("limit of the process", { timeout: 60_000 }, () => mineOnFullDisk(limitedProcess()));
  // Mounted when it is needed, so that nothing stays of a run that is cut off before.
  test("small file system, or the limit once more for who may not mount one", { timeout: 60_000 }, () =>
    mineOnFullDisk(smallFileSystem() ?? limitedProcess()),
  );
});
