import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  AuthError,
  BusyError,
  ConnectionError,
  MethodNotFoundError,
  ProtocolError,
  type RpcClientError,
  RpcError,
  type RpcErrorData,
} from "../../../src/daemon/rpc/index.js";
import { interpretSubmitResult, submitBlock } from "../../../src/daemon/submit-block.js";
import type { Logger } from "../../../src/platform/log.js";
import { ManualClock } from "../../support/daemon-clock.js";

const BLOCK = Uint8Array.of(0xde, 0xad);
const DATA = { method: "submitblock", endpoint: "http://127.0.0.1/", durationMs: 1 };

type Step = string | null | Error;

/** A daemon that answers by a list; the last entry stays. */
function scripted(...steps: Step[]): {
  calls: string[];
  answerWith(step: Step): void;
  submitBlock(hex: string): Promise<string | null>;
  submitBlockByTemplate(hex: string): Promise<string | null>;
} {
  const calls: string[] = [];
  const answer = async (name: string, hex: string): Promise<string | null> => {
    calls.push(`${name} ${hex}`);
    const step = steps.length > 1 ? steps.shift()! : steps[0]!;
    if (step instanceof Error) throw step;
    return step;
  };
  return {
    calls,
    answerWith: (step) => {
      steps = [step];
    },
    submitBlock: (hex) => answer("submitblock", hex),
    submitBlockByTemplate: (hex) => answer("template", hex),
  };
}

function error(
  Class: new (message: string, data: RpcErrorData) => RpcClientError,
  code: RpcErrorData["code"],
  message: string,
  rpcCode?: number,
): Error {
  return new Class(message, { ...DATA, code, ...(rpcCode === undefined ? {} : { rpcCode }) });
}

const refused = error(ConnectionError, "RPC_CONNECTION", "nobody listens");

describe("submitting a block (spec/07 §11.2)", () => {
  const meanings: [string | null, boolean, string | null][] = [
    [null, true, null],
    ["duplicate", true, "duplicate"],
    ["inconclusive", true, "inconclusive"],
    ["duplicate-inconclusive", true, "duplicate-inconclusive"],
    ["rejected: duplicate", true, "duplicate"],
    ["duplicate-invalid", false, "duplicate-invalid"],
    ["high-hash", false, "high-hash"],
    ["bad-txnmrklroot", false, "bad-txnmrklroot"],
    ["rejected", false, "rejected"],
    ["rejected: bad-prevblk", false, "bad-prevblk"],
  ];
  for (const [result, accepted, reason] of meanings) {
    test(`${result} means ${accepted ? "accepted" : "refused"}`, () => {
      assert.deepEqual(interpretSubmitResult(result), { accepted, reason });
    });
  }

  test("leaves within the same turn", async () => {
    const rpc = scripted(null);
    const result = submitBlock(BLOCK, { rpc, clock: new ManualClock() });
    assert.deepEqual(rpc.calls, ["submitblock dead"]);
    assert.deepEqual(await result, { accepted: true, reason: null, judged: true, attempts: 1 });
  });

  test("without submitblock it goes by getblocktemplate", async () => {
    const rpc = scripted(error(MethodNotFoundError, "RPC_METHOD_NOT_FOUND", "Method not found", -32601), null);
    assert.equal((await submitBlock(BLOCK, { rpc, clock: new ManualClock() })).accepted, true);
    assert.deepEqual(rpc.calls, ["submitblock dead", "template dead"]);
  });

  test("an error of the daemon is a verdict", async () => {
    const clock = new ManualClock();
    const decode = scripted(error(RpcError, "RPC_ERROR", "Block decode failed", -22));
    assert.deepEqual(await submitBlock(BLOCK, { rpc: decode, clock }), {
      accepted: false,
      reason: "Block decode failed",
      judged: true,
      attempts: 1,
    });
    const known = scripted(error(RpcError, "RPC_VERIFY_REJECTED", "already in chain", -27));
    assert.equal((await submitBlock(BLOCK, { rpc: known, clock })).accepted, true);
  });

  test("what is no answer is tried again after 1, 2, 5 and then every 10 s", async () => {
    const clock = new ManualClock();
    const rpc = scripted(
      refused,
      error(BusyError, "RPC_BUSY", "busy"),
      error(ProtocolError, "RPC_PROTOCOL", "the answer is no JSON-RPC reply"),
      error(AuthError, "RPC_AUTH", "the daemon refuses the user name or password"),
      error(RpcError, "RPC_ERROR", "out of memory", -7),
      "duplicate",
    );
    const result = submitBlock(BLOCK, { rpc, clock });
    for (const pause of [1_000, 2_000, 5_000, 10_000, 10_000]) {
      await clock.untilWaiting(pause);
      clock.advance(pause);
    }
    assert.deepEqual(await result, { accepted: true, reason: "duplicate", judged: true, attempts: 6 });
  });

  test("a daemon that does not know the block before it has not judged", async () => {
    const clock = new ManualClock();
    const rpc = scripted("prev-blk-not-found", "rejected: prev-blk-not-found", null);
    const result = submitBlock(BLOCK, { rpc, clock });
    for (const pause of [1_000, 2_000]) {
      await clock.untilWaiting(pause);
      clock.advance(pause);
    }
    assert.deepEqual(await result, { accepted: true, reason: null, judged: true, attempts: 3 });
  });

  test("after ten minutes once a minute, without end; the same trouble is logged every five minutes", async () => {
    const clock = new ManualClock();
    const started = clock.monotonicMs();
    const lines: string[] = [];
    const logger = { error: (_data: unknown, text: string) => void lines.push(text) } as unknown as Logger;
    const rpc = scripted(refused);
    const result = submitBlock(BLOCK, { rpc, clock, logger });
    while (clock.monotonicMs() - started < 600_000) await clock.advanceToNext(60_000);
    const attempts = rpc.calls.length;
    assert.ok(attempts >= 60, `${attempts} attempts in ten minutes`);
    for (let i = 0; i < 20; i++) assert.equal(await clock.advanceToNext(100_000), 60_000);
    assert.equal(rpc.calls.length, attempts + 20);
    // Half an hour, in which attempts fall a little after the full five minutes.
    assert.equal(lines.length, 6, lines.join("\n"));
    rpc.answerWith(null);
    await clock.advanceToNext(100_000);
    assert.deepEqual(await result, { accepted: true, reason: null, judged: true, attempts: attempts + 21 });
    assert.equal(clock.size, 0);
  });

  test("ends when stopped, and throws what is no error of the daemon", async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const result = submitBlock(BLOCK, { rpc: scripted(refused), clock, signal: controller.signal });
    await clock.untilWaiting(1_000);
    controller.abort();
    assert.deepEqual(await result, { accepted: false, reason: "stopped", judged: false, attempts: 1 });
    assert.equal(clock.size, 0);
    await assert.rejects(submitBlock(BLOCK, { rpc: scripted(new TypeError("bug")), clock }), TypeError);
  });
});
