import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CpuMiner } from "../../src/cli/miner/cpu-miner.js";
import { EmbeddedNode } from "../../src/daemon/embedded/index.js";
import { freePort } from "../support/daemons.js";
import { ChildChain } from "../support/merged-child/child-chain.js";
import { Program } from "../support/program.js";

// The node as an operator starts it, on a full node and three chains that are mined along: daemons with the old calls only,
// with the new ones, and one that goes away.

const OPERATOR = "mmhAcDRZyy4QLeGNf82xELqjcoay7nWmwF";
/** Of the child chain, and the script it stands for. */
const CHILD_ADDRESS = "sb1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysn6dl8wc";
const CHILD_SCRIPT = "0014000102030405060708090a0b0c0d0e0f10111213";
/** One hash in 262,144: some blocks a second. */
const BITS = 0x1e3fffff;

test("merged mining with three chains", { timeout: 120_000 }, async () => {
  const parent = await EmbeddedNode.start();
  const [old, modern, passing] = (await Promise.all([
    ChildChain.start({ chainId: 98, bits: BITS, lacks: ["createauxblock", "submitauxblock"] }),
    ChildChain.start({ chainId: 1, bits: BITS }),
    ChildChain.start({ chainId: 17, bits: BITS }),
  ])) as [ChildChain, ChildChain, ChildChain];
  const folder = mkdtempSync(join(tmpdir(), "p2pool-test-"));
  const port = await freePort();
  const program = new Program([
    ...["--net", "demo", "-a", OPERATOR, "-w", `127.0.0.1:${port}`, "--solo", "--datadir", folder],
    ...["--bitcoind-rpc-port", new URL(parent.rpcUrl).port, "--bitcoind-p2p-port", String(parent.p2pPort)],
    ...["--min-difficulty", "0.000001", "--merged", old.url],
    ...["--merged", modern.url, "--merged-address", CHILD_ADDRESS, "--merged", passing.url],
    ...[parent.auth.user, parent.auth.password],
  ]);
  const miner = new CpuMiner({ host: "127.0.0.1", port, username: `${OPERATOR}.rig`, pow: "sha256d" });
  let passed = false;
  /** Blocks of a chain that its daemon took, from now on. */
  const accepted = async (chainId: number, count: number): Promise<void> => {
    let left = count;
    await program.until(
      (line) => (line.endsWith(` of chain ${chainId} accepted by its daemon`) && --left === 0) || undefined,
      program.lines.length,
    );
  };
  try {
    await program.until((line) => line.includes("miners: stratum+tcp://") || undefined);
    miner.start();
    await Promise.all([accepted(98, 2), accepted(1, 2), accepted(17, 1)]);
    // Each with what it knows, and not a refusal.
    const [oldHistory, modernHistory] = await Promise.all([old.history(), modern.history()]);
    assert.deepEqual([...new Set(oldHistory.requests)], ["getauxblock"]);
    assert.ok(modernHistory.requests.includes("createauxblock") && modernHistory.requests.includes("submitauxblock"));
    assert.deepEqual([...oldHistory.refusals, ...modernHistory.refusals], []);
    assert.deepEqual(await modern.rpc.call("payees", [1]).then((scripts) => (scripts as string[])[0]), CHILD_SCRIPT);

    // Somebody else's block: what was committed to before is worth nothing, and what comes is.
    await old.rpc.call("generate");
    await accepted(98, 1);
    // One child goes away: the others, and the pool's own chain, do not feel it.
    await passing.stop();
    passed = true;
    await Promise.all([accepted(98, 2), accepted(1, 2)]);
    await program.until((line) => / block [0-9a-f]{64} accepted by the daemon$/.test(line) || undefined);
    assert.ok((await old.height()) >= 4 && (await modern.height()) >= 4);

    // Lines for the child that went away, no password in any.
    await program.untilError(/no work from a merged chain/);
    program.signal("SIGTERM");
    assert.deepEqual(await program.ended, { code: 0, signal: null });
    assert.doesNotMatch(program.stderr, /p@ss|p%40ss/);
    assert.doesNotMatch(program.stderr, /a merged block was not accepted/);
    for (const { refusals } of [await old.history(), await modern.history()]) assert.deepEqual(refusals, []);
  } finally {
    await miner.stop();
    await program.kill();
    await Promise.all([old.stop(), modern.stop(), ...(passed ? [] : [passing.stop()])]);
    await parent.stop();
    rmSync(folder, { recursive: true });
  }
});
