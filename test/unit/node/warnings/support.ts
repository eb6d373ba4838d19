import { networkByName } from "../../../../src/networks/index.js";
import type { WarningFacts } from "../../../../src/node/warnings/facts.js";

const NOW = 1_700_000_000;

type Part = "chain" | "clock" | "daemon" | "machine" | "mining";
export type Changes = { readonly [K in Part]?: Partial<WarningFacts[K]> } & {
  readonly peers?: Partial<NonNullable<WarningFacts["peers"]>> | null;
  readonly startedAt?: number;
  readonly network?: WarningFacts["network"];
};

/** A node of which nothing is to be said, with changes. It has run for a day. */
export function factsWith(changes: Changes = {}): WarningFacts {
  const figures = { best: null, recent: null, hour: null, users: new Map(), votes: null };
  const peers = {
    count: 8,
    groups: 8,
    lastIncomingAt: NOW,
    isAdvertised: true,
    boundPort: 9333,
    tellers: 4,
    sharesTold: 40,
    recentBans: 0,
    unknownShares: null,
    raisedProtocol: null,
  };
  return {
    now: NOW,
    startedAt: changes.startedAt ?? NOW - 86_400,
    network: changes.network ?? networkByName("bitcoin"),
    daemon: {
      warnings: [],
      upgradeTo: null,
      secondsWithoutTemplate: 5,
      p2pDownSince: null,
      weightLeft: 100_000,
      ...changes.daemon,
    },
    clock: { difference: 3, isWrong: false, ...changes.clock },
    chain: { figures, foreignShareAt: NOW - 20, ownInARow: 1, differsSince: null, ...changes.chain },
    peers: changes.peers === null ? null : { ...peers, ...changes.peers },
    mining: {
      gentxBytes: 700,
      gentxWeight: 2800,
      tooLong: [],
      workers: 3,
      own: { total: 0, stale: 0 },
      luck: [{ address: null, expected: 30, found: 25 }],
      rejectedBlock: null,
      ...changes.mining,
    },
    machine: {
      freeDiskBytes: 50e9,
      descriptors: { open: 60, limit: 1024 },
      memory: { usedBytes: 200e6, limitBytes: 8e9 },
      storeFailure: null,
      slowWriteSeconds: 0,
      longestPause: 0.02,
      ...changes.machine,
    },
  };
}
