import { monitorEventLoopDelay } from "node:perf_hooks";
import { BlockHeights } from "../../src/daemon/block-heights.js";
import { Peering } from "../../src/node/peering.js";
import { ShareChain } from "../../src/node/share-chain.js";
import { type Clock, systemClock } from "../../src/platform/clock.js";
import { createLogger } from "../../src/platform/log.js";
import { PowPool } from "../../src/platform/pow-pool.js";
import { systemRandom } from "../../src/platform/random.js";
import { ShareRules, Tracker } from "../../src/sharechain/index.js";
import { chainNetwork, fill, recordedShares } from "./chains.js";
import { processorSeconds } from "./harness.js";
import { hashingOf } from "./hashing.js";

// One node's chain and peers, without a daemon and miners. Arguments: the peer to sync from, or nothing to serve the recorded
// chain. Prints its port when it serves, and a line of JSON when it has verified the chain.

export interface SyncResult {
  readonly seconds: number;
  readonly shares: number;
  /** Longest time between two turns of the event loop, and what 99 of 100 are below, milliseconds. */
  readonly loopMaxMs: number;
  readonly loopP99Ms: number;
  /** The longest in a second before, in which nothing was done. */
  readonly idleMaxMs: number;
  /** Of the hashing of all verified shares alone, once more. */
  readonly hashingSeconds: number;
  /** Processor time of the sync. */
  readonly processorSeconds: number;
}

const IDLE_MS = 1_000;

/** The chain was recorded long ago; as if its last share had just been found. */
const LAST_SHARE_AT = 1_700_268_740;

const offset = LAST_SHARE_AT + 1 - systemClock.now();
const clock: Clock = { ...systemClock, now: () => systemClock.now() + offset };
const log = createLogger("warn");
const source = process.argv[2];

const chain: ShareChain = new ShareChain({
  tracker: new Tracker(new ShareRules(chainNetwork())),
  heights: new BlockHeights({ getBlockHeader: async () => ({ height: 0 }), clock, log }),
  clock,
  random: systemRandom,
  log,
  store: null,
  onBest: (best) => {
    peering.tipChanged(best);
    if (source !== undefined) look();
  },
  onWanted: () => peering.wantedChanged(),
  onRefused: (refusal) => peering.refused(refusal),
});
const pool = new PowPool({ pow: chain.tracker.rules.network.coin.pow, log });
const peering: Peering = new Peering({
  settings: {
    port: 0,
    host: "127.0.0.1",
    failIfTaken: true,
    maxIncoming: 10,
    outgoing: 0,
    fixedNodes: source === undefined ? [] : [source],
    externalAddress: null,
    advertise: false,
    mapPort: false,
    localNetwork: true,
  },
  chain,
  clock,
  random: systemRandom,
  log,
  version: "bench",
  template: () => null,
  onHeader: () => {},
  provePow: (headers) => pool.hash(headers),
  records: null,
});

if (source === undefined) {
  fill(chain.tracker, recordedShares());
  chain.evaluate();
}
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
const idleMaxMs = delay.max / 1e6;
delay.reset();
const startedSeconds = processorSeconds();
const startedMs = clock.monotonicMs();
chain.start();
await peering.start();
if (source === undefined) console.log(peering.boundPort);
const looking = setInterval(look, 5);

function look(): void {
  const { verified, main } = chain.tracker;
  if (source === undefined || verified.size < chain.tracker.rules.network.chainLength) return;
  clearInterval(looking);
  const seconds = (clock.monotonicMs() - startedMs) / 1000;
  const used = processorSeconds() - startedSeconds;
  const [loopMaxMs, loopP99Ms] = [delay.max / 1e6, delay.percentile(99) / 1e6];
  const hashing = hashingOf(
    [...main.all()].filter((node) => chain.tracker.isVerified(node)),
    chain.tracker,
  );
  const beforeSeconds = processorSeconds();
  hashing();
  const result: SyncResult = {
    seconds,
    shares: main.size,
    loopMaxMs,
    loopP99Ms,
    idleMaxMs,
    hashingSeconds: processorSeconds() - beforeSeconds,
    processorSeconds: used,
  };
  console.log(JSON.stringify(result));
  process.exit(0);
}
