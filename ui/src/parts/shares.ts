import { formatCount, formatDifficulty } from "../../../src/core/format.js";
import { type Child, h } from "../dom.js";
import type { ShareItem } from "../types.js";
import { addressLink, ago, badge, hashLink, table } from "./parts.js";

export function shareBadges(share: ShareItem): Child {
  return [
    share.block ? badge("good", "block", "Its proof of work meets the coin's target") : null,
    share.mine ? badge("info", "mine", "Found by a miner of this node") : null,
    share.state === "orphan" ? badge("bad", "orphan", "Not in the best chain") : null,
    share.state === "dead" ? badge("bad", "dead", "Came after the chain had moved on") : null,
    share.state === "pending" ? badge("warn", "new") : null,
    share.stale === null
      ? null
      : badge(
          "plain",
          `tells of ${share.stale === "doa" ? "a dead one" : "an orphan"}`,
          "Announces that its miner lost a share",
        ),
    share.verified ? null : badge("warn", "not verified"),
  ];
}

export function shareTable(items: readonly ShareItem[]): HTMLElement {
  return table(
    "Shares",
    [
      { title: "Height", isExtra: true, cell: ({ height }) => formatCount(height) },
      { title: "Share", isText: true, cell: ({ hash }) => hashLink("share", hash) },
      { title: "Pays", isText: true, cell: ({ address }) => addressLink(address) },
      { title: "Made", cell: ({ createdAt }) => ago(createdAt) },
      { title: "Difficulty", isExtra: true, cell: ({ difficulty }) => formatDifficulty(difficulty) },
      { title: "", isText: true, cell: (share) => h("span", { class: "badges" }, shareBadges(share)) },
    ],
    items,
    ({ hash }) => hash,
    "There are no shares.",
  );
}
