import { h } from "../dom.js";
import { Chart, seriesLines } from "../parts/chart.js";
import { whenLoaded } from "../parts/parts.js";
import { SHARE_NAMES, seriesOf } from "../parts/series.js";
import type { Screen } from "../screen.js";
import type { Block, Page } from "../types.js";
import { blockMark } from "./overview.js";

const VIEWS = {
  last_hour: "Hour",
  last_day: "Day",
  last_week: "Week",
  last_month: "Month",
  last_year: "Year",
} as const;

interface Plot {
  readonly series: string;
  readonly title: string;
  readonly isStacked?: boolean;
  readonly names?: Readonly<Record<string, string>>;
}

const PLOTS: readonly Plot[] = [
  { series: "pool_rates", title: "Pool", names: SHARE_NAMES },
  { series: "local_hash_rate", title: "This node's miners", names: { value: "all" } },
  { series: "local_dead_hash_rate", title: "Dead on arrival at this node", names: { value: "dead" } },
  { series: "local_share_hash_rates", title: "This node's work as its shares show it", isStacked: true },
  { series: "miner_hash_rates", title: "Miners of this node", isStacked: true },
  { series: "current_payout", title: "Payout of a block to this node", names: { value: "payout" } },
  { series: "current_payouts", title: "Payouts of a block to this node's miners", isStacked: true },
  { series: "peers", title: "Peers", isStacked: true },
  { series: "desired_version_rates", title: "Votes for share versions", isStacked: true },
  { series: "share_difficulty", title: "Share difficulty", names: { value: "lowest" } },
  { series: "network_difficulty", title: "Network difficulty", names: { value: "block" } },
  { series: "pseudoshares", title: "Submissions of miners", isStacked: true },
  { series: "worker_count", title: "Workers", names: { value: "workers" } },
  { series: "traffic_rate", title: "Traffic with peers" },
  { series: "getwork_latency", title: "Time for a block template", names: { value: "template" } },
  { series: "memory_usage", title: "Memory", names: { value: "resident" } },
];

/** The parameter is the view. */
export function graphs(screen: Screen): void {
  const view = Object.hasOwn(VIEWS, screen.parameter ?? "") ? screen.parameter! : "last_day";
  const loaded = PLOTS.map(({ series }) => seriesOf(screen, series, view));
  const charts = PLOTS.map(() => new Chart(() => screen.update()));
  const blocks = screen.load<Page<Block>>("/blocks?limit=200");
  screen.on("block", () => void screen.ask("/blocks?limit=200", blocks));
  screen.show(() =>
    h(
      "div",
      null,
      h("h1", null, "Graphs"),
      h(
        "nav",
        { class: "tabs", "aria-label": "Period" },
        ...Object.entries(VIEWS).map(([name, text]) =>
          h("a", { href: `#/graphs/${name}`, "aria-current": name === view ? "page" : null }, text),
        ),
      ),
      PLOTS.map(({ title, isStacked = false, names = {} }, i) =>
        h(
          "section",
          { "aria-label": title },
          whenLoaded(loaded[i]!, (series) =>
            charts[i]!.render({
              title,
              unit: series.unit,
              t: series.t,
              lines: seriesLines(series, names),
              isStacked,
              isAlone: true,
              marks: (blocks.value?.items ?? []).map(blockMark),
            }),
          ),
        ),
      ),
    ),
  );
}
