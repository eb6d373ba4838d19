import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Program } from "../support/program.js";

const ADDRESS = "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8";

describe("p2pool --check-config", () => {
  let home = "";
  before(() => {
    home = mkdtempSync(join(tmpdir(), "p2pool-home-"));
  });
  after(() => rmSync(home, { recursive: true }));

  async function check(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const program = new Program([...args, "--check-config"], undefined, { HOME: home, ...env });
    const { code } = await program.ended;
    const line = (name: string): string | undefined => {
      return program.lines
        .find((text) => text.startsWith(`  ${name} `))
        ?.replaceAll(/ {2,}/g, " ")
        .trim();
    };
    return { code, line, text: program.lines.join("\n"), errors: program.stderr };
  }

  test("every option with its origin, the daemon as found, address and folders; nothing is written", async () => {
    mkdirSync(join(home, ".bitcoin"));
    const conf = join(home, ".bitcoin", "bitcoin.conf");
    writeFileSync(conf, "[regtest]\nrpcport=4711\nrpcuser=me\nrpcpassword=topsecret\nport=4712\n");
    const file = join(home, "args");
    writeFileSync(file, "--net regtest --fee 1.5\n--web-password hunter2");
    const { code, line, text, errors } = await check([`@${file}`, "-a", ADDRESS, "-f", "2", "-n", "10.0.0.2"], {
      P2POOL_GIVE_AUTHOR: "0.5",
      P2POOL_FEE: "9",
    });
    assert.deepEqual([code, errors], [0, ""]);
    assert.equal(line("--net"), `--net regtest (file ${file})`);
    assert.equal(line("--fee"), "--fee 2 (command line)");
    assert.equal(line("--give-author"), "--give-author 0.5 (environment, P2POOL_GIVE_AUTHOR)");
    assert.equal(line("--p2pool-node"), "--p2pool-node 10.0.0.2 (command line)");
    assert.equal(line("--max-conns"), "--max-conns 40 (default)");
    assert.equal(line("--web-password"), `--web-password *** (file ${file})`);
    assert.equal(line("network"), "network bitcoin_regtest");
    assert.equal(
      line("coin daemon"),
      `coin daemon http://127.0.0.1:4711/ (host: default; port: ${conf}:2; scheme: default)`,
    );
    assert.equal(line("credentials"), `credentials user and password of ${conf}:4 (${conf}:4)`);
    assert.equal(line("its P2P port"), `its P2P port 4712 (${conf}:5)`);
    assert.equal(line("payout address"), `payout address ${ADDRESS}`);
    assert.equal(line("data"), `data ${join(home, ".p2pool", "bitcoin_regtest")}`);
    assert.equal(line("miners"), "miners 0.0.0.0:29332");
    assert.doesNotMatch(text, /topsecret|hunter2/);
    assert.throws(() => rmSync(join(home, ".p2pool")), { code: "ENOENT" });
  });

  test("a password in the daemon's address, and where an address would come from", async () => {
    const cached = join(home, "data", "litecoin", "cached_payout_address");
    const args = ["--net", "litecoin", "--datadir", join(home, "data")];
    const { code, line, text } = await check([...args, "--bitcoind-address", "http://me:topsecret@10.0.0.9:1/"]);
    assert.equal(code, 0);
    assert.equal(line("--bitcoind-address"), "--bitcoind-address http://***@10.0.0.9:1/ (command line)");
    assert.equal(
      line("payout address"),
      `payout address a new one of the coin daemon's wallet, to be kept in ${cached}`,
    );
    assert.match(text, /warning: the password crosses the network|10\.0\.0\.9:1/);
    assert.doesNotMatch(text, /topsecret/);
    mkdirSync(join(home, "data", "litecoin"), { recursive: true });
    writeFileSync(cached, "LVg2kJoFNg45Nbpy53h7Fe1wKyeXVRhMH9\r\n");
    const again = await check(args);
    assert.equal(
      again.line("payout address"),
      `payout address LVg2kJoFNg45Nbpy53h7Fe1wKyeXVRhMH9, from ${cached}, if the coin daemon's wallet knows it`,
    );
    const dynamic = await check([...args, "-a", "dynamic", "-i", "1"]);
    assert.match(dynamic.line("payout address") ?? "", /^payout address 2 new ones .* every 172800 seconds$/);
  });

  test("what is wrong ends with 2", async () => {
    const { code, text, errors } = await check(["--net", "litecoin", "-a", ADDRESS]);
    assert.deepEqual([code, text], [2, ""]);
    assert.match(errors, /^p2pool: --address "mfWx.*is an address of /);
  });

  test("testnet4 and signet by their short names", async () => {
    for (const [name, network] of [
      ["testnet4", "bitcoin_testnet4"],
      ["signet", "bitcoin_signet"],
    ] as const) {
      const { code, line } = await check(["--net", name, "-a", ADDRESS]);
      assert.deepEqual([code, line("network")], [0, `network ${network}`]);
    }
  });
});
