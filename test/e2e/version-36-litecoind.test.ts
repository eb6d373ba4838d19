import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import pino from "pino";
import { COMBINED_DONATION_SCRIPT, legacyScript } from "../../src/bitcoin/address.js";
import { CpuMiner } from "../../src/cli/miner/cpu-miner.js";
import { bytesToHex } from "../../src/core/bytes.js";
import { RpcClient } from "../../src/daemon/rpc/index.js";
import { networkByName } from "../../src/networks/index.js";
import { systemClock } from "../../src/platform/clock.js";
import { ShareRules } from "../../src/sharechain/rules.js";
import { loadShare, type Share } from "../../src/sharechain/share.js";
import { LevelDatabase } from "../../src/store/level-database.js";
import { Store } from "../../src/store/store.js";
import { freePort, noLitecoind, startLitecoind } from "../support/daemons.js";
import { ChildChain } from "../support/merged-child/child-chain.js";
import { Program } from "../support/program.js";
import { skipBecause } from "../support/skip.js";

// Litecoin as it lives: blocks with an extension block, mined with shares of version 36 that name a Dogecoin address, and a
// chain in Dogecoin's place whose blocks pay every miner.

/** One hash in 512. */
const CHILD_BITS = 0x1f7fffff;
/** Of the operator on the child chain. */
const OPERATOR_ON_DOGECOIN = "mmhAcDRZyy4QLeGNf82xELqjcoay7nWmwF";
const COIN = 100_000_000n;
const NETWORK = networkByName("litecoin_regtest");
const OPERATOR = "rltc1qqurswpc8qurswpc8qurswpc8qurswpc8ntpxlg";
const MINER = "mgLjCZefJ6DZGQ4LX25Wz6hrpBsFHXVnWS";
const ON_DOGECOIN = "2N3v5sPakY1SqdZyBCQh381b7gbmydSwhJZ";

interface Block {
  readonly mweb?: object;
  readonly tx: readonly { readonly vout: readonly { readonly scriptPubKey: { readonly hex: string } }[] }[];
}

test("version 36 on litecoind with an extension block", {
  skip: skipBecause(noLitecoind),
  timeout: 60_000,
}, async () => {
  const daemon = await startLitecoind({ mweb: true });
  const rpc = new RpcClient({ url: daemon.rpcUrl, auth: { cookieFile: daemon.cookieFile } });
  const child = await ChildChain.start({ chainId: 98, bits: CHILD_BITS, pow: "scrypt" });
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "p2pool-test-"));
  const program = new Program([
    ...["--net", NETWORK.name, "-a", OPERATOR, "-w", `127.0.0.1:${port}`],
    ...["--bitcoind-rpc-port", new URL(daemon.rpcUrl).port, "--rpc-cookie", daemon.cookieFile],
    ...["--p2pool-port", String(await freePort()), "--min-difficulty", "0.000001", "--datadir", folder],
    ...["--merged", child.url, "--merged-address", OPERATOR_ON_DOGECOIN],
  ]);
  const username = `${MINER},${ON_DOGECOIN}.rig`;
  const miner = new CpuMiner({ host: "127.0.0.1", port, username, pow: "scrypt" });
  try {
    await rpc.request("createwallet", ["test"]);
    const address = await rpc.getNewAddress("");
    const hidden = await rpc.request("getnewaddress", ["", "mweb"]);
    await rpc.request("generatetoaddress", [431, address], { timeoutMs: 60_000 });
    await rpc.request("sendtoaddress", [hidden, 10n * COIN]);
    await program.until((line) => (line.includes("miners: stratum+tcp://") ? true : undefined));
    miner.start();
    // The template of the first may be one from before the payment, and have no extension block.
    let block: Block;
    let from = 0;
    do {
      const hash = await program.until((line) => / block ([0-9a-f]{64}) accepted by the daemon$/.exec(line)?.[1], from);
      from = program.lines.length;
      block = (await rpc.call("getblock", [hash, 2])) as Block;
    } while (block.mweb === undefined);
    const scripts = block.tx[0]!.vout.map(({ scriptPubKey }) => scriptPubKey.hex);
    assert.equal(scripts.at(-2), bytesToHex(COMBINED_DONATION_SCRIPT));
    let left = 3;
    await program.until(
      (line) => (/merged block [0-9a-f]{64} of chain 98 accepted/.test(line) && --left === 0) || undefined,
    );
    const onDogecoin = bytesToHex(legacyScript(ON_DOGECOIN, NETWORK.mergedChains[0]!));
    const outputs = (await child.rpc.call("outputs", [await child.height()])) as [string, number][];
    assert.ok(outputs.some(([script]) => script === onDogecoin));
    assert.equal(outputs.at(-1)![0], bytesToHex(COMBINED_DONATION_SCRIPT));
    assert.equal(
      outputs.reduce((sum, [, value]) => sum + value, 0),
      5_000_000_000,
    );
    const api = `http://127.0.0.1:${port}/api/v1/merged`;
    const chains = (await (await fetch(api)).json()) as { items: { name: string; pays: string; chainId: number }[] };
    assert.deepEqual(
      chains.items.map(({ chainId, name, pays }) => [chainId, name, pays]),
      [[98, "Dogecoin", "miners"]],
    );
    const found = (await (await fetch(`${api}/blocks`)).json()) as { items: { accepted: boolean; pays: string }[] };
    assert.ok(found.items.filter(({ accepted, pays }) => accepted && pays === "miners").length >= 3);
    assert.ok((await child.history()).requests.includes("submitblock"));

    program.signal("SIGTERM");
    assert.deepEqual(await program.ended, { code: 0, signal: null });

    const shares = await storedShares(folder);
    assert.ok(shares.length > 0);
    for (const { version, address: payee, info } of shares) {
      assert.deepEqual([version, info.data.desiredVersion], [36, 36n]);
      const [entry] = info.mergedAddresses!;
      assert.equal(entry!.chainId, 98);
      const own = bytesToHex(legacyScript(OPERATOR_ON_DOGECOIN, NETWORK.mergedChains[0]!));
      assert.equal(bytesToHex(entry!.script), payee === MINER ? onDogecoin : own);
    }
    assert.ok(shares.some(({ address: payee }) => payee === MINER));
  } finally {
    await miner.stop();
    await program.kill();
    rpc.close();
    await daemon.stop();
    await child.stop();
    rmSync(folder, { recursive: true });
  }
});

/** What a node that has ended left behind. */
async function storedShares(folder: string): Promise<Share[]> {
  const database = new LevelDatabase({ directory: join(folder, NETWORK.name, "store") });
  const store = new Store({ database, network: NETWORK, clock: systemClock, log: pino({ level: "silent" }) });
  await store.start();
  const rules = new ShareRules(NETWORK);
  const shares: Share[] = [];
  for await (const portion of store.shares.load()) for (const { raw } of portion) shares.push(loadShare(raw, rules));
  await store.stop();
  return shares;
}
