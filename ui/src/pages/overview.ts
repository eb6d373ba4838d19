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
  bar,
  type Column,
  figure,
  figures,
  hashLink,
  section,
  table,
  whenLoaded,
} from "../parts/parts.js";
import { SHARE_NAMES, seriesOf, usualView } from "../parts/series.js";
import type { Screen } from "../screen.js";
import type { Block, Info, Page, Payouts, Pool, Status, Versions, Warning } from "../types.js";

export function overview(screen: Screen): void {
  const { info } = screen.shared;
  const warnings = screen.load<Page<Warning>>("/warnings");
  const pool = screen.load<Pool>("/pool", { onTip: true });
  const versions = screen.load<Versions>("/pool/versions", { onTip: true });
  const payouts = screen.load<Payouts>("/payouts/current?limit=8", { onTip: true });
  const blocks = screen.load<Page<Block>>("/blocks?limit=5");
  const view = usualView(screen.shared);
  const rates = seriesOf(screen, "pool_rates", view.name);
  const local = seriesOf(screen, "local_hash_rate", view.name);
  const charts = [new Chart(() => screen.update()), new Chart(() => screen.update())];
  screen.on("warning", () => void screen.ask("/warnings", warnings));
  screen.on("block", () => void screen.ask("/blocks?limit=5", blocks));

  screen.show(() => {
    const { status } = screen.shared;
    return h(
      "div",
      null,
      h("h1", null, `P2Pool on ${info.network}`),
      warnings.value === null ? null : warnings.value.items.map(warningBox),
      status?.sync == null ? null : syncing(status.sync),
      status === null ? h("p", { class: "none" }, "Loading…") : now(info, status, pool.value),
      h(
        "div",
        { class: "columns" },
        section(
          "If a block were found this second",
          whenLoaded(payouts, (value) => payoutTable(info, value)),
          h("p", { class: "more" }, h("a", { href: "#/payouts" }, "All payouts")),
        ),
        section(
          "Blocks of the pool",
          whenLoaded(blocks, (value) => blockTable(info, value.items, true)),
          h("p", { class: "more" }, h("a", { href: "#/blocks" }, "All blocks")),
        ),
      ),
      section(
        view.title,
        whenLoaded(rates, (series) =>
          charts[0]!.render({
            title: "Pool",
            unit: series.unit,
            t: series.t,
            lines: seriesLines(series, SHARE_NAMES),
            isStacked: false,
            marks: (blocks.value?.items ?? []).map(blockMark),
          }),
        ),
        whenLoaded(local, (series) =>
          charts[1]!.render({
            title: "This node",
            unit: series.unit,
            t: series.t,
            lines: seriesLines(series, { value: "miners" }),
            isStacked: false,
            marks: [],
          }),
        ),
      ),
      versions.value === null ? null : versionVote(versions.value),
    );
  });
}

function syncing(sync: NonNullable<Status["sync"]>): HTMLElement {
  const { shares, sharesNeeded, verified, verifiedNeeded, secondsLeft } = sync;
  const left = secondsLeft === null ? "" : `, about ${formatDuration(secondsLeft)} left`;
  return section(
    "Getting the share chain",
    h(
      "p",
      null,
      `${formatCount(shares)} of ${formatCount(sharesNeeded)} shares fetched, ${formatCount(verified)} of ${formatCount(verifiedNeeded)} verified${left}.`,
    ),
    bar((shares + verified) / Math.max(1, sharesNeeded + verifiedNeeded), "How much is done"),
  );
}

export function warningBox({ severity, text, sinceAt }: Warning): HTMLElement {
  return h(
    "p",
    { class: `warning ${severity}`, role: "alert" },
    h("strong", null, text),
    " ",
    h("small", null, "since ", ago(sinceAt)),
  );
}

export function blockMark(block: Block): { at: number; text: string; href: string } {
  return { at: block.foundAt, text: `Block ${block.height ?? ""} found`, href: `#/block/${block.hash}` };
}

const STATES: Readonly<Record<Status["state"], readonly [kind: "bad" | "good" | "warn", text: string]>> = {
  ready: ["good", "ready"],
  starting: ["warn", "starting"],
  syncing: ["warn", "downloading shares"],
  no_peers: ["bad", "no peers"],
  no_daemon: ["bad", "no contact with the coin daemon"],
  bad_rules: ["bad", "the coin has rules that this program does not know"],
};

function now(info: Info, status: Status, pool: Pool | null): HTMLElement {
  const { chain, local, daemon, peers } = status;
  const { total, orphan, dead } = local.shares;
  const [kind, text] = STATES[status.state];
  const payout = local.payoutSat === null ? ABSENT : formatCoins(BigInt(local.payoutSat));
  return h(
    "div",
    { class: "boards" },
    section(
      "Pool",
      figures(
        figure("Hash rate", formatHashRate(status.pool.rate), `${formatPercent(status.pool.staleFraction)} lost`),
        figure(
          "Next block",
          formatDuration(status.pool.expectedBlockSeconds),
          "expected on average",
          "Work of a block over the pool's hash rate: half of all blocks come sooner than 0.7 times this",
        ),
        figure(
          "This round",
          formatPercent(status.pool.effort, 0),
          status.pool.effort === null ? "no block yet in the share chain" : "of the work of a block",
        ),
        figure(
          "Luck",
          formatPercent(pool?.averageLuck ?? null, 0),
          pool === null || pool.luckBlocks === 0
            ? "no blocks to tell from"
            : `over ${formatCount(pool.luckBlocks)} ${pool.luckBlocks === 1 ? "block" : "blocks"}`,
          "Expected work over actual work of the last blocks; 100 % is average",
        ),
        figure("Share difficulty", formatDifficulty(chain.shareDifficulty), "the lowest"),
        figure("Share chain", formatCount(chain.height), `${formatCount(chain.verifiedHeight)} verified`),
      ),
      status.pool.effort === null ? null : bar(status.pool.effort, "Work of this round over the work of a block"),
    ),
    section(
      "This node",
      figures(
        figure(
          "Hash rate",
          formatHashRate(local.rate),
          `${formatPercent(local.deadFraction)} dead on arrival`,
          "Dead on arrival: work that came after the share chain had moved on",
        ),
        figure("Next share", formatDuration(local.expectedShareSeconds), "expected on average"),
        figure(
          "Shares",
          formatCount(total),
          `${orphan} orphaned, ${dead} dead`,
          "Orphaned: in time, but others built on another share. Only your part of them against the pool's counts",
        ),
        figure(
          "Efficiency",
          formatPercent(local.efficiency),
          "against the whole pool",
          "Your part of lost shares against the pool's: 100 % is as good as everybody else",
        ),
        figure("Own payout", payout, `${info.symbol} of a block found now`),
        figure("Best difficulty", formatDifficulty(local.bestDifficulty.round), "this round"),
      ),
    ),
    section(
      "Node",
      figures(
        figure("State", badge(kind, text), `${info.version}, up ${formatDuration(status.uptimeSeconds)}`),
        figure("Miners", formatCount(local.miners), `${formatCount(local.workers)} workers`),
        figure(
          "Peers",
          peers === null ? "none wanted" : formatCount(peers.incoming + peers.outgoing),
          peers === null ? "a pool of one" : `${peers.outgoing} out, ${peers.incoming} in`,
        ),
        figure(
          "Coin height",
          formatCount(daemon.height),
          daemon.tipAt === null ? null : h("span", null, "seen ", ago(daemon.tipAt)),
        ),
        figure(
          "Block value",
          daemon.blockValueSat === null ? ABSENT : formatCoins(BigInt(daemon.blockValueSat)),
          info.symbol,
        ),
        figure(
          "Network",
          formatHashRate(daemon.networkRate),
          `difficulty ${formatDifficulty(daemon.networkDifficulty)}`,
        ),
      ),
    ),
  );
}

function payoutTable(info: Info, { items }: Payouts): Child {
  return table(
    "Payouts",
    [
      {
        title: "Address",
        isText: true,
        cell: ({ address, own }) => [addressLink(address), own ? " " : null, own ? badge("info", "this node") : null],
      },
      { title: `Amount (${info.symbol})`, cell: ({ amountSat }) => formatCoins(BigInt(amountSat)) },
      { title: "Part", cell: ({ fraction }) => formatPercent(fraction) },
    ],
    items,
    ({ address }) => address,
    "Nobody has earned anything yet.",
  );
}

export const BLOCK_BADGES = { confirmed: "good", orphaned: "bad", pending: "info", rejected: "bad" } as const;

/** `isShort`: only what fits beside something else. */
export function blockTable(info: Info, items: readonly Block[], isShort = false): Child {
  const more: readonly Column<Block>[] = [
    { title: "By", isText: true, isExtra: true, cell: ({ finder }) => addressLink(finder) },
    { title: `Value (${info.symbol})`, isExtra: true, cell: ({ valueSat }) => formatCoins(BigInt(valueSat)) },
  ];
  return table(
    "Blocks",
    [
      { title: "Height", cell: ({ height }) => formatCount(height) },
      { title: "Hash", isText: true, cell: ({ hash }) => hashLink("block", hash) },
      { title: "Found", cell: ({ foundAt }) => ago(foundAt) },
      ...(isShort ? [] : more),
      { title: "Luck", cell: ({ luck }) => formatPercent(luck, 0) },
      { title: "Status", isText: true, cell: ({ status }) => badge(BLOCK_BADGES[status], status) },
    ],
    items,
    ({ hash }) => hash,
    "The pool has found no block that this node knows of.",
  );
}

function versionVote({ current, votes, successor, supported }: Versions): HTMLElement | null {
  const entries = Object.entries(votes).sort((a, b) => b[1] - a[1]);
  if (entries.length === 0) return null;
  return section(
    "Version vote",
    h(
      "p",
      null,
      `Shares are of version ${current ?? ABSENT} now`,
      successor === null
        ? ", the newest that there is."
        : `; version ${successor} follows when 95 % of the work votes for it.`,
    ),
    table(
      "Votes",
      [
        {
          title: "Version",
          isText: true,
          cell: ([version]) => [
            version,
            supported.includes(Number(version)) ? null : badge("bad", "not known to this program"),
          ],
        },
        { title: "Votes", cell: ([, part]) => formatPercent(part) },
        { title: "", isText: true, cell: ([version, part]) => bar(part, `Votes for version ${version}`) },
      ],
      entries,
      ([version]) => version,
      "No votes yet.",
    ),
  );
}
