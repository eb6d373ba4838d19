import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CpuMiner } from "../../src/cli/miner/cpu-miner.js";
import { RpcClient } from "../../src/daemon/rpc/index.js";
import { freePort, noLitecoind, startLitecoind } from "../support/daemons.js";
import { Program } from "../support/program.js";
import { skipBecause } from "../support/skip.js";
import { TcpProxy } from "../support/tcp-proxy.js";

// A node that is killed between finding a block and getting it to anybody; then reorganisations of its daemon's chain.

const OPERATOR = "rltc1qqurswpc8qurswpc8qurswpc8qurswpc8ntpxlg";

test("a found block outlives kill -9, reaches every daemon, and is followed", {
  skip: skipBecause(noLitecoind),
  timeout: 90_000,
}, async () => {
  const daemon = await startLitecoind();
  const extra = await startLitecoind();
  const rpcProxy = await TcpProxy.start(Number(new URL(daemon.rpcUrl).port));
  const p2pProxy = await TcpProxy.start(daemon.p2pPort);
  const rpc = new RpcClient({ url: daemon.rpcUrl, auth: { cookieFile: daemon.cookieFile } });
  const extraRpc = new RpcClient({ url: extra.rpcUrl, auth: { cookieFile: extra.cookieFile } });
  const folder = mkdtempSync(join(tmpdir(), "p2pool-test-"));
  const port = await freePort();
  const secret = readFileSync(extra.cookieFile, "utf8");
  const submitTo = extra.rpcUrl.replace("http://", `http://${secret}@`);
  const args = [
    ...["--net", "litecoin_regtest", "-a", OPERATOR, "-w", `127.0.0.1:${port}`, "--datadir", folder],
    ...["--bitcoind-rpc-port", String(rpcProxy.port), "--rpc-cookie", daemon.cookieFile],
    ...["--bitcoind-p2p-port", String(p2pProxy.port), "--min-difficulty", "0.000001", "--solo"],
  ];
  let program = new Program(args);
  const miner = new CpuMiner({ host: "127.0.0.1", port, username: OPERATOR, pow: "scrypt" });
  try {
    await program.until((line) => line.includes("new block template: height 1,") || undefined);
    rpcProxy.mode = { kind: "closed" };
    p2pProxy.mode = { kind: "closed" };
    miner.start();
    const [, hash] = await program.until((line) => / GOT BLOCK ([0-9a-f]{64}) height 1 /.exec(line) ?? undefined);
    // Nothing is sent before it is on disk, so that the first attempt shows that it is.
    await program.untilError(/submitting a block failed, and is tried again/);
    await program.kill();
    await miner.stop();
    assert.equal(await rpc.getBlockCount(), 0, "the block must not have got to the daemon yet");

    rpcProxy.mode = { kind: "pass" };
    p2pProxy.mode = { kind: "pass" };
    program = new Program([...args, "--submit-to", submitTo]);
    await program.untilError(/handing in a block that was found before the last stop and not judged yet/);
    await program.until((line) => line.includes(`block ${hash} accepted by the daemon`) || undefined);
    for (const client of [rpc, extraRpc]) {
      while ((await client.getBlockCount()) < 1) await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(await client.getBlockHash(1), hash);
    }

    await program.until((line) => line.includes("new block template: height 2,") || undefined);
    await rpc.call("invalidateblock", [hash]);
    await program.until((line) => line.includes(`block ${hash} height 1 ORPHANED`) || undefined);
    await rpc.call("reconsiderblock", [hash]);
    await program.until((line) => line.includes(`block ${hash} height 1 is in the best chain again`) || undefined);

    program.signal("SIGTERM");
    assert.deepEqual(await program.ended, { code: 0, signal: null });
    const said = program.stderr + program.lines.join("\n");
    assert.doesNotMatch(said, /\n\s+at /);
    assert.ok(!said.includes(secret.split(":")[1]!), "the secret of an address is told to nobody");
  } finally {
    await miner.stop();
    await program.kill();
    rpc.close();
    extraRpc.close();
    await Promise.all([rpcProxy.stop(), p2pProxy.stop()]);
    await Promise.all([daemon.stop(), extra.stop()]);
    rmSync(folder, { recursive: true });
  }
});

test("a node that ends while its daemon is away keeps a block for the next start", {
  skip: skipBecause(noLitecoind),
  timeout: 90_000,
}, async () => {
  const daemon = await startLitecoind();
  const folder = mkdtempSync(join(tmpdir(), "p2pool-test-"));
  const port = await freePort();
  const program = new Program([
    ...["--net", "litecoin_regtest", "-a", OPERATOR, "-w", `127.0.0.1:${port}`, "--datadir", folder, "--solo"],
    ...["--bitcoind-rpc-port", new URL(daemon.rpcUrl).port, "--rpc-cookie", daemon.cookieFile],
    ...["--bitcoind-p2p-port", String(daemon.p2pPort), "--min-difficulty", "0.000001"],
  ]);
  const miner = new CpuMiner({ host: "127.0.0.1", port, username: OPERATOR, pow: "scrypt" });
  try {
    await program.until((line) => line.includes("new block template: height 1,") || undefined);
    await daemon.stop();
    miner.start();
    await program.untilError(/submitting a block failed, and is tried again/);
    await miner.stop();
    program.signal("SIGTERM");
    // Nothing but timers may be left to wait for then.
    assert.deepEqual(await program.ended, { code: 0, signal: null });
    assert.match(program.stderr, /no daemon has judged \d+ found blocks yet: the next start hands in again/);
  } finally {
    await miner.stop();
    await program.kill();
    await daemon.stop();
    rmSync(folder, { recursive: true });
  }
});
