import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CpuMiner } from "../../../src/cli/miner/cpu-miner.js";
import { freePort, noLitecoind, startLitecoind } from "../../support/daemons.js";
import { Program } from "../../support/program.js";
import { skipBecause } from "../../support/skip.js";
import { pause } from "./support.js";

// The node as an operator starts it, its miners served by two processes: scrypt, judged in threads of those.

const OPERATOR = "rltc1qqurswpc8qurswpc8qurswpc8qurswpc8ntpxlg";
const MINER = "mgLjCZefJ6DZGQ4LX25Wz6hrpBsFHXVnWS";

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").map(Number).filter(Boolean);
}

test("node on litecoind with two worker processes, one of which is killed", {
  skip: skipBecause(noLitecoind),
  timeout: 180_000,
}, async () => {
  const daemon = await startLitecoind();
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "p2pool-test-"));
  const program = new Program([
    ...["--net", "litecoin_regtest", "-a", OPERATOR, "-w", `127.0.0.1:${port}`, "--p2pool-port", `${await freePort()}`],
    ...["--bitcoind-rpc-port", new URL(daemon.rpcUrl).port, "--rpc-cookie", daemon.cookieFile],
    ...["--min-difficulty", "0.000001", "--datadir", folder, "--worker-processes", "2", "--threads", "2"],
  ]);
  const miners = [1, 2].map(
    (index) =>
      new CpuMiner({ host: "127.0.0.1", port, username: `${MINER}.rig${index}`, pow: "scrypt", hashRateLimit: 300 }),
  );
  const workers = async (): Promise<
    readonly { name: string; connections: number; results: { accepted: number } }[]
  > => {
    const reply = await fetch(`http://127.0.0.1:${port}/api/v1/miners/${MINER}/workers`);
    return ((await reply.json()) as { items: never[] }).items;
  };
  /** What the operator is shown: which process has whom. */
  const connections = async (): Promise<string[]> => {
    const reply = await fetch(`http://127.0.0.1:${port}/api/v1/connections`);
    const { items } = (await reply.json()) as { items: readonly { process: number; worker: string }[] };
    return items.map(({ process: place, worker }) => `${place} ${worker.slice(0, 3)}`);
  };
  try {
    await program.until((line) => /dashboard: /.test(line) || undefined);
    while (childrenOf(program.pid).length < 2) await pause();
    for (const miner of miners) miner.start();
    await program.until((line) => / block [0-9a-f]{64} accepted by the daemon$/.test(line) || undefined);
    const isServed = async (): Promise<boolean> => {
      const all = await workers();
      return all.length === 2 && all.every(({ connections, results }) => connections === 1 && results.accepted > 0);
    };
    while (!(await isServed())) await pause(100);
    assert.deepEqual(await connections(), ["1 rig", "2 rig"]);
    process.kill(childrenOf(program.pid)[0]!, "SIGKILL");
    while (!/a worker process ended and is replaced/.test(program.stderr)) await pause();
    // Its miner comes back by itself.
    while (!(await isServed()) || childrenOf(program.pid).length < 2) await pause(100);
    assert.equal((await connections()).length, 2);
    for (const miner of miners) await miner.stop();
    program.signal("SIGTERM");
    assert.equal((await program.ended).code, 0, program.stderr);
  } finally {
    for (const miner of miners) await miner.stop();
    await program.kill();
    await daemon.stop();
    rmSync(folder, { recursive: true });
  }
});
