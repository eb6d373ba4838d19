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

const PASSWORD = "correct horse";

interface ListedBlock {
  readonly hash: string;
  readonly share: string | null;
}

/** Where the web side is, as the program says. */
function dashboard(program: Program): Promise<string> {
  return program.until((line) => / dashboard: (http:\S+)$/.exec(line)?.[1]);
}

async function get(web: string, path: string): Promise<unknown> {
  return (await fetch(new URL(`api/v1/${path}`, web))).json();
}

async function listBlocks(web: string): Promise<readonly ListedBlock[]> {
  return ((await get(web, "blocks?limit=500")) as { items: ListedBlock[] }).items;
}

/**
 * Waits for a block that pays somebody: the first share of a chain pays nobody, and here not every block is a share.
 */
async function findPayout(web: string): Promise<{ hash: string; payee: string }> {
  for (;;) {
    for (const { hash, share } of await listBlocks(web)) {
      if (share === null) continue;
      const { gentx } = (await get(web, `shares/${hash}`)) as {
        gentx: { referenceRight: boolean; outputs: { role: string; address: string | null }[] } | null;
      };
      // A share off the best chain may have gone meanwhile.
      if (gentx === null || gentx === undefined) continue;
      assert.ok(gentx.referenceRight);
      assert.ok(gentx.outputs.every(({ role }) => role !== "other"));
      const payee = gentx.outputs.find(({ role }) => role === "payout")?.address;
      if (typeof payee === "string") return { hash, payee };
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The web side on a port of its own, with shares of the network's newest version; the blocks that it tells of. */
async function checkWeb(web: string, minersPort: number): Promise<Awaited<ReturnType<typeof listBlocks>>> {
  assert.equal((await fetch(`http://127.0.0.1:${minersPort}/local_stats`)).status, 404, "not on the miners' port");
  assert.equal((await fetch(new URL("api/v1/daemon", web))).status, 403);
  const headers = { authorization: `Bearer ${PASSWORD}` };
  const daemon = (await (await fetch(new URL("api/v1/daemon", web), { headers })).json()) as { version: string };
  assert.match(daemon.version, /LitecoinCore/);
  const blocks = await listBlocks(web);
  assert.ok(blocks.length >= 3, `${blocks.length} blocks`);
  const { hash, payee } = await findPayout(web);
  assert.ok([MINER, OPERATOR].includes(payee), payee);
  const page = (await (await fetch(new URL(`web/share/${hash}`, web))).json()) as { block: { gentx: { raw: string } } };
  assert.match(page.block.gentx.raw, /^[0-9a-f]{200,}$/);
  const proof = new Program(["proof", payee, "--block", hash, "--net", "litecoin_regtest", "--node", web]);
  assert.equal((await proof.ended).code, 0, proof.stderr);
  return blocks;
}

test("node on litecoind", { skip: skipBecause(noLitecoind), timeout: 180_000 }, async () => {
  const daemon = await startLitecoind();
  const rpc = new RpcClient({ url: daemon.rpcUrl, auth: { cookieFile: daemon.cookieFile } });
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "p2pool-test-"));
  const args = [
    ...["--net", "litecoin_regtest", "-a", OPERATOR, "-w", `127.0.0.1:${port}`, "--p2pool-port", `${await freePort()}`],
    ...["--bitcoind-rpc-port", new URL(daemon.rpcUrl).port, "--rpc-cookie", daemon.cookieFile],
    ...["--min-difficulty", "0.000001", "--datadir", folder, "--web-bind", "127.0.0.1:0", "--web-password", PASSWORD],
  ];
  let program = new Program(args);
  const miner = new CpuMiner({ host: "127.0.0.1", port, username: `${MINER}.rig`, pow: "scrypt" });
  try {
    const web = await dashboard(program);
    miner.start();
    await program.until((line) => / block [0-9a-f]{64} accepted by the daemon$/.test(line) || undefined);
    // Two may be of one height: the daemon takes both, and its chain grows by one.
    while ((await rpc.getBlockCount()) < 3) await new Promise((resolve) => setTimeout(resolve, 50));
    const block = (await rpc.call("getblock", [await rpc.getBlockHash(3), 2])) as {
      tx: { vout: { scriptPubKey: { addresses?: string[] } }[] }[];
    };
    const paid = block.tx[0]!.vout.flatMap(({ scriptPubKey }) => scriptPubKey.addresses ?? []);
    assert.ok(paid.includes(MINER), `pays ${paid.join()}`);
    const blocks = await checkWeb(web, port);
    program.signal("SIGTERM");
    assert.deepEqual(await program.ended, { code: 0, signal: null });
    assert.equal(program.complaints, "");
    const made = program.lines.filter((line) => / GOT SHARE .* by [^ ]+$/.test(line)).length;

    // Started again it has every share that it had told of, without verifying them again.
    program = new Program(args);
    const loaded = await program.until(
      (line) => / (\d+) shares loaded, (\d+) of them verified$/.exec(line) ?? undefined,
    );
    assert.ok(Number(loaded[1]) >= made && made > 0, `${loaded[1]} shares loaded of ${made}`);
    assert.ok(Number(loaded[2]) > 0);
    const again = await dashboard(program);
    const kept = new Set((await listBlocks(again)).map(({ hash }) => hash));
    assert.ok(
      blocks.every(({ hash }) => kept.has(hash)),
      "the pool's blocks are kept",
    );
    const own = (await get(again, "shares?limit=500")) as { items: { hash: string; mine: boolean }[] };
    assert.ok(
      own.items.length > 0 && own.items.every(({ mine }) => mine),
      "its own shares of the run before are its own",
    );
    const history = (await get(again, "series/local_hash_rate?view=last_hour")) as { values: { value: number[] } };
    assert.ok(
      history.values.value.some((rate) => rate > 0),
      "the history is kept",
    );
  } finally {
    await miner.stop();
    await program.kill();
    rpc.close();
    await daemon.stop();
    rmSync(folder, { recursive: true });
  }
});
