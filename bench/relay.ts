import { seededRandom } from "../src/core/random.js";
import { ShareRules, Tracker } from "../src/sharechain/index.js";
import type { ScriptedPeer } from "../test/unit/peers/support/scripted-peer.js";
import { chainNetwork, extend, fill, recordedShares } from "./support/chains.js";
import { type Bench, quantile } from "./support/harness.js";
import { NodeUnderTest, until } from "./support/node-under-test.js";

const SENDERS = 6;
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
    const tip = extend(tracker, recorded, SHARES, seededRandom(1));
    const node = await NodeUnderTest.start(tip.item.share.info.timestamp + 1, SENDERS + 1, recorded.id);
    const [listener, ...senders] = node.peers;
    const announced: number[] = [];
    const jobs: number[] = [];
    const bare: number[] = [];
    try {
      for (const [i, { item }] of [...tip.chain(SHARES)].reverse().entries()) {
        const jobsBefore = node.jobs;
        let seen = listener!.messages.length;
        const isAnnounced = (): boolean => {
          for (; seen < listener!.messages.length; seen++) {
            const message = listener!.messages[seen]!;
            if (message.command !== "shares") continue;
            if (message.payload.shares.some(({ raw }) => Buffer.compare(raw, item.share.raw) === 0)) return true;
          }
          return false;
        };
        const started = performance.now();
        senders[i % SENDERS]!.send("shares", { shares: [{ type: 35n, raw: item.share.raw }] });
        await Promise.all([
          until(isAnnounced).then(() => announced.push(performance.now() - started)),
          until(() => node.jobs > jobsBefore).then(() => jobs.push(performance.now() - started)),
        ]);
        if (i % BARE_EVERY === 0) bare.push(await bareRoundTrip(senders[0]!, i));
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
      { what: "share in → new job at a miner, median", value: quantile(jobs, 0.5), unit: "ms" },
      { what: "share in → new job at a miner, 99 of 100", value: quantile(jobs, 0.99), unit: "ms", note: "below 10" },
    ];
  },
};

/** Milliseconds of a request for share 0, which costs the node next to nothing. */
async function bareRoundTrip(peer: ScriptedPeer, id: number): Promise<number> {
  const started = performance.now();
  peer.send("sharereq", {
    id: BigInt(id + 1)
      .toString(16)
      .padStart(64, "0"),
    hashes: ["0".repeat(64)],
    parents: 0n,
    stops: [],
  });
  const answers = peer.of("sharereply").length;
  await until(() => peer.of("sharereply").length > answers);
  return performance.now() - started;
}
