import { seededRandom } from "../src/core/random.js";
import type { Message } from "../src/peers/wire/messages.js";
import { ShareRules, Tracker } from "../src/sharechain/index.js";
import type { ScriptedPeer } from "../test/unit/peers/support/scripted-peer.js";
import { chainNetwork, extend, fill, recordedShares } from "./support/chains.js";
import { type Bench, quantile } from "./support/harness.js";
import { NodeUnderTest } from "./support/node-under-test.js";

const SENDERS = 6;
/** Until the code is compiled: a node that runs has seen its chain. */
const WARM_UP = 100;
const SHARES = 300;
/** Below what one peer may send unasked. */
const PAUSE_MS = 50;
/** A peer answers so many requests for nothing a second. */
const BARE_EVERY = 5;

/** A share comes in from one peer on a full chain: until another peer is told of it, and until a miner has the new job. */
export const relay: Bench = {
  name: "relay",
  async run() {
    const tracker = new Tracker(new ShareRules(chainNetwork()));
    const recorded = fill(tracker, recordedShares());
    const tip = extend(tracker, recorded, WARM_UP + SHARES, seededRandom(1));
    const node = await NodeUnderTest.start(tip.item.share.info.timestamp + 1, SENDERS + 1, recorded.id);
    const [listener, ...senders] = node.peers;
    const announced: number[] = [];
    const jobs: number[] = [];
    const bare: number[] = [];
    try {
      for (const [i, { item }] of [...tip.chain(WARM_UP + SHARES)].reverse().entries()) {
        const raw = item.share.raw;
        const started = performance.now();
        const whenAnnounced = message(
          listener!,
          (heard) => heard.command === "shares" && heard.payload.shares.some((share) => isEqual(share.raw, raw)),
        );
        const whenJob = new Promise<number>((resolve) => {
          node.onJob = () => resolve(performance.now());
        });
        senders[i % SENDERS]!.send("shares", { shares: [{ type: 35n, raw }] });
        const [announcedAt, jobAt] = await Promise.all([whenAnnounced, whenJob]);
        const roundTrip = i % BARE_EVERY === 0 ? await bareRoundTrip(senders[0]!, i) : null;
        if (i >= WARM_UP) {
          announced.push(announcedAt - started);
          jobs.push(jobAt - started);
          if (roundTrip !== null) bare.push(roundTrip);
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    } finally {
      await node.stop();
    }
    return [
      { what: "shares from peers, chain of 9,000", value: announced.length, unit: "shares" },
      { what: "bare request and answer, median", value: quantile(bare, 0.5), unit: "ms" },
      { what: "bare request and answer, 99 of 100", value: quantile(bare, 0.99), unit: "ms", note: "lower bound" },
      { what: "share in → told to another peer, median", value: quantile(announced, 0.5), unit: "ms" },
      {
        what: "share in → told to another peer, 99 of 100",
        value: quantile(announced, 0.99),
        unit: "ms",
        note: "below 10",
      },
      {
        what: "told to another peer against the bare answer, medians",
        value: quantile(announced, 0.5) / quantile(bare, 0.5),
        unit: "×",
      },
      { what: "share in → new job at a miner, median", value: quantile(jobs, 0.5), unit: "ms" },
      { what: "share in → new job at a miner, 99 of 100", value: quantile(jobs, 0.99), unit: "ms", note: "below 10" },
    ];
  },
};

/** Milliseconds of a request for share 0, which costs the node next to nothing. */
async function bareRoundTrip(peer: ScriptedPeer, id: number): Promise<number> {
  const started = performance.now();
  const answered = message(peer, ({ command }) => command === "sharereply");
  peer.send("sharereq", {
    id: BigInt(id + 1)
      .toString(16)
      .padStart(64, "0"),
    hashes: ["0".repeat(64)],
    parents: 0n,
    stops: [],
  });
  return (await answered) - started;
}

/** When the peer hears such a message, by `performance.now()`. */
function message(peer: ScriptedPeer, isIt: (message: Message) => boolean): Promise<number> {
  return new Promise((resolve) => {
    peer.onMessage = (heard) => {
      if (isIt(heard)) resolve(performance.now());
    };
  });
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
