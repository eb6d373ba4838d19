import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "../support/daemons.js";
import { Program } from "../support/program.js";

// T21 of spec/09 §14: a second program on the same data and ports takes over when the first ends.

test("T21: a successor waits without touching the data, and takes over folder and ports", {
  timeout: 60_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "p2pool-test-"));
  const [workerPort, p2pPort] = [await freePort(), await freePort()];
  const args = [
    ...["--net", "bitcoin_regtest", "-a", "mzW2hdZN2um7WBvTDerdahKqRgj3md9C29", "--datadir", folder],
    ...["-w", `127.0.0.1:${workerPort}`, "--p2pool-port", `${p2pPort}`, "--bitcoind-rpc-port", "1", "user", "password"],
  ];
  const listens = (line: string): true | undefined =>
    /stratum\+tcp:\/\/.*:\d+/.test(line) && line.includes(`:${workerPort}`) ? true : undefined;
  const first = new Program(args);
  const programs = [first];
  try {
    await first.until(listens);
    const refused = new Program([...args, "--no-wait"]);
    programs.push(refused);
    assert.equal((await refused.ended).code, 4);
    assert.match(refused.stderr, /the store in .* is in use by another process/);

    const impatient = new Program(args);
    const second = new Program(args);
    programs.push(impatient, second);
    for (const program of [impatient, second]) {
      await program.until((line) => /another p2pool has .*; this one takes over when it ends/.test(line) || undefined);
    }
    impatient.signal("SIGINT");
    assert.deepEqual(await impatient.ended, { code: 0, signal: null });
    assert.ok(!second.lines.some((line) => listens(line)));

    first.signal("SIGTERM");
    assert.deepEqual(await first.ended, { code: 0, signal: null });
    await second.until(listens);
    await second.until((line) => line.includes(`other nodes: port ${p2pPort}`) || undefined);
    second.signal("SIGTERM");
    assert.deepEqual(await second.ended, { code: 0, signal: null });
  } finally {
    for (const program of programs) await program.kill();
    rmSync(folder, { recursive: true });
  }
});
