import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeChecks } from "../../../src/cli/commands/doctor-report.js";
import { InvalidAddressOrKeyError } from "../../../src/daemon/rpc/index.js";
import { ok, problem, unknown, warning } from "../../../src/node/doctor/check.js";
import { blocksCheck, compareBlocks } from "../../../src/node/doctor/compare-blocks.js";
import { machineChecks } from "../../../src/node/doctor/machine-checks.js";
import { type PeerFindings, peerChecks } from "../../../src/node/doctor/peer-checks.js";

const PEER = { address: "1.2.3.4:9333", software: "p2pool-ts/0.1.0", group: "1.2" };

function verdicts(changes: Partial<PeerFindings>): [string, string][] {
  const findings: PeerFindings = {
    connected: [PEER, { ...PEER, group: "5.6" }, { ...PEER, group: "7.8" }],
    persist: true,
    seenAt: "9.9.9.9",
    wasCalled: true,
    port: 9333,
    isReached: null,
    newestAhead: -25,
    votes: [35n, 35n],
    ...changes,
  };
  return peerChecks(findings).map(({ name, verdict }) => [name, verdict]);
}

const FINE: [string, string][] = [
  ["other nodes", "ok"],
  ["reachable", "ok"],
  ["others' clocks", "ok"],
  ["version votes", "ok"],
];

describe("doctor: other nodes", () => {
  const cases: [string, Partial<PeerFindings>, string, string][] = [
    ["none, where that stops mining", { connected: [] }, "other nodes", "problem"],
    ["none, where it does not", { connected: [], persist: false }, "other nodes", "warning"],
    ["two", { connected: [PEER, { ...PEER, group: "5.6" }] }, "other nodes", "warning"],
    ["three of one network", { connected: [PEER, PEER, PEER] }, "other nodes", "warning"],
    ["the port is taken", { port: null }, "reachable", "warning"],
    ["nobody has called, and it could not be tried", { wasCalled: false, seenAt: null }, "reachable", "unknown"],
    ["nobody has called, and no answer from outside", { wasCalled: false, isReached: false }, "reachable", "unknown"],
    ["this machine's clock is behind", { newestAhead: 90 }, "others' clocks", "warning"],
    ["this machine's clock is far behind", { newestAhead: 400 }, "others' clocks", "problem"],
    ["shares that say nothing of clocks", { newestAhead: -4_000 }, "others' clocks", "unknown"],
    ["no share, no clock", { newestAhead: null }, "others' clocks", "unknown"],
    ["a majority for a version that nobody knows", { votes: [99n, 99n, 35n] }, "version votes", "problem"],
    ["no share was seen", { votes: [] }, "version votes", "unknown"],
  ];
  test("all is well", () => assert.deepEqual(verdicts({}), FINE));
  test("reached by the address that others see", () => {
    assert.deepEqual(verdicts({ wasCalled: false, isReached: true }), FINE);
  });
  test("one node of a test network", () => assert.deepEqual(verdicts({ connected: [PEER], persist: false }), FINE));
  for (const [name, changes, check, verdict] of cases) {
    test(name, () => {
      assert.deepEqual(
        verdicts(changes),
        FINE.map(([other, fine]) => [other, other === check ? verdict : fine]),
      );
    });
  }
});

describe("doctor: the coin's chain", () => {
  const heights: Record<string, [height: number, confirmations: number]> = {
    aa: [100, 2],
    bb: [101, 1],
    cc: [101, -1],
    dd: [100, -1],
  };
  const rpc = {
    getBlockHeader: async (hash: string) => {
      const [height, confirmations] = heights[hash] ?? [];
      if (height === undefined) {
        throw new InvalidAddressOrKeyError("Block not found", {
          code: "RPC_INVALID_ADDRESS_OR_KEY",
          method: "getblockheader",
          endpoint: "",
          durationMs: 0,
        });
      }
      return { height, confirmations };
    },
  } as unknown as Parameters<typeof compareBlocks>[0];
  const look = async (...blocks: string[]) => {
    const { verdict, text } = blocksCheck(await compareBlocks(rpc, blocks));
    return `${verdict}: ${text}`;
  };

  test("the daemon's own blocks, and one that lost", async () => {
    assert.match(await look("bb", "bb", "aa"), /^ok: .* up to height 101$/);
    assert.match(await look("bb", "aa", "cc"), /^ok: /);
  });
  test("blocks that it does not have, or has beside its best chain", async () => {
    assert.match(await look("ff", "ee", "aa"), /^problem: .* block ff, which this coin daemon does not have/);
    assert.match(await look("cc", "dd", "aa"), /^problem: .* block cc, which is beside this coin daemon's best chain/);
  });
  test("nothing to compare with", async () => assert.match(await look(), /^unknown: /));
});

test("doctor: a data folder that cannot be made, and more connections than descriptors", async () => {
  const [folder, limit] = await machineChecks({ directory: "/dev/null/data", connections: 1e9 });
  assert.equal(folder?.verdict, "problem");
  assert.match(folder?.text ?? "", /^\/dev\/null\/data cannot be written: ENOTDIR/);
  assert.match(limit?.text ?? "", /1000000000 connections|does not say/);
  assert.ok(limit?.verdict === (process.platform === "linux" ? "warning" : "unknown"));
});

test("doctor: the report", () => {
  const checks = [
    ok("clock", "2 seconds"),
    unknown("reachable", "who knows"),
    warning("disk", "full"),
    problem("coin daemon", "away"),
  ];
  assert.deepEqual(describeChecks(checks), [
    "ok       clock        2 seconds",
    "?        reachable    who knows",
    "WARNING  disk         full",
    "PROBLEM  coin daemon  away",
    "1 check passed, 1 could not be made, 1 warning, 1 problem",
  ]);
});
