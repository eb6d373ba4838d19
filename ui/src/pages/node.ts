import {
  ABSENT,
  formatBytes,
  formatCoins,
  formatCount,
  formatDifficulty,
  formatDuration,
  formatPercent,
  formatTime,
  formatUnit,
} from "../../../src/core/format.js";
import { type Child, h } from "../dom.js";
import { Chart, seriesLines } from "../parts/chart.js";
import { ago, figure, figures, hashLink, orAbsent, section, table, whenLoaded } from "../parts/parts.js";
import { seriesOf, usualView } from "../parts/series.js";
import type { Screen } from "../screen.js";
import type { Daemon, MergedBlock, MergedChain, Page, Peer, Stratum, Warning } from "../types.js";
import { warningBox } from "./overview.js";

export function peers(screen: Screen): void {
  const path = "/peers?limit=200";
  const loaded = screen.load<Page<Peer>>(path, { onTip: true });
  screen.on("peer", () => void screen.ask(path, loaded));
  screen.show(() =>
    h(
      "div",
      null,
      h("h1", null, "Peers"),
      section(
        "Connected nodes",
        screen.shared.status?.peers === null
          ? h("p", { class: "none" }, "This node is a pool of one: it wants no peers.")
          : whenLoaded(loaded, ({ items }) => peerTable(items)),
      ),
    ),
  );
}

function peerTable(items: readonly Peer[]): Child {
  return table(
    "Peers",
    [
      { title: "Address", isText: true, cell: ({ address }) => orAbsent(address) },
      { title: "Direction", isText: true, cell: ({ direction }) => direction },
      { title: "Software", isText: true, cell: ({ version, protocolVersion }) => `${version} (${protocolVersion})` },
      { title: "Connected", cell: ({ connectedAt }) => ago(connectedAt) },
      { title: "Round trip", cell: ({ pingSeconds }) => formatUnit(pingSeconds, "s") },
      {
        title: "Its best share",
        isText: true,
        isExtra: true,
        cell: ({ bestShare }) => (bestShare === null ? ABSENT : hashLink("share", bestShare)),
      },
      { title: "In", isExtra: true, cell: ({ bytesIn }) => formatBytes(bytesIn) },
      { title: "Out", isExtra: true, cell: ({ bytesOut }) => formatBytes(bytesOut) },
    ],
    items,
    ({ address, connectedAt }) => `${address} ${connectedAt}`,
    "No node is connected.",
  );
}

export function node(screen: Screen): void {
  const { info } = screen.shared;
  const warnings = screen.load<Page<Warning>>("/warnings");
  const stratum = screen.load<Stratum>("/stratum", { onTip: true });
  const daemon = screen.load<Daemon>("/daemon", { onTip: true });
  const merged = screen.load<Page<MergedChain>>("/merged", { onTip: true });
  const mergedBlocks = screen.load<Page<MergedBlock>>("/merged/blocks?limit=20", { onTip: true });
  const view = usualView(screen.shared);
  const memory = seriesOf(screen, "memory_usage", view.name);
  const latency = seriesOf(screen, "getwork_latency", view.name);
  const traffic = seriesOf(screen, "traffic_rate", view.name);
  const charts = [memory, latency, traffic].map(() => new Chart(() => screen.update()));
  screen.on("warning", () => void screen.ask("/warnings", warnings));
  screen.show(() => {
    const { status } = screen.shared;
    const plots = [
      ["Memory", memory],
      ["Time for a block template", latency],
      ["Traffic with peers", traffic],
    ] as const;
    return h(
      "div",
      null,
      h("h1", null, "Node health"),
      section(
        "Warnings",
        whenLoaded(warnings, ({ items }) =>
          items.length === 0 ? h("p", { class: "none" }, "None.") : items.map(warningBox),
        ),
      ),
      section(
        "This node",
        figures(
          figure("Version", info.version, `network ${info.network}`),
          figure("Running", formatDuration(status?.uptimeSeconds ?? null), `since ${formatTime(info.startedAt)}`),
          figure(
            "Shares held",
            formatCount(status?.chain.shares ?? null),
            `${formatCount(status?.chain.height ?? null)} in the best chain`,
          ),
          figure("Fee", formatPercent(info.feeFraction), "of miners' work"),
          figure("Donation", formatPercent(info.donationFraction, 2), "to the authors of P2Pool"),
          figure(
            "Ports",
            `${orAbsent(info.ports.stratum)}`,
            `peers ${orAbsent(info.ports.p2p)}, web ${orAbsent(info.ports.web)}`,
          ),
        ),
      ),
      section("Coin daemon", daemonFigures(screen, daemon.value, daemon.isAnswered)),
      section(
        "Chains mined along",
        whenLoaded(merged, ({ items }) => mergedTable(items)),
        whenLoaded(mergedBlocks, ({ items }) => (items.length === 0 ? null : mergedBlockTable(items))),
      ),
      section(
        "Miners' connections",
        whenLoaded(stratum, (value) => stratumFigures(value)),
      ),
      section(
        view.title,
        plots.map(([title, loaded], i) =>
          whenLoaded(loaded, (series) =>
            charts[i]!.render({
              title,
              unit: series.unit,
              t: series.t,
              lines: seriesLines(series, { value: title.toLowerCase() }),
              isStacked: false,
              marks: [],
            }),
          ),
        ),
      ),
      section(
        "For machines",
        h(
          "ul",
          null,
          h("li", null, h("a", { href: "../api/v1/openapi.json" }, "/api/v1"), ", described by OpenAPI"),
          h("li", null, h("a", { href: "../metrics" }, "/metrics"), " for Prometheus"),
          h("li", null, h("a", { href: "../healthz" }, "/healthz"), " and ", h("a", { href: "../readyz" }, "/readyz")),
          h(
            "li",
            null,
            "the classic endpoints, such as ",
            h("a", { href: "../local_stats" }, "/local_stats"),
            " and ",
            h("a", { href: "../global_stats" }, "/global_stats"),
          ),
        ),
      ),
    );
  });
}

function daemonFigures(screen: Screen, daemon: Daemon | null, isAnswered: boolean): Child {
  const { status, info } = screen.shared;
  const value = status?.daemon.blockValueSat ?? null;
  return [
    figures(
      figure("Height", formatCount(status?.daemon.height ?? null)),
      figure("Template", formatDuration(status?.daemon.templateAgeSeconds ?? null), "old"),
      figure("Answers in", formatUnit(status?.daemon.latencySeconds ?? null, "s")),
      figure("Block value", value === null ? ABSENT : formatCoins(BigInt(value)), info.symbol),
      daemon === null
        ? null
        : figure("Software", orAbsent(daemon.version), `${orAbsent(daemon.connections)} connections`),
      daemon?.template == null
        ? null
        : figure("Transactions", formatCount(daemon.template.transactions), "in the template"),
    ),
    daemon === null && isAnswered
      ? h(
          "p",
          { class: "none" },
          "More is shown to the operator: open this page on the node's own machine, or ",
          h("a", { href: "../login" }, "log in"),
          ".",
        )
      : null,
  ];
}

function mergedTable(items: readonly MergedChain[]): Child {
  return table(
    "Chains mined along",
    [
      { title: "Chain", isText: true, cell: ({ chainId, name }) => name ?? `chain ${orAbsent(chainId)}` },
      {
        title: "Its blocks pay",
        isText: true,
        cell: ({ pays }) => (pays === "miners" ? "every miner" : orAbsent(pays)),
      },
      { title: "Next height", cell: ({ height }) => formatCount(height) },
      { title: "Difficulty", cell: ({ difficulty }) => formatDifficulty(difficulty) },
      {
        title: "Block value",
        cell: ({ blockValueSat }) => (blockValueSat === null ? ABSENT : formatCoins(BigInt(blockValueSat))),
      },
    ],
    items,
    ({ chainId }) => String(chainId),
    "None.",
  );
}

function mergedBlockTable(items: readonly MergedBlock[]): Child {
  return table(
    "Their blocks found here",
    [
      { title: "Found", cell: ({ foundAt }) => ago(foundAt) },
      { title: "Chain", cell: ({ chainId }) => String(chainId) },
      { title: "Height", cell: ({ height }) => formatCount(height) },
      { title: "Block", isText: true, cell: ({ hash }) => hash },
      { title: "Pays", isText: true, cell: ({ pays }) => (pays === "miners" ? "every miner" : pays) },
      { title: "Verdict", isText: true, cell: mergedVerdict },
    ],
    items,
    ({ hash }) => hash,
    "None yet.",
  );
}

function mergedVerdict({ accepted, isLate }: MergedBlock): string {
  if (accepted === null) return "waiting";
  if (accepted) return "accepted";
  return isLate ? "too late" : "refused";
}

function stratumFigures(value: Stratum): Child {
  const { accepted, stale, duplicate, low, invalid } = value.results;
  const all = accepted + stale + duplicate + low + invalid;
  const part = (count: number): string => formatPercent(all === 0 ? null : count / all);
  return [
    figures(
      figure("Connections", formatCount(value.connections), `${value.workers} workers, ${value.addresses} addresses`),
      figure("Accepted", formatCount(accepted), part(accepted)),
      figure("Stale", formatCount(stale), part(stale)),
      figure("Too easy", formatCount(low), part(low)),
      figure("Repeated", formatCount(duplicate), part(duplicate)),
      figure("Malformed", formatCount(invalid), part(invalid)),
    ),
    h(
      "div",
      { class: "columns" },
      table(
        "Software",
        [
          { title: "Software", isText: true, cell: ({ name }) => name },
          { title: "Workers", cell: ({ workers }) => formatCount(workers) },
        ],
        value.userAgents,
        ({ name }) => name,
        "No miner has told its software.",
      ),
      table(
        "Difficulties",
        [
          { title: "Difficulty from", cell: ({ difficulty }) => formatDifficulty(difficulty) },
          { title: "Workers", cell: ({ workers }) => formatCount(workers) },
        ],
        value.difficulties,
        ({ difficulty }) => String(difficulty),
        "No miner has a difficulty yet.",
      ),
    ),
  ];
}
