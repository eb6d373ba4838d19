import { efficiency, proportion } from "../stats/confidence.js";
import { blockAttempts, payoutsNow, peerCounts } from "../web/classic/figures.js";
import type { NodeView } from "../web/view.js";

/** Below this height the chain says nothing of rates yet (spec/13 §7). */
const LEAST_HEIGHT = 2;

/** The status block of the console, in the reference's words (spec/13 §7). `now`: seconds since 1970. */
export function consoleStatus(view: NodeView, now: number): string[] {
  const { figures, tracker, localWork } = view;
  const { best, hour, poolRate } = figures;
  const height = best?.height ?? 0;
  const peers = peerCounts(view);
  const rate = localWork.rates(now).reduce((sum, user) => sum + user.rate, 0);
  const { pseudoShares, deadPseudoShares } = localWork.pseudoShares(now);
  const toShare = localWork.secondsToShare(now);
  const lines = [
    `P2Pool: ${height} shares in chain (${tracker.verified.size} verified/${tracker.main.size} total) Peers: ${peers.incoming + peers.outgoing} (${peers.incoming} incoming)`,
    ` Local: ${formatRate(rate)}H/s in last ${formatDuration(localWork.windowSeconds(now))} Local dead on arrival: ${formatInterval(proportion(deadPseudoShares, pseudoShares))} Expected time to share: ${toShare === null ? "???" : formatDuration(toShare)}`,
  ];
  if (height <= LEAST_HEIGHT) return lines;
  const { total, dead, orphaned } = view.ownShares.counts();
  const lost = orphaned + dead;
  const poolStale = hour?.staleFraction ?? 0;
  const payouts = payoutsNow(view);
  const own = view.addresses().map((address) => Number(payouts.get(address) ?? 0n) / 1e8);
  const sum = own.reduce((a, b) => a + b, 0);
  const attempts = blockAttempts(view);
  const toBlock = attempts === null || poolRate === null || poolRate <= 0 ? null : Number(attempts) / poolRate;
  return [
    ...lines,
    ` Shares: ${total} (${orphaned} orphan, ${dead} dead) Stale rate: ${formatInterval(proportion(lost, total))} Efficiency: ${formatInterval(efficiency(lost, total, poolStale))} Current payout: ${own.map((amount) => `(${amount.toFixed(4)})`).join("")}=${sum.toFixed(4)} ${view.network.coin.symbol}`,
    ` Pool: ${formatRate(poolRate ?? 0)}H/s Stale rate: ${(100 * poolStale).toFixed(1)}% Expected time to block: ${toBlock === null ? "???" : formatDuration(toBlock)}`,
  ];
}

/** Divided by 1,000 while it has more than five digits, with the prefix for that. */
export function formatRate(value: number): string {
  const prefixes = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"];
  let whole = Math.floor(value);
  let prefix = 0;
  for (; whole >= 100_000 && prefix < prefixes.length - 1; prefix++) whole = Math.floor(whole / 1_000);
  return `${whole}${prefixes[prefix]}`;
}

const UNITS: readonly (readonly [name: string, seconds: number])[] = [
  ["years", 365.2425 * 86_400],
  ["days", 86_400],
  ["hours", 3_600],
  ["minutes", 60],
];

/** In the largest unit that it is more than one of. */
export function formatDuration(seconds: number): string {
  const [name, unit] = UNITS.find(([, length]) => seconds > length) ?? ["seconds", 1];
  return `${(seconds / unit).toFixed(1)} ${name}`;
}

/** A proportion with its bounds in whole percent: `~7.5% (2-20%)`; `???` if it is not known. */
export function formatInterval(interval: ReturnType<typeof proportion>): string {
  if (interval === null) return "???";
  const { value, low, high } = interval;
  return `~${(100 * value).toFixed(1)}% (${Math.floor(100 * low)}-${Math.ceil(100 * high)}%)`;
}
