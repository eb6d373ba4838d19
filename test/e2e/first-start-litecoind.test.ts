import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { RpcClient } from "../../src/daemon/rpc/index.js";
import { freePort, noLitecoind, type RunningLitecoind, startLitecoind } from "../support/daemons.js";
import { Program } from "../support/program.js";
import { skipBecause } from "../support/skip.js";

// The node started without a network, a daemon or an address, beside a litecoind of the same user.

describe("first start beside a real litecoind", { skip: skipBecause(noLitecoind), timeout: 120_000 }, () => {
  let home = "";
  let daemon: RunningLitecoind;
  let rpc: RpcClient;
  before(async () => {
    home = mkdtempSync(join(tmpdir(), "p2pool-home-"));
    const directory = join(home, ".litecoin");
    mkdirSync(directory);
    const rpcPort = await freePort();
    const p2pPort = await freePort();
    writeFileSync(join(directory, "litecoin.conf"), `[regtest]\nrpcport=${rpcPort}\nport=${p2pPort}\n`);
    daemon = await startLitecoind({ directory, rpcPort, p2pPort, mweb: true });
    rpc = new RpcClient({ url: daemon.rpcUrl, auth: { cookieFile: daemon.cookieFile } });
  });
  after(async () => {
    rpc?.close();
    await daemon?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  const cacheFile = (): string => join(home, ".p2pool", "litecoin_regtest", "cached_payout_address");

  /** Runs until it has told where miners connect, and ends it. */
  async function start(...args: string[]): Promise<Program> {
    const program = new Program(
      ["-w", `127.0.0.1:${await freePort()}`, "--p2pool-port", String(await freePort()), ...args],
      undefined,
      { HOME: home },
    );
    try {
      await program.until((line) => line.includes(" dashboard: ") || undefined);
      program.signal("SIGTERM");
      assert.deepEqual(await program.ended, { code: 0, signal: null });
    } finally {
      await program.kill();
    }
    return program;
  }

  async function payoutOf(...args: string[]): Promise<string> {
    const { lines } = await start(...args);
    const line = lines.find((text) => text.includes(" payout address ")) ?? "";
    return / payout address (.*) \(/.exec(line)![1]!;
  }

  test("without a wallet it says what to do, and ends", async () => {
    const program = new Program(["-w", `127.0.0.1:${await freePort()}`], undefined, { HOME: home });
    assert.equal((await program.ended).code, 2);
    assert.match(program.stderr, /^p2pool: the coin daemon has no wallet to take a payout address from .*-a ADDRESS$/m);
  });

  test("it finds daemon, chain and address, says so, and tells miners where to go", async () => {
    await rpc.request("createwallet", ["one"]);
    const program = await start();
    const text = program.lines.join("\n");
    assert.match(
      text,
      / network litecoin_regtest: its coin daemon answers on this machine\. Name another with --net$/m,
    );
    assert.match(text, / P2Pool .*, network litecoin_regtest; daemon http:\/\/127\.0\.0\.1:\d+\/, cookie .*\.cookie$/m);
    const address = / payout address (rltc1\w+) \(new, of the wallet; kept in/m.exec(text)![1]!;
    assert.equal(readFileSync(cacheFile(), "utf8"), `${address}\n`);
    const { ismine, labels } = await rpc.getAddressInfo(address);
    assert.deepEqual([ismine, labels], [true, ["p2pool"]]);
    assert.match(text, / miners: stratum\+tcp:\/\/127\.0\.0\.1:\d+ {2}user: /m);
    assert.match(text, / on this machine: p2pool miner stratum\+tcp:\/\/127\.0\.0\.1:\d+$/m);
    // Standard output is no terminal here.
    assert.doesNotMatch(text, /█/);
  });

  test("the address stays; another wallet gives another, and both are told", async () => {
    const first = readFileSync(cacheFile(), "utf8").trim();
    assert.equal(await payoutOf(), first);
    await rpc.call("unloadwallet", ["one"]);
    // Nobody can say whose it is: it was ours.
    const { stderr } = await start();
    assert.match(stderr, /no wallet is there to confirm the payout address of earlier runs/);
    assert.equal(readFileSync(cacheFile(), "utf8").trim(), first);

    await rpc.request("createwallet", ["two"]);
    const program = await start();
    const second = readFileSync(cacheFile(), "utf8").trim();
    assert.notEqual(second, first);
    assert.match(program.stderr, new RegExp(`before="${first}" address="${second}"`));
    // The folder of an earlier run says which network it was.
    assert.match(
      program.lines.join("\n"),
      / network litecoin_regtest: .*litecoin_regtest is there from an earlier run$/m,
    );
  });

  test("-a dynamic takes several, which all are the wallet's", async () => {
    const addresses = (await payoutOf("-a", "dynamic", "-i", "3")).split(", ");
    assert.equal(new Set(addresses).size, 3);
    for (const address of addresses) assert.equal((await rpc.getAddressInfo(address)).ismine, true);
  });

  test("an address that is given names the network as well", async () => {
    const given = readFileSync(cacheFile(), "utf8").trim();
    rmSync(join(home, ".p2pool"), { recursive: true });
    assert.equal(await payoutOf("-a", given), given);
    // One of another coin fits no daemon that is here.
    const program = new Program(["--check-config", "-a", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"], undefined, {
      HOME: home,
    });
    await program.ended;
    assert.match(program.lines.join("\n"), /network +bitcoin: the default/);
  });
});
