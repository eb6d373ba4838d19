import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  BusyError,
  ConnectionError,
  MethodNotFoundError,
  type RpcClientError,
  RpcError,
  type RpcErrorData,
} from "../../../src/daemon/rpc/index.js";
import { interpretSubmitResult, submitBlock } from "../../../src/daemon/submit-block.js";
import { ManualClock } from "../../support/daemon-clock.js";

const BLOCK = Uint8Array.of(0xde, 0xad);
const DATA = { method: "submitblock", endpoint: "http://127.0.0.1/", durationMs: 1 };

type Step = string | null | Error;

/** A daemon that answers by a list; the last entry stays. */
function scripted(...steps: Step[]): {
  calls: string[];
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

  test("while the daemon cannot be reached it is tried every 10 s", async () => {
    const clock = new ManualClock();
    const rpc = scripted(refused, error(BusyError, "RPC_BUSY", "busy"), "duplicate");
    const result = submitBlock(BLOCK, { rpc, clock });
    for (let i = 0; i < 2; i++) {
      await clock.untilWaiting(10_000);
      clock.advance(10_000);
    }
    assert.deepEqual(await result, { accepted: true, reason: "duplicate", judged: true, attempts: 3 });
  });

  test("gives up after ten retries", async () => {
    const clock = new ManualClock();
    const rpc = scripted(refused);
    const result = submitBlock(BLOCK, { rpc, clock });
    for (let i = 0; i < 10; i++) {
      await clock.untilWaiting(10_000);
      clock.advance(10_000);
    }
    assert.deepEqual(await result, { accepted: false, reason: "nobody listens", judged: false, attempts: 11 });
    assert.equal(rpc.calls.length, 11);
    assert.equal(clock.size, 0);
  });

  test("ends when stopped, and throws what is no error of the daemon", async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const result = submitBlock(BLOCK, { rpc: scripted(refused), clock, signal: controller.signal });
    await clock.untilWaiting(10_000);
    controller.abort();
    assert.deepEqual(await result, { accepted: false, reason: "stopped", judged: false, attempts: 1 });
    assert.equal(clock.size, 0);
    await assert.rejects(submitBlock(BLOCK, { rpc: scripted(new TypeError("bug")), clock }), TypeError);
  });
});
