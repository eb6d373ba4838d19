import assert from "node:assert/strict";
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
  const program = new Program([
    ...["--net", "litecoin_regtest", "-a", OPERATOR, "-w", `127.0.0.1:${port}`],
    ...["--bitcoind-rpc-port", new URL(daemon.rpcUrl).port, "--rpc-cookie", daemon.cookieFile],
    ...["--min-difficulty", "0.000001"],
  ]);
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
  } finally {
    await miner.stop();
    await program.kill();
    rpc.close();
    await daemon.stop();
  }
});
