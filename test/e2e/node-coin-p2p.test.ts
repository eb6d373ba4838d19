import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { bytesToHex } from "../../src/core/bytes.js";
import { RpcClient } from "../../src/daemon/rpc/index.js";
import { createTemplate } from "../../src/daemon/template.js";
import { litecoinRegtest } from "../../src/networks/coins/litecoin.js";
import { mineBlock } from "../support/daemon-block.js";
import { freePort, noLitecoind, startLitecoind } from "../support/daemons.js";
import { Program } from "../support/program.js";
import { skipBecause } from "../support/skip.js";

// The node as an operator starts it, on a litecoind that has no other peer and so gives no work to anybody else.

const OPERATOR = "rltc1qqurswpc8qurswpc8qurswpc8qurswpc8ntpxlg";

test("node as the only peer of its daemon", { skip: skipBecause(noLitecoind), timeout: 60_000 }, async () => {
  const daemon = await startLitecoind({ peer: false });
  const rpc = new RpcClient({ url: daemon.rpcUrl, auth: { cookieFile: daemon.cookieFile } });
  const folder = mkdtempSync(join(tmpdir(), "p2pool-test-"));
  const program = new Program([
    ...["--net", "litecoin_regtest", "-a", OPERATOR, "-w", `127.0.0.1:${await freePort()}`],
    ...["--bitcoind-rpc-port", new URL(daemon.rpcUrl).port, "--rpc-cookie", daemon.cookieFile],
    ...["--bitcoind-p2p-port", String(daemon.p2pPort), "--datadir", folder, "--p2pool-port", String(await freePort())],
  ]);
  const untilHeight = (height: number): Promise<unknown> =>
    program.until((line) => line.includes(`new block template: height ${height},`) || undefined);
  try {
    await untilHeight(1);
    for (const height of [1, 2, 3]) {
      const answer = await rpc.getBlockTemplate({ rules: litecoinRegtest.daemon.templateRules });
      const block = mineBlock(createTemplate(answer, height, 0), "scrypt");
      assert.equal(await rpc.submitBlock(bytesToHex(block)), null);
      await untilHeight(height + 1);
    }
    program.signal("SIGTERM");
    assert.deepEqual(await program.ended, { code: 0, signal: null });
    assert.equal(program.complaints, "");
  } finally {
    await program.kill();
    rpc.close();
    await daemon.stop();
    rmSync(folder, { recursive: true });
  }
});
