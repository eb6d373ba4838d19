import type { GroupResult, MinerResult, Part, Result } from "./result.js";

/** Tables for a terminal. */
export function resultText(result: Result): string {
  const { scenario, chain, blocks, spread, agreement, bandwidth, convergence } = result;
  const lines = [
    `${scenario.nodes} nodes, ${scenario.seconds} s of which ${scenario.seconds - scenario.warmup} s count, seed ${scenario.seed}`,
    "",
    `shares      ${chain.made} made, ${chain.inChain} in the chain, one each ${number(chain.period, 1)} s (aim ${scenario.sharePeriod} s)`,
    `dead        ${percent(chain.dead)}    made on a tip that was no longer the node's`,
    `orphaned    ${percent(chain.orphaned)}    made in time, and not in the chain`,
    `blocks      ${blocks.found} found, ${blocks.accepted} in the coin's chain${blocks.withheld === 0 ? "" : `, ${blocks.withheld} withheld`}; the hash rate is worth ${blocks.expected}`,
    `spread      half of the nodes after ${number(spread.half)} ms, 90 % after ${number(spread.ninety)} ms, 99 % after ${number(spread.ninetyNine)} ms`,
    `agreement   ${number(100 * agreement.mean, 2)} % of the nodes on the commonest tip in the mean, ${number(100 * agreement.end, 2)} % at the end`,
    `bandwidth   a node sends ${number(bandwidth.mean)} bytes/s in the mean, ${number(bandwidth.most)} at most`,
    ...convergence.map((took, i) =>
      took === null
        ? `partition ${i + 1} nodes never agreed again`
        : `partition ${i + 1} all nodes agreed ${number(took)} s after its end`,
    ),
  ];
  const tables: [string, readonly GroupResult[]][] = [
    ["by conduct", result.byBehaviour],
    ["by delay of the line", result.byLatency],
    ["by hash rate", result.bySize],
  ];
  for (const [title, groups] of tables) {
    // Where all are alike the quarters are drawn by chance.
    if (title === "by hash rate" && scenario.hashRates === "equal") continue;
    lines.push("", ...table(title, groups));
  }
  lines.push(...conduct(result.byBehaviour));
  return lines.join("\n");
}

/** What shows conduct that is to pay by something else than work in the chain. */
function conduct(groups: readonly GroupResult[]): string[] {
  const has = (name: string): boolean => groups.some((group) => group.name === name);
  const list = (value: (group: GroupResult) => string): string =>
    groups.map((group) => `${group.name} ${value(group)}`).join(", ");
  const lines = [
    ...(has("timestamps")
      ? [`time of shares ahead of the clock, seconds: ${list(({ ahead }) => number(ahead, 1))}`]
      : []),
    ...(has("hopping")
      ? [
          `paid by what the work is worth: ${list(({ paid }) => number(paid, 3))}`,
          `in a pool that pays by the round: ${list(({ paidByRounds }) => number(paidByRounds, 3))}`,
        ]
      : []),
  ];
  return lines.length === 0 ? [] : ["", ...lines];
}

function table(title: string, groups: readonly GroupResult[]): string[] {
  const head = [title, "miners", "hash", "line", "shares", "dead", "orphaned", "work in chain", "payout", "varies"];
  const rows = groups.map((group) => [
    group.name,
    `${group.miners}`,
    `${number(100 * group.hash, 2)} %`,
    `${number(group.latencyMs)} ms`,
    `${group.shares}`,
    percent(group.dead),
    percent(group.orphaned),
    bounds(group.efficiency),
    number(group.payoutByHash, 3),
    group.payoutVariation === null ? "-" : `± ${number(100 * group.payoutVariation)} %`,
  ]);
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  return all.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("  ")
      .trimEnd(),
  );
}

function number(value: number | null, digits = 0): string {
  return value === null ? "-" : value.toFixed(digits);
}

function percent(part: Part): string {
  if (part === null) return "-";
  return `${(100 * part.value).toFixed(1)} % (${(100 * part.low).toFixed(1)}-${(100 * part.high).toFixed(1)})`;
}

function bounds(efficiency: MinerResult["efficiency"]): string {
  if (efficiency === null) return "-";
  const { value, low, high } = efficiency;
  return `${value.toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})`;
}
