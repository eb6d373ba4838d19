import { encodeLegacyAddress } from "../../src/bitcoin/address.js";
import { bigIntToBytesBE } from "../../src/core/bytes.js";
import { bitsToTarget } from "../../src/core/compact.js";
import { hash160 } from "../../src/core/hash/index.js";
import { seededRandom } from "../../src/core/random.js";
import { createTemplate } from "../../src/daemon/template.js";
import type { PoolNetwork } from "../../src/networks/index.js";
import { systemClock } from "../../src/platform/clock.js";
import { createLogger } from "../../src/platform/log.js";
import { systemRandom } from "../../src/platform/random.js";
import {
  blockBranches,
  draftShare,
  type ShareNode,
  ShareRules,
  segwitData,
  solveShare,
  Tracker,
  unsolvedShare,
} from "../../src/sharechain/index.js";
import { decodeShare, proveShare } from "../../src/sharechain/share.js";
import { WorkMaker } from "../../src/work/work-maker.js";
import { LIMITS } from "../../src/workers/limits.js";
import { WorkerPort } from "../../src/workers/port.js";
import { StratumServer } from "../../src/workers/stratum/server.js";
import { blockTemplate, rawPayment } from "../../test/support/daemon-template.js";
import { chainNetwork, NOW } from "./chains.js";
import { measuredMemory, type ToServer, tell } from "./miner-servers.js";

// The miners' port with real jobs: a template of 3,000 transactions, and a share chain whose tip moves on command. Shares are so
// hard that no solution is one: they are minted without work, which only the entry point of a share asks for.

const TRANSACTIONS = 3000;
/** As many payees as make a generation transaction of about 2 kB. */
const PAYEES = 52;
const TIPS = 400;
/** The bench's connections all come from here and at once. */
const limits = {
  ...LIMITS,
  acceptsPerSecond: 1e6,
  acceptBurst: 1e6,
  requestsPerSecond: 1e9,
  requestBurst: 1e9,
};

const network: PoolNetwork = { ...chainNetwork(), maxTarget: 1n << 190n };
const address = (index: number): string =>
  encodeLegacyAddress({ version: network.coin.addressVersion, hash: hash160(bigIntToBytesBE(BigInt(index), 8)) });

const rules = new ShareRules(network);
const tracker = new Tracker(rules);
const tips: ShareNode[] = [];
for (let i = 0; i < PAYEES + TIPS; i++) tips.push(mintUnworked(tips.at(-1) ?? null, address(i % PAYEES), i));

const clock = { ...systemClock, now: () => NOW };
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
      curtime: NOW,
    }),
    900_000,
    NOW,
  ),
);
let next = PAYEES;
work.setBest(tips[next]!);
const log = createLogger("error");
// So many solutions are wanted that no rate is a flood.
const stratum = new StratumServer({
  workSource: work,
  clock,
  log,
  limits,
  random: systemRandom,
  shareSeconds: 1e-4,
  minDifficulty: 1e-12,
});
stratum.start();
const port = new WorkerPort({
  port: 0,
  host: "127.0.0.1",
  stratum,
  http: (_request, response) => response.end(),
  clock,
  log,
  limits,
});

process.on("message", (message: ToServer) => {
  if (message.kind === "fire") {
    next = next + 1 < tips.length ? next + 1 : PAYEES;
    work.setBest(tips[next]!);
  } else if (message.kind === "memory") void measuredMemory().then((bytes) => tell({ kind: "memory", bytes }));
  else {
    const { connections, counts } = stratum.stats();
    tell({ kind: "counts", connections, accepted: counts.accepted });
  }
});
tell({ kind: "listening", port: await port.start() });

function mintUnworked(parent: ShareNode | null, payee: string, index: number): ShareNode {
  const version = rules.version(35)!;
  const timestamp = (parent?.item.share.info.timestamp ?? NOW - 30 * (PAYEES + TIPS)) + 30;
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
  const unsolved = unsolvedShare(draft, blockBranches([]), version);
  const header = { version: 0x20000000, previousBlock: null, timestamp, bits, nonce: seededRandom(index).uint32() };
  const share = proveShare(decodeShare(solveShare(unsolved, header, new Uint8Array(8)), rules), new Uint8Array(32));
  return tracker.add(share, 0)!;
}
