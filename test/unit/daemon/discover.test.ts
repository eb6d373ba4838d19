import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import type { Machine } from "../../../src/daemon/discovery/data-directory.js";
import { type DiscoveredDaemon, type DiscoverOptions, discoverDaemon } from "../../../src/daemon/discovery/discover.js";
import { bitcoin, bitcoinSignet, btcregtest } from "../../../src/networks/coins/bitcoin.js";
import { litecoin, litecoinTestnet } from "../../../src/networks/coins/litecoin.js";

type Files = Readonly<Record<string, string>>;

function machine(files: Files, changes: Partial<Machine> = {}): Machine {
  return { platform: "linux", env: {}, home: "/home/me", readFile: async (path) => files[path] ?? null, ...changes };
}

function discover(files: Files, options: Partial<DiscoverOptions> = {}): Promise<DiscoveredDaemon> {
  return discoverDaemon({ coin: bitcoin, machine: machine(files), ...options });
}

const CONF = "/home/me/.bitcoin/bitcoin.conf";

describe("finding the daemon (spec/07 §2, spec/14 §3)", () => {
  test("nothing at all: this machine, the coin's ports, and the cookie that will be there", async () => {
    assert.deepEqual(await discover({}), {
      url: "http://127.0.0.1:8332/",
      auth: [{ cookieFile: "/home/me/.bitcoin/.cookie" }],
      host: "127.0.0.1",
      p2pPort: 8333,
      zmq: [],
      origin: { auth: "default", host: "default", p2pPort: "default", rpcPort: "default", scheme: "default" },
      warnings: [],
    });
  });

  test("everything from the file", async () => {
    const text = [
      "rpcuser=me",
      "rpcpassword=secret",
      "rpcport=1234",
      "port=2345",
      "rpcconnect=10.0.0.9",
      "rpcssl=1",
      "zmqpubhashblock=tcp://127.0.0.1:28332",
      "zmqpubrawblock=tcp://127.0.0.1:28333",
    ].join("\n");
    assert.deepEqual(await discover({ [CONF]: text }), {
      url: "https://10.0.0.9:1234/",
      auth: [{ user: "me", password: "secret" }],
      host: "10.0.0.9",
      p2pPort: 2345,
      zmq: [
        { topic: "hashblock", address: "tcp://127.0.0.1:28332" },
        { topic: "rawblock", address: "tcp://127.0.0.1:28333" },
      ],
      origin: {
        auth: `${CONF}:2`,
        host: `${CONF}:5`,
        p2pPort: `${CONF}:4`,
        rpcPort: `${CONF}:3`,
        scheme: `${CONF}:6`,
      },
      warnings: [],
    });
  });

  test("options come before the file; user and password keep it from being read", async () => {
    const text = "rpcport=1234\nport=2345\nrpcpassword=secret";
    const mixed = await discover({ [CONF]: text }, { host: "::1", rpcPort: 9, useTls: true, cookieFile: "/c" });
    assert.deepEqual(
      [mixed.url, mixed.auth, mixed.p2pPort, mixed.origin],
      [
        "https://[::1]:9/",
        [{ cookieFile: "/c" }],
        2345,
        { auth: "option", host: "option", p2pPort: `${CONF}:2`, rpcPort: "option", scheme: "option" },
      ],
    );
    const given = await discover({ [CONF]: "no line" }, { auth: { user: "", password: "p" } });
    assert.deepEqual([given.url, given.p2pPort], ["http://127.0.0.1:8332/", 8333]);
  });

  const cookies: [what: string, options: Partial<DiscoverOptions>, files: Files, path: string][] = [
    ["Linux", {}, {}, "/home/me/.bitcoin/.cookie"],
    ["Linux, another coin's test chain", { coin: litecoinTestnet }, {}, "/home/me/.litecoin/testnet4/.cookie"],
    ["Linux, a chain of its own directory", { coin: bitcoinSignet }, {}, "/home/me/.bitcoin/signet/.cookie"],
    [
      "macOS",
      { coin: litecoin, machine: machine({}, { platform: "darwin", home: "/Users/me" }) },
      {},
      "/Users/me/Library/Application Support/Litecoin/.cookie",
    ],
    [
      "Windows",
      {
        coin: btcregtest,
        machine: machine({}, { platform: "win32", home: "C:\\Users\\me", env: { APPDATA: "D:\\Roaming" } }),
      },
      {},
      "D:\\Roaming\\Bitcoin\\regtest\\.cookie",
    ],
    [
      "Windows, a new installation",
      {
        machine: machine(
          { "C:\\Users\\me\\AppData\\Local\\Bitcoin\\bitcoin.conf": "server=1" },
          { platform: "win32", home: "C:\\Users\\me" },
        ),
      },
      {},
      "C:\\Users\\me\\AppData\\Local\\Bitcoin\\.cookie",
    ],
    [
      "Windows, a new installation without a file",
      {
        machine: machine(
          { "C:\\Users\\me\\AppData\\Local\\Bitcoin\\.cookie": "a:b" },
          { platform: "win32", home: "C:\\Users\\me" },
        ),
      },
      {},
      "C:\\Users\\me\\AppData\\Local\\Bitcoin\\.cookie",
    ],
    ["datadir in the file", { coin: btcregtest }, { [CONF]: "datadir=/data" }, "/data/regtest/.cookie"],
    ["another cookie file", { coin: btcregtest }, { [CONF]: "rpccookiefile=my/c" }, "/home/me/.bitcoin/regtest/my/c"],
    ["an absolute one", {}, { [CONF]: "rpccookiefile=/run/c" }, "/run/c"],
    [
      "a file elsewhere, with the cookie beside it",
      { configFile: "/data/b.conf" },
      { "/data/b.conf": "server=1", "/data/.cookie": "a:b" },
      "/data/.cookie",
    ],
    ["a file elsewhere", { configFile: "/data/b.conf" }, { "/data/b.conf": "server=1" }, "/home/me/.bitcoin/.cookie"],
  ];
  for (const [what, options, files, path] of cookies) {
    test(`the cookie: ${what}`, async () => {
      const { auth } = await discover(files, options);
      assert.deepEqual(auth, [{ cookieFile: path }]);
    });
  }

  test("a cookie beside a password: both, the cookie first, and a warning", async () => {
    const { auth, warnings } = await discover({ [CONF]: "rpcpassword=p", "/home/me/.bitcoin/.cookie": "__cookie__:x" });
    assert.deepEqual(auth, [{ cookieFile: "/home/me/.bitcoin/.cookie" }, { user: "", password: "p" }]);
    assert.match(warnings.join(), /both are tried/);
  });

  test("only hashes of passwords: the cookie's error will say so", async () => {
    const { auth } = await discover({ [CONF]: "rpcauth=me:aa$bb" });
    assert.deepEqual(auth, [
      { cookieFile: "/home/me/.bitcoin/.cookie", hint: `${CONF}:1 has rpcauth, a hash that nobody can log in with` },
    ]);
  });

  test("where the daemon listens is a hint, unless that is everywhere", async () => {
    const hostOf = async (text: string): Promise<string> => (await discover({ [CONF]: text })).host;
    assert.equal(await hostOf("rpcbind=0.0.0.0\nrpcbind=192.168.1.2:8332"), "192.168.1.2");
    assert.equal(await hostOf("rpcbind=[::1]:8332"), "::1");
    assert.equal(await hostOf("rpcbind=0.0.0.0"), "127.0.0.1");
    assert.equal(await hostOf("rpcbind=192.168.1.2\nrpcconnect=localhost"), "localhost");
  });

  test("included files come after the file, one level deep", async () => {
    const files = {
      [CONF]: "includeconf=more.conf\nincludeconf=/abs.conf\nrpcuser=a",
      "/home/me/.bitcoin/more.conf": "rpcuser=b\nrpcpassword=p\nincludeconf=third.conf",
      "/abs.conf": "rpcport=77",
    };
    const { url, auth, warnings } = await discover(files);
    assert.deepEqual([url, auth], ["http://127.0.0.1:77/", [{ user: "a", password: "p" }]]);
    assert.match(warnings.join(), /more\.conf:3: an included file cannot include others/);
    await assert.rejects(discover({ [CONF]: "includeconf=gone.conf" }), { code: "CONF_UNREADABLE" });
  });

  test("a file for another chain is refused, with the reason", async () => {
    await assert.rejects(discover({ [CONF]: "rpcuser=x\nregtest=1" }), {
      code: "CONF_OTHER_CHAIN",
      message: `${CONF}:2: the file is for the chain regtest, but this network needs main`,
    });
    assert.equal((await discover({ [CONF]: "regtest=1" }, { coin: btcregtest })).url, "http://127.0.0.1:18443/");
  });

  test("files that are missing, unreadable or far too large", async () => {
    await assert.rejects(discover({}, { configFile: "/x.conf" }), { code: "CONF_UNREADABLE" });
    const denied = machine({}, { readFile: () => Promise.reject(new Error("EACCES")) });
    await assert.rejects(discover({}, { machine: denied }), {
      code: "CONF_UNREADABLE",
      message: `${CONF}: cannot be read: EACCES`,
    });
    await assert.rejects(discover({ [CONF]: "#".repeat(2 ** 20 + 1) }), { code: "CONF_TOO_LARGE" });
  });

  test("warnings: RPC off, methods not allowed, a password in the open, repeated values", async () => {
    const text = [
      "server=0",
      "rpcuser=me",
      "rpcpassword=a",
      "rpcpassword=b",
      "rpcwhitelist=me:getblocktemplate,submitblock",
      "rpcwhitelist=other:getblock",
      "rpcconnect=8.8.8.8",
    ].join("\n");
    const found = await discover({ [CONF]: text });
    assert.deepEqual(found.warnings, [
      `${CONF}:3: rpcpassword is given again below; the first one counts`,
      "the password crosses the network to 8.8.8.8 unprotected: use https or a tunnel",
      `${CONF}:1: server=0 switches RPC off`,
      `${CONF}:5: rpcwhitelist does not allow getblockchaininfo, getnetworkinfo, getblockheader`,
    ]);
    assert.deepEqual(found.auth, [{ user: "me", password: "a" }]);
    assert.doesNotMatch(inspect(found.warnings), /password=|=a|=b/);
  });
});
