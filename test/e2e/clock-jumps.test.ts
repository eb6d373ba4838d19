import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CpuMiner } from "../../src/cli/miner/cpu-miner.js";
import { EmbeddedNode } from "../../src/daemon/embedded/index.js";
import { freePort } from "../support/daemons.js";
import { accepted, kept, minerArguments, OPERATOR } from "../support/mining.js";
import { Program } from "../support/program.js";

/** One hash in 65,536. */
const BITS = 0x1f00ffff;
const DAY = 86_400;

/** Makes the program's wall clock wrong by the seconds in a file, which it reads at SIGUSR2. */
const WRONG_CLOCK = `
import { readFileSync } from "node:fs";
const right = Date.now;
let ahead = 0;
process.on("SIGUSR2", () => { ahead = 1000 * Number(readFileSync(process.env.CLOCK_AHEAD, "utf8")); });
Date.now = () => right() + ahead;`;

describe("the wall clock of the real process", () => {
  test("jumps by a day and back, and by a day the other way: blocks go on, it is told of, and nothing is lost", {
    timeout: 120_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "p2pool-clock-"));
    const daemon = await EmbeddedNode.start({ bits: BITS });
    const port = await freePort();
    const clockFile = join(folder, "ahead");
    const program = new Program(minerArguments(daemon, port, join(folder, "data")), undefined, {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(WRONG_CLOCK)}`,
      CLOCK_AHEAD: clockFile,
    });
    const miner = new CpuMiner({ host: "127.0.0.1", port, username: `${OPERATOR}.rig`, pow: "sha256d" });
    const blocks: string[] = [];
    try {
      await program.until((line) => line.includes("miners: stratum+tcp://") || undefined);
      miner.start();
      blocks.push(await program.until(accepted));
      for (const days of [1, 0, -1, 0]) {
        const told = program.stderr.length;
        writeFileSync(clockFile, String(days * DAY));
        program.signal("SIGUSR2");
        for (let i = 0; i < 2; i++) blocks.push(await program.until(accepted, program.lines.length));
        // It is looked at every half minute: the clock stays wrong until then.
        if (days === 1) await program.untilError(/clock/);
        assert.doesNotMatch(program.stderr.slice(told), /uncaught|unexpected|TypeError|failed:/i);
      }
      await miner.stop();
      program.signal("SIGTERM");
      assert.deepEqual(await program.ended, { code: 0, signal: null });
      const after = await kept(join(folder, "data"));
      for (const hash of blocks) assert.ok(after.blocks.has(hash), hash);
      assert.ok(after.shares.size > 0);
    } finally {
      await miner.stop();
      await program.kill();
      await daemon.stop();
      rmSync(folder, { recursive: true });
    }
  });
});
