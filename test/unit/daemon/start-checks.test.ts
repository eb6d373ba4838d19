import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { RpcClient } from "../../../src/daemon/rpc/index.js";
import { waitForDaemon } from "../../../src/daemon/start-checks.js";
import { networkByName } from "../../../src/networks/index.js";
import type { Logger } from "../../../src/platform/log.js";
import { ManualClock } from "../../support/daemon-clock.js";
import { FakeDaemon, type FakeReply, type FakeRequest, ok, refusal } from "../../support/daemon-fake.js";
import { rawTemplate } from "../../support/daemon-template.js";

const NETWORK = networkByName("bitcoin");
const CHAIN = { chain: "main", blocks: 1, headers: 1, bestblockhash: "00".repeat(32) };

type Answers = Record<string, (request: FakeRequest) => FakeReply>;

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
  let ending: AbortController;

  beforeEach(async () => {
    answers = {};
    lines = [];
    clock = new ManualClock();
    ending = new AbortController();
    daemon = await FakeDaemon.start((request) => {
      const answer = answers[request.method];
      return answer === undefined ? refusal(request, -32601, "Method not found") : answer(request);
    });
    rpc = new RpcClient({ url: daemon.url });
  });

  afterEach(async () => {
    rpc.close();
    await daemon.stop();
    assert.equal(clock.size, 0, "timers are left");
  });

  function wait(changes: { readonly allowObsolete?: boolean; readonly softforksRequired?: string[] } = {}) {
    const note = (_data: unknown, text: string): void => void lines.push(text);
    const log = { info: note, warn: note } as unknown as Logger;
    const { allowObsolete = false, softforksRequired = ["bip65", "csv", "segwit"] } = changes;
    const network = { coin: NETWORK.coin, softforksRequired };
    return waitForDaemon({ rpc, network, allowObsolete, clock, log, signal: ending.signal });
  }

  for (const [what, given, asked] of FORKS) {
    test(`soft forks are known from ${what}`, async () => {
      answers = given;
      await wait();
      assert.deepEqual(lines, []);
      assert.deepEqual(
        daemon.requests.map(({ method }) => method),
        asked,
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

  test("a coin without required forks needs no answer", async () => {
    await wait({ softforksRequired: [] });
    assert.equal(daemon.requests.length, 0);
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
    ending.abort();
    await waiting;
  });

  test("ends when stopped, also while nobody answers", async () => {
    daemon.script = () => null;
    const waiting = wait();
    setImmediate(() => ending.abort());
    await waiting;
    assert.deepEqual(lines, []);
    await wait();
  });
});
