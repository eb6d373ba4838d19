import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Program } from "../support/program.js";

// Wrong input: one clear line on standard error that names what is wrong, no stack trace, exit code 2.

const ADDRESS = "mzW2hdZN2um7WBvTDerdahKqRgj3md9C29";
const REGTEST = ["--net", "bitcoin_regtest", "-a", ADDRESS, "user", "password"];

async function run(args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  const program = new Program(args);
  const { code } = await program.ended;
  return { code, out: program.lines.join("\n"), err: program.stderr };
}

describe("command line", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "p2pool-test-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const wrong: readonly [string, readonly string[], RegExp][] = [
    ["unknown option", ["--nonsense"], /unknown option --nonsense/],
    ["unknown option of the demo", ["demo", "--minrs", "3"], /unknown option --minrs/],
    ["option that is nearly right", ["--datdir", "x"], /unknown option --datdir; is --datadir meant\?/],
    [
      "beginning of several options",
      ["--bitcoind", "x"],
      /option --bitcoind fits --bitcoind-address, --bitcoind-rpc-port/,
    ],
    ["missing argument file", ["@/nowhere"], /"@\/nowhere": ENOENT/],
    [
      "network without a test network",
      ["--net", "fastcoin", "--testnet", "-a", ADDRESS],
      /--testnet: fastcoin has no test/,
    ],
    ["remote console", [...REGTEST, "--rconsole"], /--rconsole: there is no remote console/],
    ["merged daemon without a password", [...REGTEST, "--merged", "http://127.0.0.1:8336/"], /--merged: needs http:/],
    [
      "address of no merged chain",
      [...REGTEST, "--merged-address", "N1", "--merged", "http://u:p@127.0.0.1:8336/"],
      /--merged-address: comes after the --merged that it is for/,
    ],
    [
      "two addresses for a merged chain",
      [...REGTEST, "--merged=http://u:p@[::1]:8336/", "--merged-address=a", "--merged-address=b"],
      /--merged-address: given twice for one --merged/,
    ],
    [
      "coinbase text that does not fit beside a commitment to merged chains",
      [...REGTEST, "--merged", "http://u:p@127.0.0.1:8336/", "--coinbtext", "x".repeat(51)],
      /coinbase texts take/,
    ],
    ["missing value", ["demo", "--blocks"], /option --blocks needs a value/],
    ["value of a switch", ["demo", "--json=yes"], /option --json takes no value/],
    ["number out of range", ["demo", "--miners", "0"], /--miners: "0" is not a whole number from 1 to 32/],
    ["text for a number", ["demo", "--timeout", "soon"], /--timeout: "soon" is not a number/],
    ["argument too many", ["demo", "now"], /unexpected argument "now"/],
    ["unknown network", ["--net", "dogecoin", "-a", ADDRESS, "u", "p"], /no network "dogecoin"/],
    ["bad address for alerts", [...REGTEST, "--alert", "mailto:me"], /--alert: the address is none of http:/],
    ["bad heartbeat", [...REGTEST, "--heartbeat", "ftp://host/"], /--heartbeat: needs http:/],
    ["bad daemon address", [...REGTEST, "--bitcoind-address", "a:b:c"], /--bitcoind-address: "a:b:c" is neither HOST/],
    [
      "missing configuration file of the daemon",
      ["--net", "bitcoin_regtest", "-a", ADDRESS, "--bitcoind-config-path", "/nowhere.conf"],
      /\/nowhere\.conf: there is no such file/,
    ],
    ["bad worker port", [...REGTEST, "-w", "http"], /--worker-port: "http" is neither/],
    ["bad address", ["--net", "bitcoin_regtest", "-a", "nobody", "u", "p"], /--address "nobody"/],
    ["taproot address", ["-a", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "u", "p"], /35/],
    ["address of another network", ["-a", ADDRESS, "u", "p"], /test/],
    ["missing network file", ["--network-file", "/nowhere.json", "-a", ADDRESS, "u", "p"], /--network-file: ENOENT/],
    ["too long coinbase text", [...REGTEST, "--coinbtext", "x".repeat(96)], /coinbase texts take/],
    ["too many outgoing connections", [...REGTEST, "--outgoing-conns", "11"], /--outgoing-conns/],
    ["bad node", [...REGTEST, "-n", "host:99999"], /--p2pool-node: "host:99999" is not HOST or HOST:PORT/],
    ["bad external address", [...REGTEST, "--external-ip", "a b"], /--external-ip: "a b" is not HOST/],
    ["TLS without a certificate", [...REGTEST, "--stratum-tls", "1"], /--stratum-tls needs a certificate/],
    ["half a certificate", [...REGTEST, "--tls-key", "k.pem"], /--tls-cert is missing/],
    ["missing certificate", [...REGTEST, "--tls-cert", "/nope", "--tls-key", "/nope"], /--tls-cert: ENOENT/],
    ["bad range of balancers", [...REGTEST, "--proxy-protocol", "1.2.3"], /--proxy-protocol: 1\.2\.3 is no address/],
    ["difficulties crossed", [...REGTEST, "--max-difficulty", "0.5"], /--max-difficulty 0\.5 is below/],
    ["unknown policy", [...REGTEST, "--invalid-payee", "ignore"], /--invalid-payee: "ignore" is none of/],
    ["more than all", [...REGTEST, "-f", "101"], /--fee: "101" is not a number from 0 to 100/],
    ["too many arguments", [...REGTEST, "more"], /more than a user name and a password/],
  ];
  for (const [name, args, message] of wrong) {
    test(name, async () => {
      const { code, out, err } = await run(args);
      assert.match(err, message);
      assert.deepEqual({ code, out, lines: err.trimEnd().split("\n").length }, { code: 2, out: "", lines: 1 });
      assert.doesNotMatch(err, /\bat .*:\d+:\d+/);
    });
  }

  test("network file with an unknown key names it", async () => {
    const file = join(folder, "network.json");
    writeFileSync(file, JSON.stringify({ name: "mine", colour: "red" }));
    const { code, err } = await run(["--network-file", file, "-a", ADDRESS, "u", "p"]);
    assert.equal(code, 2);
    assert.match(err, /colour/);
  });

  test("port in use: waited for, or told with a code of its own", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as { port: number };
    const args = [...REGTEST, "-w", `127.0.0.1:${port}`, "--datadir", folder, "--solo"];
    const { code, err } = await run([...args, "--no-wait"]);
    assert.equal(code, 5);
    assert.match(err, new RegExp(`port ${port} is in use`));
    assert.equal(err.trimEnd().split("\n").length, 1);
    const impatient = new Program(args);
    await impatient.untilError(new RegExp(`port ${port} for miners or browsers is in use; waiting for it`));
    impatient.signal("SIGTERM");
    assert.deepEqual(await impatient.ended, { code: 0, signal: null });
    const patient = new Program(args);
    await patient.untilError(new RegExp(`port ${port} for miners or browsers is in use; waiting for it`));
    await new Promise((resolve) => server.close(resolve));
    await patient.until((line) => line.includes("miners: stratum+tcp://") || undefined);
    patient.signal("SIGTERM");
    assert.deepEqual(await patient.ended, { code: 0, signal: null });
  });

  test("arguments from a file and from the environment; the command line wins, a short form is told", async () => {
    const file = join(folder, "p2pool.args");
    writeFileSync(file, `# our node\n--net bitcoin --testn -a ${ADDRESS}\n`);
    // Nothing is started: the last one is wrong, and the one before decides.
    const environment = { P2POOL_OUTGOING_CONNS: "11", P2POOL_MAX_CONNS: "7" };
    const first = new Program([`@${file}`], undefined, environment);
    assert.equal((await first.ended).code, 2);
    assert.match(first.stderr, /^p2pool: --testn is taken for --testnet\np2pool: --outgoing-conns: "11"/);
    const second = new Program([`@${file}`, "--outgoing-conns", "3", "-w", "x"], undefined, environment);
    assert.equal((await second.ended).code, 2);
    assert.match(second.stderr, /--worker-port: "x"/);
  });

  test("--help and --version", async () => {
    const help = await run(["--help"]);
    assert.equal(help.code, 0);
    assert.match(help.out, /--network-file FILE/);
    assert.match(help.out, /p2pool demo/);
    assert.match((await run(["demo", "-h"])).out, /--miners N/);
    assert.match((await run(["--version"])).out, /^p2pool \d+\.\d+\.\d+$/);
  });

  for (const [nodes, seconds] of [
    ["1", "2"],
    // That is too short for all of them to start.
    ["3", "1"],
  ] as const) {
    test(`demo of ${nodes} fails when its blocks do not come in ${seconds} s, and ends`, async () => {
      const { code, err } = await run(["demo", "--nodes", nodes, "--blocks", "1000", "--timeout", seconds, "--json"]);
      assert.equal(code, 1);
      assert.match(err, new RegExp(`of 1000 blocks after ${seconds} seconds`));
    });
  }
});
