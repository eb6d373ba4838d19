import { shareFormat } from "../../sharechain/formats/index.js";
import { proportion } from "../../stats/confidence.js";
import { chanceOfSoFew, type LuckOf } from "../../stats/luck.js";
import type { Found, Rule, WarningFacts } from "./facts.js";

/** Own shares below which nothing is said about their fate. */
const ENOUGH_SHARES = 20;

function versionVote({ chain }: WarningFacts): Found | null {
  const { votes } = chain.figures;
  if (votes === null || votes.total === 0n) return null;
  for (const [version, work] of votes.byVersion) {
    const isKnown = version <= 0xffffn && shareFormat(Number(version)) !== null;
    if (isKnown || 2n * work <= votes.total) continue;
    const percent = Math.round((100 * Number(work)) / Number(votes.total));
    const text = `${percent} % of the pool's work votes for share version ${version}, which this program does not know: a newer version is likely to be needed soon`;
    return { id: "version_vote", severity: "error", text };
  }
  return null;
}

/** Some firmware fails near 226 outputs, which are about this many bytes (spec/10 §8.7). */
const MANY_OUTPUTS_BYTES = 260 + 34 * 200;

function coinbaseSize({ mining }: WarningFacts): Found | null {
  const { gentxBytes, tooLong, workers } = mining;
  if (tooLong.length > 0) {
    const kinds = tooLong.map(({ device, bytes, workers: count }) => `${count} ${device} (about ${bytes} bytes)`);
    const text = `the generation transaction is longer than some connected miners can work with: ${kinds.join(", ")}. They find nothing: use other firmware, or a proxy that builds their work`;
    return { id: "coinbase_size", severity: "warning", text };
  }
  if (workers === 0 || gentxBytes === null || gentxBytes <= MANY_OUTPUTS_BYTES) return null;
  const text = `the generation transaction has ${gentxBytes} bytes and more than 200 outputs: some miners' firmware fails at that`;
  return { id: "coinbase_size", severity: "info", text };
}

function dominance({ chain, network }: WarningFacts): Found | null {
  const [first] = chain.figures.users;
  if (first === undefined || !network.persist || (chain.figures.recent?.count ?? 0) < 100) return null;
  const [address, fraction] = first;
  if (fraction <= 0.25) return null;
  const text = `${Math.round(100 * fraction)} % of the pool's recent work is of one address, ${address}`;
  return { id: "dominant_address", severity: fraction > 0.4 ? "warning" : "info", text };
}

/** Only where it is no chance any more: the whole interval lies above twice the pool's rate (spec/08 §9). */
function staleRate({ chain, mining }: WarningFacts): Found | null {
  const { total, stale } = mining.own;
  const pool = chain.figures.hour?.staleFraction ?? null;
  if (pool === null || total < ENOUGH_SHARES) return null;
  const low = proportion(stale, total)?.low ?? 0;
  if (low <= 2 * pool || low <= 0.02) return null;
  const text = `${stale} of the ${total} shares made here were lost, the pool loses ${Math.round(100 * pool)} %: this node or its miners are slow, or its connection is`;
  return { id: "stale_rate", severity: "warning", text };
}

/** Below this number of blocks bad luck is nothing to talk of, nor above this chance (spec/09 §7.2). */
const LUCK_FROM_BLOCKS = 7;
const LUCK_ALARM = 0.001;

/** Of addresses the one with the most work is told: one warning at a time. */
function luck({ mining }: WarningFacts): readonly Found[] {
  const bad = mining.luck.filter((one) => one.expected >= LUCK_FROM_BLOCKS && chanceOfSoFew(one) < LUCK_ALARM);
  const pool = bad.find(({ address }) => address === null);
  const single = bad.find(({ address }) => address !== null);
  const tell = (one: LuckOf, who: string): string =>
    `${who} should have been about ${Math.round(one.expected)} blocks and was ${one.found}, which is luck in less than one case of a thousand: blocks may be kept back`;
  return [
    ...(pool === undefined ? [] : [{ id: "luck", severity: "warning", text: tell(pool, "the pool's work") } as const]),
    ...(single === undefined
      ? []
      : [{ id: "luck_address", severity: "warning", text: tell(single, `the work of ${single.address}`) } as const]),
  ];
}

export const MINING_RULES: readonly Rule[] = [versionVote, coinbaseSize, dominance, staleRate, luck];
