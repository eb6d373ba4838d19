import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { rpcCommand } from "../../src/cli/commands/rpc.js";
import { givenCredentials } from "../../src/cli/commands/rpc-options.js";
import { errorLine, exitCode } from "../../src/cli/exit.js";
import { parseOptions } from "../../src/cli/options.js";
import { FakeDaemon, type FakeRequest, refusal } from "../support/daemon-fake.js";
import { Program } from "../support/program.js";

// `p2pool rpc` as a user types it, on a scripted daemon that repeats what it was asked.

const BALANCES = '{"mine":{"trusted":20999999.99999999,"immature":1.10000000},"big":9007199254740993}';

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** As a process of its own. */
async function runProgram(args: readonly string[]): Promise<Run> {
  const program = new Program(["rpc", ...args]);
  const { code } = await program.ended;
  return { code, out: program.lines.join("\n"), err: program.stderr };
}

/** The same in this process, which is much faster. */
async function run(args: readonly string[]): Promise<Run> {
  const lines: string[] = [];
  try {
    const { values, positionals } = parseOptions(rpcCommand.prepare!(args), rpcCommand.options);
    const output = {
      print: (line: string) => void lines.push(line),
      warn: assert.fail,
      colors: false,
      isTerminal: false,
    };
    const code = await rpcCommand.run(values as Parameters<typeof rpcCommand.run>[0], positionals, output);
    return { code, out: lines.join("\n"), err: "" };
  } catch (error) {
    return { code: exitCode(error), out: lines.join("\n"), err: `${errorLine(error)}\n` };
  }
}

describe("p2pool rpc", () => {
  let folder = "";
  let conf = "";
  let daemon: FakeDaemon;
  let place: string[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "p2pool-rpc-"));
    conf = join(folder, "bitcoin.conf");
    daemon = await FakeDaemon.start((request) => {
      const { headers } = request.incoming;
      const login = Buffer.from((headers.authorization ?? "").slice(6), "base64").toString();
      if (login !== "me:secret" && login !== "__cookie__:secret") return { status: 401, body: "" };
      return answer(request);
    });
    const port = new URL(daemon.url).port;
    writeFileSync(conf, `rpcuser=me\nrpcpassword=secret\n[regtest]\nrpcport=${port}\n`);
    writeFileSync(join(folder, "cookie"), "__cookie__:secret");
    place = ["--net", "bitcoin_regtest", "--bitcoind-config-path", conf];
  });

  after(async () => {
    await daemon.stop();
    rmSync(folder, { recursive: true });
  });

  function answer(request: FakeRequest): { body: string } {
    const { id, method, incoming, body } = request;
    if (method === "getblock") return refusal(request, -5, "Block not\nfound");
    const result = { getbalances: BALANCES, help: '"one\\ntwo"' }[method] ?? JSON.stringify([incoming.url, body]);
    return { body: `{"result":${result},"error":null,"id":${id}}` };
  }

  /** What the daemon was sent: the path and the parameters as text. */
  function sent({ out }: Run): [path: string, params: string] {
    const [path, body] = JSON.parse(out) as [string, string];
    return [path, /"params":(.*)\}$/.exec(body)![1]!];
  }

  test("credentials and port of the configuration file; no digit is lost", async () => {
    const { code, out } = await runProgram([...place, "getbalances"]);
    assert.equal(code, 0);
    assert.equal(
      out,
      '{\n  "mine": {\n    "trusted": 20999999.99999999,\n    "immature": 1.10000000\n  },\n  "big": 9007199254740993\n}',
    );
  });

  test("arguments: what is JSON is sent as it is, the rest as texts", async () => {
    const hash = `${"1234567890".repeat(6)}1234`;
    const args = ["echo", "-1", "0.10", "true", "null", "word", '"12"', '{"a":[1]}', hash, "--x", ""];
    assert.deepEqual(sent(await run([...place, ...args])), [
      "/",
      `[-1,0.10,true,null,"word","12",{"a":[1]},"${hash}","--x",""]`,
    ]);
  });

  test("named arguments, and a wallet", async () => {
    const args = ["--rpc-wallet", "my wallet", "-named", "echo", "a=1", "b=x=y"];
    assert.deepEqual(sent(await run([...place, ...args])), ["/wallet/my%20wallet", '{"a":1,"b":"x=y"}']);
  });

  test("a cookie, and a host with a port; texts are printed bare, or as JSON on demand", async () => {
    const { port } = new URL(daemon.url);
    const args = ["--net", "bitcoin_regtest", "--rpc-cookie", join(folder, "cookie")];
    const address = ["--bitcoind-config-path", conf, "--bitcoind-address", `127.0.0.1:${port}`];
    const [bare, json] = await Promise.all([
      run([...args, ...address, "help"]),
      run([...args, ...address, "--json", "help"]),
    ]);
    assert.deepEqual([bare.out, json.out], ["one\ntwo", '"one\\ntwo"']);
  });

  test("credentials: words of the command line, else the environment", () => {
    const env = { P2POOL_RPC_USER: "me", P2POOL_RPC_PASSWORD: "secret" };
    const cases: [words: string[], env: Record<string, string>, expected: unknown][] = [
      [[], {}, null],
      [[], { P2POOL_RPC_USER: "me", P2POOL_RPC_PASSWORD: "" }, null],
      [[], env, { user: "me", password: "secret" }],
      [[], { P2POOL_RPC_PASSWORD: "secret" }, { user: "", password: "secret" }],
      [["other"], env, { user: "", password: "other" }],
      [["you", "other"], env, { user: "you", password: "other" }],
    ];
    for (const [words, given, expected] of cases) assert.deepEqual(givenCredentials(words, given), expected);
    assert.throws(() => givenCredentials(["a", "b", "c"], {}), /more than a user name and a password/);
  });

  const wrong: [what: string, code: number, args: () => string[], err: RegExp][] = [
    ["the daemon's refusal", 1, () => [...place, "getblock", "00"], /^p2pool: getblock: Block not found \(-5\)\n$/],
    [
      "wrong credentials, with where they come from",
      1,
      () => ["--bitcoind-config-path", conf, "--bitcoind-address", daemon.url.replace("//", "//me:wrong@"), "uptime"],
      /^p2pool: uptime: the daemon refuses the user name or password; it was shown: user and password as given\n$/,
    ],
    [
      "nobody there",
      1,
      () => ["--bitcoind-address", "http://a:b@127.0.0.1:1/", "uptime"],
      /nobody listens at http:\/\/127\.0\.0\.1:1\//,
    ],
    ["no method", 2, () => [...place], /a method is needed/],
    ["a named argument without a name", 2, () => [...place, "-named", "echo", "x"], /"x" is not NAME=VALUE/],
    ["broken JSON", 2, () => [...place, "echo", '{"a":'], /is not JSON: unexpected end/],
    ["an unknown option", 2, () => ["--nonsense", "echo"], /unknown option --nonsense/],
    ["a bad address", 2, () => ["--bitcoind-address", "a:b:c:d", "echo"], /--bitcoind-address: "a:b:c:d" is neither/],
    ["a bad percent sign", 2, () => ["--bitcoind-address", "http://a:wrong@%zz/", "echo"], /--bitcoind-address: the/],
    ["a path", 2, () => ["--bitcoind-address", "http://a:wrong@h/x", "echo"], /the address may not have a path/],
    ["a file that is not there", 2, () => ["--bitcoind-config-path", "/nowhere.conf", "echo"], /there is no such file/],
  ];
  for (const [index, [what, code, args, err]] of wrong.entries()) {
    test(`one line and exit code ${code}: ${what}`, async () => {
      const result = await (index === 0 ? runProgram : run)(args());
      assert.match(result.err, err);
      assert.deepEqual(
        { code: result.code, out: result.out, lines: result.err.trimEnd().split("\n").length },
        { code, out: "", lines: 1 },
      );
      assert.doesNotMatch(result.err, /secret|wrong@/);
    });
  }
});
