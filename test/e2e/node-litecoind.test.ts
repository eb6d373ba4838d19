import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CpuMiner } from "../../src/cli/miner/cpu-miner.js";
import { RpcClient } from "../../src/daemon/rpc/index.js";
import { freePort, noLitecoind, startLitecoind } from "../support/daemons.js";
import { Program } from "../support/program.js";
import { skipBecause } from "../support/skip.js";

// The node as an operator starts it, on a daemon of another make: litecoind takes our blocks, mined with scrypt.

const OPERATOR = "rltc1qqurswpc8qurswpc8qurswpc8qurswpc8ntpxlg";
const MINER = "mgLjCZefJ6DZGQ4LX25Wz6hrpBsFHXVnWS";

test("node on litecoind", { skip: skipBecause(noLitecoind), timeout: 60_000 }, async () => {
  const daemon = await startLitecoind();
  const rpc = new RpcClient({ url: daemon.rpcUrl, auth: { cookieFile: daemon.cookieFile } });
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "p2pool-test-"));
  const args = [
    ...["--net", "litecoin_regtest", "-a", OPERATOR, "-w", `127.0.0.1:${port}`],
    ...["--bitcoind-rpc-port", new URL(daemon.rpcUrl).port, "--rpc-cookie", daemon.cookieFile],
    ...["--p2pool-port", String(await freePort()), "--min-difficulty", "0.000001", "--datadir", folder],
  ];
  let program = new Program(args);
  const miner = new CpuMiner({ host: "127.0.0.1", port, username: `${MINER}.rig`, pow: "scrypt" });
  try {
    await program.until((line) => (line.includes("miners: stratum+tcp://") ? true : undefined));
    miner.start();
    let accepted = 0;
    await program.until(
      (line) => (/ block [0-9a-f]{64} accepted by the daemon$/.test(line) && ++accepted === 3) || undefined,
    );
    assert.ok((await rpc.getBlockCount()) >= 3);
    const block = (await rpc.call("getblock", [await rpc.getBlockHash(3), 2])) as {
      tx: { vout: { scriptPubKey: { addresses?: string[] } }[] }[];
    };
    const paid = block.tx[0]!.vout.flatMap(({ scriptPubKey }) => scriptPubKey.addresses ?? []);
    assert.ok(paid.includes(MINER), `pays ${paid.join()}`);
    program.signal("SIGTERM");
    assert.deepEqual(await program.ended, { code: 0, signal: null });
    assert.equal(program.stderr, "");
    const made = program.lines.filter((line) => / GOT SHARE .* by [^ ]+$/.test(line)).length;

    // Started again it has every share that it had told of, without verifying them again.
    program = new Program(args);
    const loaded = await program.until(
      (line) => / (\d+) shares loaded, (\d+) of them verified$/.exec(line) ?? undefined,
    );
    assert.ok(Number(loaded[1]) >= made && made > 0, `${loaded[1]} shares loaded of ${made}`);
    assert.ok(Number(loaded[2]) > 0);
  } finally {
    await miner.stop();
    await program.kill();
    rpc.close();
    await daemon.stop();
    rmSync(folder, { recursive: true });
  }
});
