import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { Template } from "../../../src/bitcoin/template.js";
import { RpcClient } from "../../../src/daemon/rpc/index.js";
import { TemplateSource } from "../../../src/daemon/template-source.js";
import { bitcoinDemo } from "../../../src/networks/coins/bitcoin.js";
import { litecoinRegtest } from "../../../src/networks/coins/litecoin.js";
import type { Logger } from "../../../src/platform/log.js";
import { ManualClock } from "../../support/daemon-clock.js";
import { FakeDaemon, type FakeReply, type FakeRequest, ok, refusal } from "../../support/daemon-fake.js";
import { rawTemplate } from "../../support/daemon-template.js";

const POLL_MS = 15_000;
const RETRY_MS = 3_000;

const block = (n: number): string => n.toString(16).padStart(64, "0");

describe("template source", () => {
  let clock: ManualClock;
  let daemon: FakeDaemon;
  let rpc: RpcClient;
  let source: TemplateSource;
  let lines: string[];
  /** What the next polls get; the last one stays. */
  let answers: ((request: FakeRequest) => FakeReply)[];
  /** Long polls that wait, with the way to answer them. */
  let longPolls: { readonly id: unknown; answer(reply: (request: FakeRequest) => FakeReply): void }[];
  let whenChanged: () => void;

  beforeEach(async () => {
    clock = new ManualClock();
    lines = [];
    longPolls = [];
    whenChanged = () => {};
    answers = [template(1)];
    daemon = await FakeDaemon.start((request) => {
      const id = (request.params[0] as { longpollid?: string }).longpollid;
      if (id === undefined) return (answers.length > 1 ? answers.shift()! : answers[0]!)(request);
      return new Promise((resolve) => {
        longPolls.push({ id, answer: (reply) => resolve(reply(request)) });
        whenChanged();
      });
    });
    // No time-outs of the client on this clock: they have tests of their own.
    rpc = new RpcClient({ url: daemon.url });
    const note = (_data: unknown, text: string): void => void lines.push(text);
    const logger = { info: note, warn: note, error: note } as unknown as Logger;
    source = new TemplateSource({ rpc, coin: bitcoinDemo, clock, logger });
  });

  afterEach(async () => {
    await source.stop();
    assert.equal(clock.size, 0, "timers are left");
    rpc.close();
    await daemon.stop();
  });

  function template(tip: number, changes: Record<string, unknown> = {}): (request: FakeRequest) => FakeReply {
    const raw = rawTemplate({ previousblockhash: block(tip), height: 100 + tip, longpollid: `lp${tip}`, ...changes });
    return (request) => ok(request, raw);
  }

  const failing =
    (code: number, message: string) =>
    (request: FakeRequest): FakeReply =>
      refusal(request, code, message);

  function next(): Promise<Template> {
    return new Promise((resolve) => {
      const unsubscribe = source.subscribe((value) => {
        unsubscribe();
        resolve(value);
      });
    });
  }

  function untilLongPolls(count: number): Promise<void> {
    return new Promise((resolve) => {
      whenChanged = () => {
        if (longPolls.length >= count) resolve();
      };
      whenChanged();
    });
  }

  test("does nothing before its start; then gives a template and asks again every 15 s", async () => {
    assert.deepEqual([source.current, source.lastContact], [null, null]);
    assert.equal(daemon.requests.length, 0);
    const first = next();
    source.start();
    assert.equal((await first).height, 101);
    assert.equal(source.current?.height, 101);
    assert.equal(source.lastContact, clock.now());
    assert.deepEqual(daemon.requests[0]?.params, [{ rules: ["segwit"] }]);

    await clock.untilWaiting(POLL_MS);
    const second = next();
    clock.advance(POLL_MS);
    assert.equal((await second).receivedAt, clock.now());
    assert.deepEqual(lines, []);
  });

  test("asks for the rules of the coin", async () => {
    const litecoin = new TemplateSource({ rpc, coin: litecoinRegtest, clock });
    const first = new Promise((resolve) => litecoin.subscribe(resolve));
    litecoin.start();
    await first;
    assert.deepEqual(daemon.requests[0]?.params, [{ rules: litecoinRegtest.daemon.templateRules }]);
    assert.deepEqual([...litecoinRegtest.daemon.templateRules].sort(), ["mweb", "segwit"]);
    await litecoin.stop();
  });

  test("a long poll brings a new block at once, and the next one waits for the one after", async () => {
    source.start();
    await untilLongPolls(1);
    assert.equal(longPolls[0]?.id, "lp1");
    const coming = next();
    longPolls[0]?.answer(template(2));
    assert.equal((await coming).previousBlock, block(2));
    await untilLongPolls(2);
    assert.equal(longPolls[1]?.id, "lp2");
  });

  test("a daemon that answers long polls at once without news is not asked all the time", async () => {
    source.start();
    await untilLongPolls(1);
    longPolls[0]?.answer(template(1));
    await clock.untilWaiting(1_000);
    assert.equal(longPolls.length, 1);
    clock.advance(1_000);
    await untilLongPolls(2);
  });

  test("an answer that was overtaken by a long poll is not taken", async () => {
    source.start();
    await untilLongPolls(1);
    await clock.untilWaiting(POLL_MS);
    const seen: string[] = [];
    source.subscribe(({ previousBlock }) => seen.push(previousBlock));
    const gotNews = next();
    // The daemon makes this answer before the block and delivers it after it.
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const script = daemon.script;
    const asked = new Promise<void>((resolve) => {
      daemon.script = async (request) => {
        daemon.script = script;
        resolve();
        await held;
        return template(1)(request);
      };
    });
    clock.advance(POLL_MS);
    await asked;
    longPolls[0]?.answer(template(2));
    await gotNews;
    answers = [template(2)];
    const afterwards = next();
    release();
    await afterwards;
    assert.deepEqual(seen, [block(2), block(2)]);
  });

  test("an announced block makes it ask at once, and again until the template follows", async () => {
    source.start();
    await untilLongPolls(1);
    await clock.untilWaiting(POLL_MS);
    const poll = next();
    source.blockAnnounced();
    source.blockAnnounced();
    assert.equal((await poll).previousBlock, block(1));
    await clock.untilWaiting(500);
    const followUp = next();
    answers = [template(2)];
    clock.advance(500);
    assert.equal((await followUp).previousBlock, block(2));
    await clock.untilWaiting(POLL_MS);
    assert.equal(daemon.requests.filter(({ body }) => !body.includes("longpollid")).length, 3);
  });

  test("after an error the old template stays, and one line says so until all is well", async () => {
    source.start();
    await untilLongPolls(1);
    await clock.untilWaiting(POLL_MS);
    const contact = source.lastContact;
    answers = [failing(-28, "Loading block index…")];
    clock.advance(POLL_MS);
    for (let i = 0; i < 4; i++) {
      await clock.untilWaiting(RETRY_MS);
      assert.equal(source.current?.height, 101);
      assert.equal(source.lastContact, contact);
      assert.match(String(source.lastError), /Loading block index/);
      clock.advance(RETRY_MS);
    }
    await clock.untilWaiting(RETRY_MS);
    assert.deepEqual(lines, ["getting a block template failed: Loading block index…"]);
    // Another kind is another line.
    answers = [failing(-9, "Not connected")];
    clock.advance(RETRY_MS);
    await clock.untilWaiting(RETRY_MS);
    assert.equal(lines.length, 2);
    answers = [template(2)];
    const coming = next();
    clock.advance(RETRY_MS);
    await coming;
    assert.equal(source.lastError, null);
    assert.equal(lines.at(-1), "the daemon gives templates again");
  });

  test("a lasting error gets a line every five minutes", async () => {
    answers = [failing(-10, "Initial download")];
    source.start();
    for (let passed = 0; passed < 600_000; passed += RETRY_MS) {
      await clock.untilWaiting(RETRY_MS);
      clock.advance(RETRY_MS);
    }
    await clock.untilWaiting(RETRY_MS);
    assert.equal(source.current, null);
    assert.ok(lines.length >= 2 && lines.length <= 3, lines.join());
  });

  test("nonsense is an error that names the member", async () => {
    answers = [template(1, { bits: "00000000" })];
    source.start();
    await clock.untilWaiting(RETRY_MS);
    answers = [template(1, { coinbasevalue: "much" })];
    clock.advance(RETRY_MS);
    await clock.untilWaiting(RETRY_MS);
    assert.match(lines[0] ?? "", /bits: no usable target/);
    assert.match(lines[1] ?? "", /result\.coinbasevalue: /);
  });

  test("a missing height is that of the previous block and one more", async () => {
    const script = daemon.script;
    daemon.script = (request, response) => {
      if (request.method !== "getblock") return script(request, response);
      assert.deepEqual(request.params, [block(1), 1]);
      return ok(request, { hash: block(1), confirmations: 1, height: 41, time: 5, tx: [] });
    };
    answers = [template(1, { height: undefined })];
    const first = next();
    source.start();
    assert.equal((await first).height, 42);
  });

  test("a failing listener does not keep the others from the template", async () => {
    source.subscribe(() => {
      throw new Error("oops");
    });
    const first = next();
    source.start();
    await first;
    assert.deepEqual(lines, ["a listener for block templates failed"]);
  });

  test("more than the subsidy and the fees is worth a line, once", async () => {
    answers = [template(1, { coinbasevalue: 5_000_000_031 })];
    const first = next();
    source.start();
    await first;
    await clock.untilWaiting(POLL_MS);
    const second = next();
    clock.advance(POLL_MS);
    await second;
    assert.deepEqual(lines, ["the template pays more than expected"]);
  });

  test("a rule that does not bind is worth a line, once; one that does is left to the work maker", async () => {
    answers = [template(1, { rules: ["csv", "!segwit", "newer", "!new"] })];
    for (let i = 0; i < 2; i++) {
      const coming = next();
      if (i === 0) source.start();
      else clock.advance(POLL_MS);
      assert.deepEqual((await coming).rules, ["csv", "!segwit", "newer", "!new"]);
      await clock.untilWaiting(POLL_MS);
    }
    assert.deepEqual(lines, ["the template has a rule that this version does not know, and may be mined without it"]);
  });

  test("a template that does not fit itself is not taken", async () => {
    answers = [template(1)];
    const first = next();
    source.start();
    await first;
    await clock.untilWaiting(POLL_MS);
    answers = [template(2, { default_witness_commitment: `6a24aa21a9ed${"00".repeat(32)}` })];
    clock.advance(POLL_MS);
    await clock.untilWaiting(RETRY_MS);
    assert.equal(source.current?.previousBlock, block(1));
    assert.match(lines.join(), /^getting a block template failed: default_witness_commitment: is not the commitment/);
  });

  test("a long poll whose connection breaks makes it ask at once whether the daemon is lost", async () => {
    source.start();
    await untilLongPolls(1);
    await clock.untilWaiting(POLL_MS);
    answers = [failing(-28, "Loading block index…")];
    daemon.closeConnections();
    // The clock stands still: this is no poll that was due.
    while (source.lastError === null) await new Promise((resolve) => setImmediate(resolve));
    assert.match(String(source.lastError), /Loading block index/);
  });

  test("stopping ends the calls under way and calls no listener any more", async () => {
    source.start();
    await untilLongPolls(1);
    await clock.untilWaiting(POLL_MS);
    let called = 0;
    source.subscribe(() => called++);
    const stopped = source.stop();
    longPolls[0]?.answer(template(2));
    await stopped;
    await source.stop();
    assert.equal(called, 0);
    assert.deepEqual(lines, []);
  });

  test("stopping before the start, and while nothing answers", async () => {
    daemon.script = () => null;
    const other = new TemplateSource({ rpc, coin: bitcoinDemo, clock });
    await other.stop();
    source.start();
    await source.stop();
    assert.equal(source.current, null);
  });
});
