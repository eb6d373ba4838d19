import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { DaemonGroup } from "../../../src/daemon/daemon-group.js";
import { RpcClient } from "../../../src/daemon/rpc/index.js";
import { networkByName } from "../../../src/networks/index.js";
import type { Logger } from "../../../src/platform/log.js";
import { ManualClock } from "../../support/daemon-clock.js";
import { FakeDaemon, type FakeReply, type FakeRequest, ok, refusal } from "../../support/daemon-fake.js";
import { rawTemplate } from "../../support/daemon-template.js";

type Answers = Record<string, (request: FakeRequest) => FakeReply>;

const BITCOIN_CASH = "00000000000000000019f112ec0a9982926f1258cdcc558dd7c3b7e5dc7fa148";
const NODE = { version: 280_100, subversion: "/Satoshi:28.1.0/", connections: 8 };
/** Of a daemon that all is well with. */
const USUAL: Answers = {
  getblockheader: (request) => ok(request, {}),
  getblocktemplate: (request) => ok(request, rawTemplate()),
  getnetworkinfo: (request) => ok(request, NODE),
};
const IDENTITY = ["getblockheader", "getnetworkinfo"];
const CHAIN = { chain: "main", blocks: 1, headers: 1, bestblockhash: "00".repeat(32) };

/** As daemons list forks: of Core 0.12 to 0.18, 0.19 to 22, 23 on; the last two places are asked only if needed. */
const FORKS: [what: string, answers: Answers, asked: string[]][] = [
  [
    "lists of objects and names",
    chainInfo({ softforks: [{ id: "bip65" }, 5, null, {}], bip9_softforks: ["csv", "segwit"] }),
    ["getblockchaininfo"],
  ],
  [
    "objects by name",
    chainInfo({ softforks: { bip34: {}, bip65: {} }, bip9_softforks: { csv: {}, segwit: {} } }),
    ["getblockchaininfo"],
  ],
  ["one object", chainInfo({ softforks: { bip65: {}, csv: {}, segwit: {}, taproot: {} } }), ["getblockchaininfo"]],
  [
    "the list of deployments",
    { ...chainInfo({}), getdeploymentinfo: (r) => ok(r, { deployments: { bip65: {}, csv: {}, segwit: {} } }) },
    ["getblockchaininfo", "getdeploymentinfo"],
  ],
  [
    "the rules of a template",
    {
      ...chainInfo({ softforks: { bip65: {} } }),
      getblocktemplate: (r) => ok(r, rawTemplate({ rules: ["csv", "!segwit"] })),
    },
    ["getblockchaininfo", "getdeploymentinfo", "getblocktemplate"],
  ],
];

function chainInfo(forks: Record<string, unknown>): Answers {
  return { getblockchaininfo: (request) => ok(request, { ...CHAIN, ...forks }) };
}

describe("waiting for a daemon that can be mined on (spec/07 §4)", () => {
  let answers: Answers;
  let daemon: FakeDaemon;
  let rpc: RpcClient;
  let clock: ManualClock;
  let lines: string[];
  let group: DaemonGroup;

  beforeEach(async () => {
    answers = {};
    lines = [];
    clock = new ManualClock();
    daemon = await FakeDaemon.start((request) => {
      const answer = { ...USUAL, ...answers }[request.method];
      return answer === undefined ? refusal(request, -32601, "Method not found") : answer(request);
    });
    rpc = new RpcClient({ url: daemon.url });
  });

  afterEach(async () => {
    rpc.close();
    await daemon.stop();
    assert.equal(clock.size, 0, "timers are left");
  });

  function wait(
    changes: { readonly allowObsolete?: boolean; readonly softforksRequired?: string[]; readonly net?: string } = {},
  ): Promise<boolean> {
    const note = (_data: unknown, text: string): void => void lines.push(text);
    const log = { info: note, warn: note } as unknown as Logger;
    const { allowObsolete = false, softforksRequired = ["bip65", "csv", "segwit"], net = "bitcoin" } = changes;
    group = new DaemonGroup({
      daemons: [rpc],
      network: { coin: networkByName(net).coin, softforksRequired },
      allowObsolete,
      ownConnections: () => 1,
      height: () => 0,
      clock,
      log,
      onSwitch: () => {},
    });
    return group.start();
  }

  for (const [what, given, asked] of FORKS) {
    test(`soft forks are known from ${what}`, async () => {
      answers = given;
      await wait();
      assert.deepEqual(lines, []);
      assert.deepEqual(
        daemon.requests.map(({ method }) => method).filter((method) => !IDENTITY.includes(method)),
        [...asked, "getblocktemplate"],
      );
    });
  }

  test("a missing fork is named; after an upgrade work begins by itself", async () => {
    answers = {
      ...chainInfo({ softforks: { bip65: {} } }),
      getblocktemplate: (request) => ok(request, rawTemplate({ rules: [] })),
    };
    const waiting = wait();
    for (let i = 0; i < 31; i++) {
      await clock.untilWaiting(1_000);
      clock.advance(1_000);
    }
    await clock.untilWaiting(1_000);
    const line =
      "waiting for the coin daemon: it does not know the soft forks csv, segwit; upgrade it, or use --allow-obsolete-bitcoind";
    assert.deepEqual(lines, [line, line], "at once, and again after half a minute");
    answers = chainInfo({ softforks: { bip65: {}, csv: {}, segwit: {} } });
    clock.advance(1_000);
    await waiting;
    assert.deepEqual(lines.slice(2), ["the coin daemon can be mined on now"]);
  });

  test("an obsolete daemon may be allowed", async () => {
    answers = { ...chainInfo({}), getblocktemplate: (request) => ok(request, rawTemplate({ rules: ["!segwit"] })) };
    await wait({ allowObsolete: true });
    assert.deepEqual(lines, ["the coin daemon does not know the soft forks bip65, csv: its blocks may be invalid"]);
  });

  const FAULTS: [what: string, given: Answers, says: RegExp, net?: string][] = [
    ["another chain", chainInfo({ chain: "test" }), /it is on the chain test, and bitcoin is on main$/],
    [
      "another coin",
      { getblockheader: (r) => refusal(r, -5, "Block not found") },
      /does not know the first block of bitcoin/,
    ],
    [
      "another fork of the chain",
      { getblockheader: (r) => (r.params[0] === BITCOIN_CASH ? refusal(r, -5, "Block not found") : ok(r, {})) },
      /does not know block 0{18}19f112ec0a9982926f1258cdcc558dd7c3b7e5dc7fa148: it is on another fork/,
    ],
    [
      "a chain that is being downloaded",
      chainInfo({ blocks: 5, headers: 1000, initialblockdownload: true, verificationprogress: 0.0123 }),
      /it is downloading the chain: block 5 of 1000, 1\.2 %$/,
    ],
    ["blocks that lag behind", chainInfo({ blocks: 998, headers: 1000 }), /downloading the chain: block 998 of 1000$/],
    [
      "an old version",
      { getnetworkinfo: (r) => ok(r, { ...NODE, version: 99_900 }) },
      /its version 99900 is too old, 100000 is/,
    ],
    [
      "nobody but us as a peer",
      { getnetworkinfo: (r) => ok(r, { ...NODE, connections: 1 }) },
      /it is not connected to any node of the coin/,
    ],
    [
      "no template",
      { getblocktemplate: (r) => refusal(r, -9, "Bitcoin is not connected!") },
      /Bitcoin is not connected!$/,
    ],
    [
      "a template that contradicts itself",
      { getblocktemplate: (r) => ok(r, rawTemplate({ default_witness_commitment: "6a" })) },
      /default_witness_commitment: is not the commitment/,
    ],
  ];
  for (const [what, given, says] of FAULTS) {
    test(`${what} is waited out`, async () => {
      const forks = { softforks: { bip65: {}, csv: {}, segwit: {} } };
      const usual = chainInfo(forks);
      answers = { ...usual, ...given };
      const waiting = wait();
      await clock.untilWaiting(1_000);
      assert.equal(lines.length, 1);
      assert.match(lines[0]!, /^waiting for the coin daemon: /);
      assert.match(lines[0]!, says);
      assert.match(group.waitingFor ?? "", says);
      answers = usual;
      clock.advance(1_000);
      assert.equal(await waiting, true);
      assert.equal(group.waitingFor, null);
      assert.deepEqual(lines.slice(1), ["the coin daemon can be mined on now"]);
    });
  }

  test("counting blocks is no news", async () => {
    let blocks = 0;
    answers = { getblockchaininfo: (r) => ok(r, { ...CHAIN, blocks: blocks++, headers: 1000 }) };
    const waiting = wait();
    for (let i = 0; i < 30; i++) {
      await clock.untilWaiting(1_000);
      clock.advance(1_000);
    }
    await clock.untilWaiting(1_000);
    assert.deepEqual(lines, [
      "waiting for the coin daemon: it is downloading the chain: block 0 of 1000",
      "waiting for the coin daemon: it is downloading the chain: block 30 of 1000",
    ]);
    assert.match(group.waitingFor ?? "", /block 30 of 1000$/);
    await group.stop();
    assert.equal(await waiting, false);
  });

  test("a daemon is not at fault for methods that it does not have", async () => {
    const missing = (r: FakeRequest): FakeReply => refusal(r, -32601, "Method not found");
    answers = { getblockchaininfo: missing, getnetworkinfo: missing, getblockheader: missing };
    assert.equal(await wait({ softforksRequired: [] }), true);
    assert.deepEqual(lines, []);
  });

  test("on a regtest chain neither peers nor headers are waited for", async () => {
    answers = {
      ...chainInfo({ chain: "regtest", headers: 1000, initialblockdownload: true }),
      getnetworkinfo: (r) => ok(r, { ...NODE, connections: 0 }),
    };
    assert.equal(await wait({ softforksRequired: [], net: "bitcoin_regtest" }), true);
  });

  test("what the daemon says is passed on, each new reason at once", async () => {
    answers = { getblockchaininfo: (request) => refusal(request, -28, "Loading block index…") };
    const waiting = wait();
    await clock.untilWaiting(1_000);
    answers = { getblockchaininfo: (request) => refusal(request, -28, "Verifying blocks…") };
    clock.advance(1_000);
    await clock.untilWaiting(1_000);
    answers = { getblockchaininfo: (request) => ok(request, { chain: "main" }) };
    clock.advance(1_000);
    await clock.untilWaiting(1_000);
    answers = { getblockchaininfo: () => ({ status: 401, body: "" }) };
    clock.advance(1_000);
    // Refused credentials fill the daemon's log: less often.
    await clock.untilWaiting(10_000);
    assert.match(lines[2] ?? "", /result\.blocks: /);
    lines.splice(2, 1);
    assert.deepEqual(lines, [
      "waiting for the coin daemon: Loading block index…",
      "waiting for the coin daemon: Verifying blocks…",
      "waiting for the coin daemon: the daemon refuses the user name or password",
    ]);
    await group.stop();
    assert.equal(await waiting, false);
  });

  test("ends when stopped, also while nobody answers", async () => {
    daemon.script = () => null;
    const waiting = wait();
    setImmediate(() => void group.stop());
    assert.equal(await waiting, false);
    assert.deepEqual(lines, []);
  });
});
