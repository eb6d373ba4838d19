import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { networkByName } from "../../../../src/networks/index.js";
import { findWarnings } from "../../../../src/node/warnings/watch.js";
import type { StretchFigures } from "../../../../src/stats/chain-figures.js";
import { type Changes, factsWith } from "./support.js";

const NOW = factsWith().now;
const ago = (seconds: number): number => NOW - seconds;
const figures = (changes: object): NonNullable<Changes["chain"]> => {
  return { figures: { ...factsWith().chain.figures, ...changes } };
};
const stretch = (changes: Partial<StretchFigures>): StretchFigures => changes as StretchFigures;
const votes = (byVersion: [bigint, bigint][]): object => {
  return { votes: { byVersion: new Map(byVersion), total: byVersion.reduce((sum, [, work]) => sum + work, 0n) } };
};
const testnet = networkByName("bitcoin_testnet");

describe("warnings (spec/08 §9, spec/12 A.3)", () => {
  test("a healthy node has none", () => assert.deepEqual(findWarnings(factsWith()), []));

  const raised: [string, Changes, ...[id: string, severity: string, text: RegExp][]][] = [
    [
      "a majority for a version that nobody knows",
      {
        chain: figures(
          votes([
            [35n, 40n],
            [99n, 60n],
          ]),
        ),
      },
      ["version_vote", "error", /^60 % of .* version 99, which/],
    ],
    [
      "shares of a version that nobody knows, from one node",
      { peers: { unknownShares: { version: 40n, senders: 1 } } },
      ["unknown_shares", "info", /^another node sends shares of version 40,/],
    ],
    [
      "shares of a version that nobody knows, from many",
      { peers: { unknownShares: { version: 40n, senders: 3 } } },
      ["unknown_shares", "warning", /^3 other nodes send shares of version 40,/],
    ],
    [
      "a pool without luck",
      { mining: { luck: [{ address: null, expected: 7, found: 0 }] } },
      ["luck", "warning", /^the pool's work should have been about 7 blocks and was 0,/],
    ],
    [
      "a miner without luck",
      {
        mining: {
          luck: [
            { address: null, expected: 800, found: 790 },
            { address: "1A", expected: 60, found: 45 },
            { address: "1B", expected: 40, found: 18 },
            { address: "1C", expected: 6.9, found: 0 },
          ],
        },
      },
      ["luck_address", "warning", /^the work of 1B should have been about 40 blocks and was 18,/],
    ],
    [
      "the daemon's own, but not that it is a test build",
      {
        daemon: { warnings: ["This is a pre-release test build - use at your own risk", "unknown new rules", "disk"] },
      },
      ["daemon_warning", "warning", /unknown new rules$/],
      ["daemon_warning_2", "warning", /disk$/],
    ],
    ["an old daemon", { daemon: { upgradeTo: "0.10.2.2" } }, ["daemon_version", "error", /0\.10\.2\.2 or later/]],
    [
      "a template of 61 seconds",
      { daemon: { secondsWithoutTemplate: 61 } },
      ["daemon_lost", "error", /for 61 seconds/],
    ],
    [
      "the coin's P2P is down",
      { daemon: { p2pDownSince: ago(600) } },
      ["coin_p2p_down", "warning", /--bitcoind-p2p-port/],
    ],
    [
      "little room for the generation transaction",
      { daemon: { weightLeft: 8000 }, mining: { gentxWeight: 27_200 } },
      ["coinbase_weight", "info", /leaves 8000 .* needs 27200.*blockreservedweight=30000.*blockmaxweight=3970000/],
    ],
    [
      "a refused block",
      { mining: { rejectedBlock: { hash: "ab", reason: "bad-cb-amount" } } },
      ["block_rejected", "error", /block ab: bad-cb-amount/],
    ],
    [
      "a chain of its own for twenty share periods",
      { chain: { differsSince: ago(600) } },
      ["chain_differs", "error", /another share chain for 10 minutes/],
    ],
    [
      "nobody builds on its shares",
      { chain: { ownInARow: 10, foreignShareAt: ago(700) } },
      ["private_fork", "error", /newest 10 shares of the chain are all of this node/],
    ],
    [
      "all shares from one peer",
      { peers: { tellers: 1, sharesTold: 20 } },
      ["one_source", "error", /last 20 shares of others came from one node, of 8 connected/],
    ],
    ["two peers", { peers: { count: 2, groups: 2 } }, ["few_peers", "warning", /connected to 2 other nodes only/]],
    [
      "no peer where that stops mining",
      { peers: { count: 0, groups: 0 } },
      ["few_peers", "error", /no work is handed out/],
    ],
    [
      "no peer where it does not",
      { peers: { count: 0, groups: 0 }, network: testnet },
      ["few_peers", "warning", /mines on a chain of its own/],
    ],
    ["peers of one network", { peers: { groups: 1 } }, ["peers_in_one_group", "warning", /all 8 other nodes/]],
    [
      "nobody has called for an hour",
      { peers: { lastIncomingAt: ago(3600) } },
      ["no_inbound", "warning", /to port 9333 for 60 minutes/],
    ],
    ["the port is taken", { peers: { boundPort: null } }, ["port_closed", "warning", /another program has it/]],
    ["many bans", { peers: { recentBans: 21 } }, ["ban_storm", "error", /21 nodes were banned/]],
    [
      "a lowest protocol that rose",
      { peers: { raisedProtocol: 3500 } },
      ["minimum_protocol", "info", /protocol 3500 or later/],
    ],
    [
      "a clock that is behind",
      { clock: { difference: 61.4 } },
      ["clock", "warning", /clock is 61 seconds behind others$/],
    ],
    [
      "a clock that is wrong",
      { clock: { difference: -400, isWrong: true } },
      ["clock", "error", /400 seconds ahead of others: set it/],
    ],
    [
      "a store that cannot write",
      { machine: { storeFailure: "ENOSPC", freeDiskBytes: 0 } },
      ["disk", "error", /nothing can be stored: ENOSPC/],
    ],
    [
      "a disk that says nothing",
      { machine: { slowWriteSeconds: 7.5, freeDiskBytes: 0 } },
      ["disk", "error", /said nothing for 7 seconds/],
    ],
    ["a disk that takes its time", { machine: { slowWriteSeconds: 4.9 } }],
    ["a disk that is nearly full", { machine: { freeDiskBytes: 499e6 } }, ["disk", "warning", /only 499 MB are free/]],
    [
      "descriptors that run out",
      { machine: { descriptors: { open: 820, limit: 1024 } } },
      ["descriptors", "warning", /820 of 1024/],
    ],
    [
      "memory that runs out",
      { machine: { memory: { usedBytes: 900e6, limitBytes: 1e9 } } },
      ["memory", "warning", /900 MB .* of 1000/],
    ],
    ["a loop that is held up", { machine: { longestPause: 0.6 } }, ["event_loop", "warning", /0\.6 seconds/]],
    ["a loop that stands", { machine: { longestPause: 6 } }, ["event_loop", "error", /6\.0 seconds/]],
    [
      "miners whose jobs are too long for them",
      { mining: { tooLong: [{ device: "Antminer S17 to S19", bytes: 755, workers: 9 }] } },
      ["coinbase_size", "warning", /can work with: 9 Antminer S17 to S19 \(about 755 bytes\)\./],
    ],
    ["more than 200 outputs", { mining: { gentxBytes: 7100 } }, ["coinbase_size", "info", /more than 200 outputs/]],
    [
      "one address with much of the work",
      {
        chain: figures({
          users: new Map([
            ["1Big", 0.3],
            ["1Small", 0.1],
          ]),
          recent: stretch({ count: 720 }),
        }),
      },
      ["dominant_address", "info", /30 % .* 1Big$/],
    ],
    [
      "one address with nearly half of it",
      { chain: figures({ users: new Map([["1Big", 0.45]]), recent: stretch({ count: 720 }) }) },
      ["dominant_address", "warning", /45 %/],
    ],
    [
      "more lost shares than chance explains",
      { chain: figures({ hour: stretch({ staleFraction: 0.05 }) }), mining: { own: { total: 100, stale: 30 } } },
      ["stale_rate", "warning", /30 of the 100 shares made here were lost, the pool loses 5 %/],
    ],
  ];
  for (const [name, changes, ...expected] of raised) {
    test(name, () => {
      const found = findWarnings(factsWith(changes));
      assert.deepEqual(
        found.map(({ id, severity }) => [id, severity]),
        expected.map(([id, severity]) => [id, severity]),
      );
      for (const [i, [, , text]] of expected.entries()) assert.match(found[i]!.text, text);
    });
  }

  const quiet: [string, Changes][] = [
    [
      "a majority for a version that is known",
      {
        chain: figures(
          votes([
            [35n, 40n],
            [36n, 60n],
          ]),
        ),
      },
    ],
    [
      "half of the votes for one that is not",
      {
        chain: figures(
          votes([
            [35n, 50n],
            [99n, 50n],
          ]),
        ),
      },
    ],
    ["a template of a minute", { daemon: { secondsWithoutTemplate: 60 } }],
    ["another chain for a while", { chain: { differsSince: ago(599) } }],
    ["own shares in a row, and others not long ago", { chain: { ownInARow: 30, foreignShareAt: ago(100) } }],
    ["a lone node's own shares", { chain: { ownInARow: 30, foreignShareAt: null }, peers: null }],
    ["few shares from one peer", { peers: { tellers: 1, sharesTold: 19 } }],
    ["few peers right after the start", { peers: { count: 0, groups: 0, boundPort: null }, startedAt: ago(30) }],
    ["two peers of a test network", { peers: { count: 2, groups: 1 }, network: testnet }],
    ["nobody calls a node that is not told of", { peers: { isAdvertised: false, lastIncomingAt: null } }],
    [
      "lost shares that may be chance",
      { chain: figures({ hour: stretch({ staleFraction: 0.05 }) }), mining: { own: { total: 20, stale: 4 } } },
    ],
    [
      "lost shares of a young node",
      { chain: figures({ hour: stretch({ staleFraction: 0.05 }) }), mining: { own: { total: 5, stale: 5 } } },
    ],
  ];
  for (const [name, changes] of quiet) {
    test(`none: ${name}`, () => assert.deepEqual(findWarnings(factsWith(changes)), []));
  }
});
