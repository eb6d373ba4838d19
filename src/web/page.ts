import { html } from "hono/html";
import {
  ABSENT,
  formatAgo,
  formatAmount,
  formatCount,
  formatDifficulty,
  formatDuration,
  formatHashRate,
  shortHash,
  shortName,
} from "./format.js";
import type { BlockStatus, NodeStatus, ShareStatus, WorkerStatus } from "./status.js";

type Fragment = ReturnType<typeof html>;

/** Rows shown of any table; the whole is in the API. */
const ROWS = 50;
const REFRESH_SECONDS = 5;

/** The status page: HTML and a style sheet, no script. Every value goes through the template's escaping. */
export function renderPage(status: NodeStatus, now: number): Fragment {
  const { chain, coin } = status;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="${REFRESH_SECONDS}">
<title>P2Pool ${status.network}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header>
<h1>P2Pool <span>${status.network}</span></h1>
<p>${status.version}, up ${formatDuration(status.uptimeSeconds)}</p>
</header>
<main>
${status.refusal === null ? "" : html`<p class="warning" role="alert">No work for miners: ${status.refusal}</p>`}
${status.sync === null ? "" : sync(status.sync)}
<section class="connect">
<h2>Connect a miner</h2>
<p><code>${status.minerUrl ?? ABSENT}</code></p>
<p>User name: your payout address, if you like with a name behind it, as in <code>address.rig1</code>. Any password.</p>
</section>
<section>
<h2>Now</h2>
<dl class="figures">
${figure("Pool", formatHashRate(status.poolHashRate))}
${figure("This node", formatHashRate(status.localHashRate))}
${figure("Share chain", formatCount(chain.height), chain.bestShare)}
${figure("Verified shares", formatCount(chain.verified))}
${figure("Share difficulty", formatDifficulty(chain.shareDifficulty))}
${figure("Peers", formatCount(status.peers))}
${figure("Coin height", formatCount(coin.height), coin.tip)}
</dl>
</section>
${workers(status.workers, now)}
${payouts(status)}
${blocks(status.blocks, status.symbol, now)}
${shares(status.shares, now)}
</main>
<footer><p>The same as data: <a href="/api/v1/status">/api/v1/status</a></p></footer>
</body>
</html>
`;
}

function sync({
  shares,
  sharesNeeded,
  verified,
  verifiedNeeded,
  secondsLeft,
}: NonNullable<NodeStatus["sync"]>): Fragment {
  const left = secondsLeft === null ? "" : `, about ${formatDuration(secondsLeft)} left`;
  return html`<section>
<h2>Getting the share chain</h2>
<p><progress max="${sharesNeeded + verifiedNeeded}" value="${shares + verified}" aria-label="Progress"></progress>
${formatCount(shares)} of ${formatCount(sharesNeeded)} shares fetched, ${formatCount(verified)} of ${formatCount(verifiedNeeded)} verified${left}</p>
</section>`;
}

function figure(name: string, value: string, hash: string | null = null): Fragment {
  const detail = hash === null ? "" : html`<small title="${hash}">${shortHash(hash)}</small>`;
  return html`<div><dt>${name}</dt><dd>${value} ${detail}</dd></div>`;
}

/** A column's name; one of text is aligned to the left, numbers to the right. */
type Column = string | { readonly text: string };

function heading(column: Column): Fragment {
  return typeof column === "string"
    ? html`<th scope="col">${column}</th>`
    : html`<th scope="col" class="text">${column.text}</th>`;
}

function table(title: string, columns: readonly Column[], rows: readonly Fragment[], none: string): Fragment {
  if (rows.length === 0) return html`<section><h2>${title}</h2><p class="none">${none}</p></section>`;
  const more = rows.length > ROWS ? html`<p class="none">and ${rows.length - ROWS} more</p>` : "";
  return html`<section>
<h2>${title}</h2>
<div class="scroll" tabindex="0" role="region" aria-label="${title}"><table>
<thead><tr>${columns.map(heading)}</tr></thead>
<tbody>${rows.slice(0, ROWS)}</tbody>
</table></div>${more}
</section>`;
}

function workers(items: readonly WorkerStatus[], now: number): Fragment {
  const rows = items.map(
    (worker) => html`<tr>
<td class="text" title="${worker.name}">${shortName(worker.name)}${worker.connections === 0 ? " (gone)" : ""}</td>
<td>${formatHashRate(worker.hashRate)}</td>
<td>${formatDifficulty(worker.difficulty)}</td>
<td>${formatCount(worker.accepted)}</td>
<td>${formatCount(worker.rejected)}</td>
<td>${formatAgo(worker.lastSubmitAt, now)}</td>
<td class="text">${worker.userAgent ?? ABSENT}</td>
</tr>
`,
  );
  const head = [
    { text: "Worker" },
    "Hash rate",
    "Difficulty",
    "Accepted",
    "Rejected",
    "Last work",
    { text: "Software" },
  ];
  return table("Workers", head, rows, "No miner is connected.");
}

function payouts({ payouts: items, symbol }: NodeStatus): Fragment {
  const rows = items.map(
    ({ address, amountSat }) => html`<tr>
<td class="text whole"><code>${address}</code></td>
<td>${formatAmount(amountSat, symbol)}</td>
</tr>
`,
  );
  return table(
    "Payouts if a block were found now",
    [{ text: "Address" }, "Amount"],
    rows,
    "Nobody has earned anything yet.",
  );
}

function blocks(items: readonly BlockStatus[], symbol: string, now: number): Fragment {
  const rows = items.map(
    (block) => html`<tr>
<td>${formatCount(block.height)}</td>
<td class="text"><code title="${block.hash}">${shortHash(block.hash)}</code></td>
<td>${formatAmount(block.rewardSat, symbol)}</td>
<td>${formatAgo(block.foundAt, now)}</td>
<td>${blockState(block)}</td>
</tr>
`,
  );
  const head = ["Height", { text: "Hash" }, "Reward", "Found", "State"];
  return table("Blocks found by the pool", head, rows, "No block has been found yet.");
}

function blockState({ fate, confirmations }: BlockStatus): string {
  if (fate === "found") return "no answer yet";
  return fate === "accepted" && confirmations !== null ? `accepted, ${confirmations} deep` : fate;
}

function shares(items: readonly ShareStatus[], now: number): Fragment {
  const rows = items.map(
    (share) => html`<tr>
<td>${formatCount(share.height)}</td>
<td class="text"><code title="${share.hash}">${shortHash(share.hash)}</code></td>
<td class="text"><code title="${share.address ?? ""}">${shortName(share.address ?? ABSENT)}</code></td>
<td>${formatDifficulty(share.difficulty)}</td>
<td>${formatAgo(share.createdAt, now)}</td>
<td>${share.mine ? "yes" : "no"}</td>
</tr>
`,
  );
  const head = ["Height", { text: "Share" }, { text: "Pays" }, "Difficulty", "Made", "By this node"];
  return table("Recent shares", head, rows, "The share chain is empty.");
}
