import { encodeFrames } from "../peers/wire/encode.js";
import type { Clock } from "../platform/clock.js";
import { encodeShare } from "../sharechain/share.js";
import type { ShareNode } from "../sharechain/share-node.js";
import type { Scenario } from "./scenario.js";
import type { World } from "./sim-node.js";
import type { Member } from "./simulation.js";

/** From one forged share of a spammer to the next. */
const SPAM_MS = 5_000;
/** A hopper mines while the pool's round is younger than this part of its mean length. */
const HOPPING_PART = 0.43;

/** Sets what nodes of other than honest behaviour do besides mining. */
export function misbehave(scenario: Scenario, world: World, members: readonly Member[]): void {
  const { clock, hosts } = world;
  for (const member of members) {
    if (member.behaviour === "selfish") keepSharesBack(member);
    if (member.behaviour === "spam") clock.every(SPAM_MS, () => spam(member));
  }
  const eclipsed = new Set(
    members.filter(({ behaviour }) => behaviour === "eclipsed").map(({ node }) => node.options.host),
  );
  if (eclipsed.size === 0) return;
  // Whom attackers surround hears nothing of the rest for the middle third of the time that counts.
  const third = (scenario.seconds - scenario.warmup) / 3;
  clock.after(1000 * (scenario.warmup + third), () => hosts.split((host) => (eclipsed.has(host) ? 1 : 0)));
  clock.after(1000 * (scenario.warmup + 2 * third), () => hosts.split(null));
}

/**
 * Selfish mining: own shares are told to nobody while they are ahead. When others come within one share of the private chain it
 * is told, so that their work is lost; when they are as far, the first one seen wins and it is told at once.
 */
function keepSharesBack({ node }: Member): void {
  node.held = [];
  const { tracker } = node.chain;
  let told = 0n;
  tracker.verified.observe({
    added: (added: ShareNode) => {
      const { share } = added.item;
      if (share.address === node.options.address || node.held === null) return;
      const work = share.info.abswork;
      if (work <= told) return;
      told = work;
      const own = node.chain.best?.item.share.info.abswork ?? 0n;
      if (node.held.length > 0 && own - told <= share.work) node.release();
    },
  });
}

/** A copy of the best share with another nonce: nobody mined it. */
function spam({ node }: Member): void {
  const best = node.chain.best?.item.share;
  if (best === undefined || !node.isUp) return;
  const { rules } = node.chain.tracker;
  const { contents, version } = best;
  const minHeader = { ...contents.minHeader, nonce: node.options.random.uint32() };
  const raw = encodeShare({ ...contents, minHeader }, rules.version(version)!);
  const frames = encodeFrames(rules.network.prefix, "shares", { shares: [{ type: BigInt(version), raw }] });
  node.peering?.network.each((peer) => peer.sendFrames(frames));
}

/** The clock of who plays with timestamps. */
export function clockAhead(clock: Clock, seconds: number): Clock {
  return {
    now: () => clock.now() + seconds,
    monotonicMs: () => clock.monotonicMs(),
    after: (delayMs, action) => clock.after(delayMs, action),
    every: (periodMs, action) => clock.every(periodMs, action),
  };
}

/** Whether a pool hopper mines now: only in the first part of a round, where pools that pay by the round pay most. */
export function isWorthHopping({ clock, coin }: World, { blockSeconds }: Scenario): boolean {
  const last = coin.blocks.at(-1)?.foundAtMs ?? 0;
  return clock.monotonicMs() - last < HOPPING_PART * 1000 * blockSeconds;
}
