import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CpuMiner } from "../../src/cli/miner/cpu-miner.js";
import { EmbeddedNode } from "../../src/daemon/embedded/index.js";
import { freePort } from "../support/daemons.js";
import { Program } from "../support/program.js";

const OPERATOR = "mmhAcDRZyy4QLeGNf82xELqjcoay7nWmwF";

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

test("T21: a miner goes on at the successor, which knows all that the first did", { timeout: 60_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "p2pool-test-"));
  const daemon = await EmbeddedNode.start();
  const [workerPort, p2pPort] = [await freePort(), await freePort()];
  const args = [
    ...["--net", "demo", "-a", OPERATOR, "--datadir", folder, "-w", `127.0.0.1:${workerPort}`],
    ...["--p2pool-port", `${p2pPort}`, "--outgoing-conns", "0", "--disable-upnp", "--min-difficulty", "0.000001"],
    ...["--bitcoind-rpc-port", new URL(daemon.rpcUrl).port, "--bitcoind-p2p-port", `${daemon.p2pPort}`],
    ...[daemon.auth.user, daemon.auth.password],
  ];
  const first = new Program(args);
  const programs = [first];
  const miner = new CpuMiner({ host: "127.0.0.1", port: workerPort, username: `${OPERATOR}.rig`, pow: "sha256d" });
  const until = (event: "job" | "lost"): Promise<number> =>
    new Promise((resolve) => miner.once(event, () => resolve(performance.now())));
  try {
    await first.until((line) => line.includes("miners: stratum+tcp://") || undefined);
    miner.on("error", () => {});
    miner.start();
    const made = (line: string): string | undefined => / GOT SHARE ([0-9a-f]{8}) by [^ ]+$/.exec(line)?.[1];
    await first.until(made);

    const second = new Program(args);
    programs.push(second);
    await second.until((line) => /another p2pool has .*; this one takes over when it ends/.test(line) || undefined);
    // It follows the coin meanwhile.
    await second.until((line) => line.includes("new block template") || undefined);
    await first.until(made, first.lines.length);
    const lost = until("lost");
    first.signal("SIGTERM");
    const lostMs = await lost;
    const back = until("job");
    assert.deepEqual(await first.ended, { code: 0, signal: null });
    const endedMs = performance.now();
    const backMs = await back;
    t.diagnostic(`${Math.round(backMs - lostMs)} ms without work, ${Math.round(backMs - endedMs)} ms after the end`);

    const shares = first.lines.filter((line) => line.includes("GOT SHARE"));
    const loaded = await second.until((line) => / (\d+) shares loaded/.exec(line)?.[1]);
    assert.ok(Number(loaded) >= shares.length, `${loaded} of ${shares.length} shares`);
    await second.until(made, second.lines.length);
    // Its best chain, newest first: shares of its own on those of the first. Answers are kept for a moment.
    for (let isThere = false; !isThere; ) {
      const list = await (await fetch(`http://127.0.0.1:${workerPort}/api/v1/shares?limit=500`)).json();
      const { items } = list as { readonly items: readonly { readonly hash: string }[] };
      const placeOf = ({ lines }: Program): number =>
        items.findIndex(({ hash }) => lines.some((line) => made(line) === hash.slice(-8)));
      const own = placeOf(second);
      isThere = own >= 0 && placeOf(first) > own;
      if (!isThere) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    second.signal("SIGTERM");
    assert.deepEqual(await second.ended, { code: 0, signal: null });
  } finally {
    await miner.stop();
    for (const program of programs) await program.kill();
    await daemon.stop();
    rmSync(folder, { recursive: true });
  }
});
