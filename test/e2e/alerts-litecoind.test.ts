import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CpuMiner } from "../../src/cli/miner/cpu-miner.js";
import { freePort, noLitecoind, startLitecoind } from "../support/daemons.js";
import { Program } from "../support/program.js";
import { skipBecause } from "../support/skip.js";

const OPERATOR = "rltc1qqurswpc8qurswpc8qurswpc8qurswpc8ntpxlg";
const MINER = "mgLjCZefJ6DZGQ4LX25Wz6hrpBsFHXVnWS";

test("a node tells of its block, and gives a sign of life", {
  skip: skipBecause(noLitecoind),
  timeout: 60_000,
}, async () => {
  const received: { method: string; url: string; body: string }[] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    received.push({ method: request.method!, url: request.url!, body });
    response.end();
    for (const wake of waiting) wake();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const until = async (path: string): Promise<string> => {
    for (;;) {
      const found = received.find((one) => one.url === path);
      if (found !== undefined) return found.body;
      await new Promise<void>((resolve) => waiting.add(resolve));
    }
  };
  const daemon = await startLitecoind();
  const folder = mkdtempSync(join(tmpdir(), "p2pool-alerts-"));
  const port = await freePort();
  const program = new Program(
    [
      ...["--net", "litecoin_regtest", "-a", OPERATOR, "-w", `127.0.0.1:${port}`, "--solo", "--datadir", folder],
      ...["--bitcoind-rpc-port", new URL(daemon.rpcUrl).port, "--rpc-cookie", daemon.cookieFile],
      ...["--min-difficulty", "0.000001", "--heartbeat", `${url}/alive`],
    ],
    undefined,
    { P2POOL_ALERT: `${url}/hook ntfy+http${url.slice(4)}/topic` },
  );
  const miner = new CpuMiner({ host: "127.0.0.1", port, username: `${MINER}.rig`, pow: "scrypt" });
  try {
    await program.until((line) => line.includes(" dashboard: ") || undefined);
    miner.start();
    const alert = JSON.parse(await until("/hook")) as { event: string; text: string; data: { hash: string } };
    assert.equal(alert.event, "block_found");
    const line = await program.until((text) => / GOT BLOCK ([0-9a-f]{64}) /.exec(text)?.[1]);
    assert.equal(alert.data.hash, line);
    assert.equal(await until("/topic"), alert.text);
    await until("/alive");
    await miner.stop();
    program.signal("SIGTERM");
    assert.deepEqual(await program.ended, { code: 0, signal: null });
  } finally {
    await miner.stop();
    await program.kill();
    await daemon.stop();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  }
});
