import { escapeMarkup, type Plot, plotSvg, type Series } from "./plot.js";
import type { MinerResult, Result } from "./result.js";
import { resultText } from "./text.js";

/** A page of its own: the tables, and plots as SVG. */
export function resultHtml(result: Result): string {
  const plots = plotsOf(result)
    .filter(({ series }) => series.some(({ points }) => points.length > 0))
    .map((plot) => `<figure>${plotSvg(plot)}</figure>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>p2pool simulate, seed ${result.scenario.seed}</title>
<style>
:root { color-scheme: light dark; font: 15px/1.4 system-ui, sans-serif; }
body { max-width: 80rem; margin: 1rem auto; padding: 0 1rem; }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(24rem, 1fr)); gap: 1rem; }
figure { margin: 0; }
svg text { font-size: 12px; }
svg text:not([fill]) { fill: currentColor; }
svg g[fill] text { fill: inherit; }
pre { overflow-x: auto; }
</style>
<h1>Simulated pool</h1>
<pre>${escapeMarkup(resultText(result))}</pre>
<main>
${plots.join("\n")}
</main>
<details><summary>Scenario</summary><pre>${escapeMarkup(JSON.stringify(result.scenario, null, 2))}</pre></details>
</html>
`;
}

function plotsOf({ miners, spread, agreement, byLatency, scenario }: Result): Plot[] {
  const by = (y: (miner: MinerResult) => number | null, x: (miner: MinerResult) => number): Series[] =>
    [...new Set(miners.map(({ behaviour }) => behaviour))].map((name) => ({
      name,
      isLine: false,
      points: miners.flatMap((miner) => {
        const value = y(miner);
        return miner.behaviour !== name || value === null ? [] : [[x(miner), value] as const];
      }),
    }));
  const lostBy = (name: "dead" | "orphaned"): Series => ({
    name,
    isLine: true,
    points: byLatency.map((group) => [group.latencyMs, 100 * (group[name]?.value ?? 0)] as const),
  });
  return [
    {
      title: "Shares that are lost, by the delay of the line",
      xLabel: "milliseconds",
      yLabel: "percent",
      series: [lostBy("dead"), lostBy("orphaned")],
    },
    {
      title: "Nodes that have verified a share",
      xLabel: "milliseconds after it was made",
      yLabel: "percent",
      series: [{ name: "", isLine: true, points: spread.curve.map(([ms, part]) => [ms, 100 * part] as const) }],
    },
    {
      title: "Work in the chain by work done, each miner",
      xLabel: "delay of the line, milliseconds",
      yLabel: "1 is fair",
      level: 1,
      series: by(
        ({ efficiency }) => efficiency?.value ?? null,
        ({ latencyMs }) => latencyMs,
      ),
    },
    {
      title: "Mean payout of a block, each miner",
      xLabel: "part of the hashes",
      yLabel: "part of the block",
      isLogarithmic: true,
      series: by(
        ({ payout }) => payout,
        ({ done }) => done,
      ),
    },
    {
      title: "How much a miner's payout varies from block to block",
      xLabel: "part of the hashes",
      yLabel: "standard deviation by mean",
      isLogarithmic: true,
      series: by(
        ({ payoutVariation }) => payoutVariation,
        ({ done }) => done,
      ),
    },
    {
      title: "Nodes on the commonest tip",
      xLabel: "hours",
      yLabel: "percent",
      series: [
        {
          name: "",
          isLine: true,
          points: agreement.series.map(
            (part, i, all) => [((i + 0.5) / all.length) * (scenario.seconds / 3600), 100 * part] as const,
          ),
        },
      ],
    },
  ];
}
