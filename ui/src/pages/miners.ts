import {
  ABSENT,
  formatCoins,
  formatCount,
  formatDifficulty,
  formatDuration,
  formatHashRate,
  formatPercent,
} from "../../../src/core/format.js";
import { type Child, h } from "../dom.js";
import { Chart, seriesLines } from "../parts/chart.js";
import {
  addressLink,
  ago,
  badge,
  explorerLink,
  figure,
  figures,
  orAbsent,
  section,
  table,
  whenLoaded,
} from "../parts/parts.js";
import { seriesOf, usualView } from "../parts/series.js";
import { shareTable } from "../parts/shares.js";
import type { Screen } from "../screen.js";
import type { Miner, MinerItem, Page, ShareItem } from "../types.js";
import { forgetMine, mine, rememberMine } from "./mine.js";

const RELOAD_EVENTS_MS = 9000;

export function miners(screen: Screen): void {
  const all = screen.load<Page<MinerItem>>("/miners?limit=200");
  const own = { value: null as Page<MinerItem> | null, error: null as string | null, isAnswered: false };
  const askOwn = (): void => {
    const list = mine();
    if (list.length > 0) void screen.ask(`/miners?address=${encodeURIComponent(list.join(","))}`, own);
    else {
      own.value = { items: [], count: 0, nextCursor: null };
      screen.update();
    }
  };
  askOwn();
  screen.on("miners", ({ items, gone }) => {
    const page = all.value;
    if (page === null) return;
    const changed = new Map(items.map((item) => [item.address, item]));
    const kept = page.items.filter(({ address }) => !changed.has(address) && !gone.includes(address));
    page.items = [...items, ...kept].sort((a, b) => (b.rate["10m"] ?? 0) - (a.rate["10m"] ?? 0));
    askOwn();
    screen.update();
  });
  const add = (event: Event): void => {
    event.preventDefault();
    const input = (event.target as HTMLFormElement).elements.namedItem("address") as HTMLInputElement;
    const address = input.value.trim();
    if (address === "") return;
    rememberMine(address);
    input.value = "";
    askOwn();
  };
  screen.show(() =>
    h(
      "div",
      null,
      h("h1", null, "Miners"),
      section(
        "My miners",
        h(
          "form",
          { class: "inline", onsubmit: add },
          h("label", { for: "address" }, "Payout address"),
          h("input", { id: "address", name: "address", autocomplete: "off", spellcheck: "false", size: 44 }),
          h("button", { type: "submit" }, "Remember in this browser"),
        ),
        own.value === null
          ? null
          : minerTable(screen, own.value.items, "Addresses that you add here are shown first and watched."),
        unknownOnes(own.value?.items ?? [], askOwn),
      ),
      section(
        "Miners of this node",
        whenLoaded(all, ({ items }) => minerTable(screen, items, "No miner is connected.")),
      ),
    ),
  );
}

function unknownOnes(known: readonly MinerItem[], changed: () => void): Child {
  const rest = mine().filter((address) => !known.some((miner) => miner.address === address));
  return rest.map((address) =>
    h(
      "p",
      { class: "none" },
      `${address} neither mines here nor would be paid by a block now. `,
      h(
        "button",
        {
          type: "button",
          class: "small",
          onclick: () => {
            forgetMine(address);
            changed();
          },
        },
        "Forget",
      ),
    ),
  );
}

function minerTable(screen: Screen, items: readonly MinerItem[], none: string): Child {
  const { symbol } = screen.shared.info;
  return table(
    "Miners",
    [
      {
        title: "Address",
        isText: true,
        cell: ({ address, local }) => [addressLink(address), local ? null : badge("plain", "not here")],
      },
      { title: "10 min", cell: ({ rate }) => formatHashRate(rate["10m"]) },
      { title: "1 h", isExtra: true, cell: ({ rate }) => formatHashRate(rate["1h"]) },
      { title: "24 h", isExtra: true, cell: ({ rate }) => formatHashRate(rate["24h"]) },
      { title: "Dead", isExtra: true, cell: ({ deadFraction }) => formatPercent(deadFraction) },
      { title: "Workers", cell: ({ workerCount }) => formatCount(workerCount) },
      { title: "Next share", isExtra: true, cell: ({ expectedShareSeconds }) => formatDuration(expectedShareSeconds) },
      { title: "Shares in window", isExtra: true, cell: ({ window }) => formatCount(window.shares) },
      {
        title: `Payout (${symbol})`,
        cell: ({ payout }) => (payout === null ? ABSENT : formatCoins(BigInt(payout.amountSat))),
      },
      { title: "Last work", cell: ({ lastSubmitAt }) => ago(lastSubmitAt) },
    ],
    items,
    ({ address }) => address,
    none,
  );
}

export function miner(screen: Screen): void {
  const address = screen.parameter ?? "";
  const { info } = screen.shared;
  const path = `/miners/${encodeURIComponent(address)}`;
  const loaded = screen.load<Miner>(path, { onTip: true });
  const sharesPath = `/shares?address=${encodeURIComponent(address)}&limit=30`;
  const shares = screen.load<Page<ShareItem>>(sharesPath, { onTip: true });
  const view = usualView(screen.shared);
  const rates = seriesOf(screen, "miner_hash_rates", view.name, `&prefix=${encodeURIComponent(address)}`);
  const payouts = seriesOf(screen, "current_payouts", view.name, `&keys=${encodeURIComponent(address)}`);
  const charts = [new Chart(() => screen.update()), new Chart(() => screen.update())];
  let askedAt = Date.now();
  screen.on("miners", () => {
    if (Date.now() - askedAt < RELOAD_EVENTS_MS) return;
    askedAt = Date.now();
    void screen.ask(path, loaded);
  });
  screen.show(() => {
    const isMine = mine().includes(address);
    return h(
      "div",
      null,
      h("h1", null, "Miner"),
      h(
        "p",
        { class: "subject" },
        h("code", null, address),
        " ",
        h(
          "button",
          {
            type: "button",
            class: "small",
            onclick: () => {
              if (isMine) forgetMine(address);
              else rememberMine(address);
              screen.update();
            },
          },
          isMine ? "One of mine ✓" : "Remember as mine",
        ),
        " ",
        explorerLink(info, "address", address),
      ),
      whenLoaded(loaded, (value) => details(screen, value)),
      section(
        `Hash rate by worker: ${view.title.toLowerCase()}`,
        whenLoaded(rates, (series) =>
          charts[0]!.render({
            title: "Hash rate",
            unit: series.unit,
            t: series.t,
            lines: seriesLines(series).map((line) => ({ ...line, name: workerName(line.name, address) })),
            isStacked: true,
            marks: [],
          }),
        ),
      ),
      section(
        `Payout of a block: ${view.title.toLowerCase()}`,
        whenLoaded(payouts, (series) =>
          charts[1]!.render({
            title: `Payout in ${info.symbol}`,
            unit: series.unit,
            t: series.t,
            lines: seriesLines(series, { [address]: "payout" }),
            isStacked: false,
            marks: [],
          }),
        ),
      ),
      section(
        "Its shares in the share chain",
        whenLoaded(shares, ({ items, count }) => [
          h("p", null, `${formatCount(count)} shares, the newest first`),
          shareTable(items),
        ]),
      ),
    );
  });
}

function workerName(key: string, address: string): string {
  return key === address ? "(no name)" : key.startsWith(`${address}.`) ? key.slice(address.length + 1) : key;
}

function details(screen: Screen, miner: Miner): Child {
  const { symbol, stratumDifficultyFactor: factor } = screen.shared.info;
  const { payout, bestDifficulty } = miner;
  return [
    section(
      "Now",
      figures(
        figure(
          "Hash rate",
          formatHashRate(miner.rate["10m"]),
          `1 h ${formatHashRate(miner.rate["1h"])}, 24 h ${formatHashRate(miner.rate["24h"])}`,
        ),
        figure("Dead on arrival", formatPercent(miner.deadFraction)),
        figure(
          "Payout of a block now",
          payout === null ? ABSENT : formatCoins(BigInt(payout.amountSat)),
          payout === null ? null : `${symbol}, ${formatPercent(payout.fraction, 2)} of the block`,
        ),
        figure(
          "Next share",
          formatDuration(miner.expectedShareSeconds),
          `difficulty ${formatDifficulty(miner.shareDifficulty)}`,
        ),
        figure("Shares in the window", formatCount(miner.window.shares), `${miner.window.stale} announce a lost one`),
        figure(
          "Best difficulty",
          formatDifficulty(bestDifficulty.allTime),
          `this round ${formatDifficulty(bestDifficulty.round)}`,
        ),
        figure("Blocks found", formatCount(miner.blocks)),
      ),
    ),
    section(
      "Workers",
      table(
        "Workers",
        [
          {
            title: "Worker",
            isText: true,
            cell: ({ name, connections }) => [orAbsent(name), connections === 0 ? badge("plain", "gone") : null],
          },
          { title: "1 min", cell: ({ rate }) => formatHashRate(rate["1m"]) },
          { title: "10 min", cell: ({ rate }) => formatHashRate(rate["10m"]) },
          { title: "1 h", isExtra: true, cell: ({ rate }) => formatHashRate(rate["1h"]) },
          { title: "Dead", cell: ({ deadFraction }) => formatPercent(deadFraction) },
          {
            title: factor === 1 ? "Difficulty" : `Difficulty × ${factor}`,
            isExtra: true,
            cell: ({ difficulty }) => formatDifficulty(difficulty === null ? null : difficulty * factor),
          },
          { title: "Accepted", cell: ({ results }) => formatCount(results.accepted) },
          { title: "Stale", isExtra: true, cell: ({ results }) => formatCount(results.stale) },
          { title: "Rejected", cell: ({ results }) => formatCount(results.low + results.duplicate + results.invalid) },
          { title: "Last work", cell: ({ lastSubmitAt }) => ago(lastSubmitAt) },
          {
            title: "Software",
            isText: true,
            isExtra: true,
            cell: ({ userAgent, coinbase }) => [
              orAbsent(userAgent),
              coinbase === null
                ? null
                : badge(
                    "bad",
                    `jobs of ${coinbase.sizeBytes} bytes, takes ${coinbase.limitBytes}: ${coinbase.lostSolutions} lost`,
                  ),
            ],
          },
        ],
        miner.workers,
        ({ name }) => name,
        "None is connected to this node.",
      ),
    ),
  ];
}
