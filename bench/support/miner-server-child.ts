import { encodeLegacyAddress } from "../../src/bitcoin/address.js";
import { bigIntToBytesBE } from "../../src/core/bytes.js";
import { bitsToTarget } from "../../src/core/compact.js";
import { hash160 } from "../../src/core/hash/index.js";
import { seededRandom } from "../../src/core/random.js";
import { createTemplate } from "../../src/daemon/template.js";
import type { PoolNetwork } from "../../src/networks/index.js";
import { systemClock } from "../../src/platform/clock.js";
import { keepHeapRoom } from "../../src/platform/heap-room.js";
import { createLogger } from "../../src/platform/log.js";
import { systemRandom } from "../../src/platform/random.js";
import {
  blockBranches,
  draftShare,
  type ShareNode,
  ShareRules,
  segwitData,
  Tracker,
  UnsolvedShare,
} from "../../src/sharechain/index.js";
import { decodeShare, proveShare } from "../../src/sharechain/share.js";
import { WorkMaker } from "../../src/work/work-maker.js";
import { Bans } from "../../src/workers/bans.js";
import { LIMITS } from "../../src/workers/limits.js";
import { policyOf } from "../../src/workers/policy.js";
import { WorkerPort } from "../../src/workers/port.js";
import { WorkerProcesses } from "../../src/workers/processes/worker-processes.js";
import { Seats } from "../../src/workers/stratum/seats.js";
import { StratumServer } from "../../src/workers/stratum/server.js";
import { WorkerTable } from "../../src/workers/worker-table.js";
import { blockTemplate, rawPayment } from "../../test/support/daemon-template.js";
import { chainNetwork, NOW } from "./chains.js";
import { answered, type ToServer, tell } from "./miner-servers.js";

// The miners' port with real jobs: a template of 3,000 transactions, and a share chain whose tip moves on command. Shares are so
// hard that no solution is one: they are minted without work, which only the entry point of a share asks for.

const TRANSACTIONS = 3000;
/** As many payees as make a generation transaction of about 2 kB. */
const PAYEES = 52;
/** Shares before the first tip: of so many the target is still the easiest, and afterwards each share has one of its own. */
const YOUNG = 202;
const TIPS = 400;
/** A little more often than shares are meant to come, so that they get harder. */
const SHARE_SECONDS = 29;
/** The bench's connections all come from here and at once. */
const limits = {
  ...LIMITS,
  acceptsPerSecond: 1e6,
  acceptBurst: 1e6,
  requestsPerSecond: 1e9,
  requestBurst: 1e9,
  connections: 100_000,
};

const network: PoolNetwork = { ...chainNetwork(), maxTarget: 1n << 190n };
const address = (index: number): string =>
  encodeLegacyAddress({ version: network.coin.addressVersion, hash: hash160(bigIntToBytesBE(BigInt(index), 8)) });

const rules = new ShareRules(network);
const tracker = new Tracker(rules);
const tips: ShareNode[] = [];
for (let i = 0; i < YOUNG + TIPS; i++) tips.push(mintUnworked(tips.at(-1) ?? null, address(i % PAYEES), i));

/** Stands still, so that the template does not grow old; worker processes have the real time. */
const STARTED = Math.floor(systemClock.now());
const clock = { ...systemClock, now: () => STARTED };
const work = new WorkMaker({
  tracker,
  drawAddress: () => address(0),
  now: clock.now,
  random: systemRandom,
  feePercent: 0,
  donationPercent: 0,
  coinbaseTexts: [],
  solo: true,
  peerCount: () => 0,
  knownCoins: [],
  effects: {
    block: () => {},
    mergedBlock: () => {},
    share: () => {},
    failed: (error) => {
      throw error;
    },
  },
});
work.setTemplate(
  createTemplate(
    blockTemplate({
      transactions: Array.from({ length: TRANSACTIONS }, (_, i) => rawPayment(i + 1)),
      bits: "17034219",
      height: 900_000,
      curtime: STARTED,
      mintime: STARTED - 3600,
    }),
    900_000,
    STARTED,
  ),
);
// As the program does.
keepHeapRoom(systemClock);
let next = YOUNG;
work.setBest(tips[next]!);
const log = createLogger("error");
// So many solutions are wanted that no rate is a flood.
const policy = policyOf({ shareSeconds: 1e-4, minDifficulty: 1e-12 });
const seats = new Seats({ limits });
const bans = new Bans(limits);
const workers = new WorkerTable({ limits, shareSeconds: policy.shareSeconds });
const here = new StratumServer({
  ...policy,
  workSource: work,
  clock,
  log,
  limits,
  random: systemRandom,
  seats,
  workers,
});
const processes = Number(process.argv[2] ?? 0);
const settings = { policy, limits, feePercent: 0, pow: "sha256d", threads: 1 } as const;
const shared = { seats, workers, bans, clock, log, mostConnections: null };
const service = processes === 0 ? here : new WorkerProcesses({ ...shared, count: processes, settings, work, here });
service.start();
await service.ready();
const port = new WorkerPort({
  port: 0,
  host: "127.0.0.1",
  stratum: service,
  http: (_request, response) => response.end(),
  clock,
  log,
  limits,
});

// A bench that is interrupted leaves nothing behind.
process.on("disconnect", () => process.exit());
process.on("message", (message: ToServer) => {
  if (message.kind === "fire") {
    next = next + 1 < tips.length ? next + 1 : YOUNG;
    work.setBest(tips[next]!);
  } else if (!answered(message)) {
    const { connections, counts } = service.stats();
    tell({ kind: "counts", connections, accepted: counts.accepted });
  }
});
tell({ kind: "listening", port: await port.start() });

function mintUnworked(parent: ShareNode | null, payee: string, index: number): ShareNode {
  const version = rules.version(35)!;
  const timestamp = (parent?.item.share.info.timestamp ?? NOW - SHARE_SECONDS * (YOUNG + TIPS)) + SHARE_SECONDS;
  const bits = 0x17034219;
  const draft = draftShare(
    parent,
    {
      version,
      data: {
        previousShareId: parent?.id ?? null,
        coinbase: Uint8Array.of(3, 1, 2, 3),
        nonce: index,
        payee: new TextEncoder().encode(payee),
        payeeType: null,
        subsidy: 312_500_000n,
        donation: 0,
        staleInfo: 0,
        desiredVersion: 35n,
      },
      address: payee,
      blockTarget: bitsToTarget(bits),
      timestamp,
      target: network.maxTarget,
      segwit: segwitData(blockBranches([]), version),
      otherTransactions: [],
      refMerkleBranch: [],
      lastTxoutNonce: new Uint8Array(8),
    },
    rules,
    tracker.windows,
  );
  const unsolved = new UnsolvedShare(draft, blockBranches([]), version);
  const header = { version: 0x20000000, previousBlock: null, timestamp, bits, nonce: seededRandom(index).uint32() };
  const share = proveShare(decodeShare(unsolved.solvedBy(header, new Uint8Array(8)), rules), new Uint8Array(32));
  return tracker.add(share, 0)!;
}
