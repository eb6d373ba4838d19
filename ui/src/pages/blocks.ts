import {
  formatCoins,
  formatCount,
  formatDifficulty,
  formatDuration,
  formatHashRate,
  formatPercent,
  formatTime,
} from "../../../src/core/format.js";
import { h } from "../dom.js";
import { addressLink, badge, explorerLink, figure, figures, hashLink, section, whenLoaded } from "../parts/parts.js";
import { ShareVerification } from "../parts/verify-share.js";
import type { Screen } from "../screen.js";
import type { Block, Page, Pool, ShareDetail } from "../types.js";
import { BLOCK_BADGES, blockTable } from "./overview.js";

export function blocks(screen: Screen): void {
  const { info } = screen.shared;
  const path = "/blocks?limit=200";
  const loaded = screen.load<Page<Block>>(path);
  const pool = screen.load<Pool>("/pool", { onTip: true });
  screen.on("block", () => void screen.ask(path, loaded));
  screen.show(() =>
    h(
      "div",
      null,
      h("h1", null, "Blocks of the pool"),
      whenLoaded(pool, (value) =>
        section(
          "Luck",
          figures(
            figure(
              "This round",
              formatPercent(value.round.effort, 0),
              value.round.startedAt === null ? "no block yet" : `since ${formatTime(value.round.startedAt)}`,
            ),
            figure(
              "Average luck",
              formatPercent(value.averageLuck, 0),
              `over ${formatCount(value.luckBlocks)} ${value.luckBlocks === 1 ? "block" : "blocks"}`,
            ),
            figure("Next block", formatDuration(value.expectedBlockSeconds), "expected on average"),
          ),
        ),
      ),
      section(
        "Found",
        whenLoaded(loaded, ({ items, count }) => [
          h("p", null, `${formatCount(count)} blocks that this node knows of.`),
          blockTable(info, items),
        ]),
      ),
    ),
  );
}

export function block(screen: Screen): void {
  const hash = screen.parameter ?? "";
  const { info } = screen.shared;
  const path = `/blocks/${hash}`;
  const loaded = screen.load<Block>(path);
  const share = screen.load<ShareDetail>(`/shares/${hash}`);
  const verification = new ShareVerification(screen, hash);
  screen.on("block", (changed) => {
    if (changed.hash !== hash) return;
    loaded.value = changed;
    screen.update();
  });
  screen.show(() => {
    const confirmations = (height: number | null): string => {
      const tip = screen.shared.status?.daemon.height ?? null;
      return height === null || tip === null || tip < height
        ? "no confirmations yet"
        : `${formatCount(tip - height + 1)} confirmations`;
    };
    return h(
      "div",
      null,
      h("h1", null, "Block"),
      h("p", { class: "subject" }, h("code", null, hash), " ", explorerLink(info, "block", hash)),
      whenLoaded(loaded, (value) =>
        section(
          "Found by the pool",
          figures(
            figure(
              "Height",
              formatCount(value.height),
              value.status === "confirmed" ? confirmations(value.height) : null,
            ),
            figure("Status", badge(BLOCK_BADGES[value.status], value.status)),
            figure("Found", formatTime(value.foundAt)),
            figure("By", addressLink(value.finder), value.mine ? "a miner of this node" : null),
            figure("Value", formatCoins(BigInt(value.valueSat)), info.symbol),
            figure(
              "Luck",
              formatPercent(value.luck, 0),
              value.effort === null
                ? "no block before it is known"
                : `${formatPercent(value.effort, 0)} of the expected work`,
            ),
            figure(
              "Difficulty",
              formatDifficulty(value.networkDifficulty),
              `its hash reached ${formatDifficulty(value.actualDifficulty)}`,
            ),
            figure("Pool then", formatHashRate(value.poolRate)),
          ),
          value.share === null
            ? h("p", { class: "none" }, "Its share is not in the share chain of this node.")
            : h("p", null, "Its share with all outputs: ", hashLink("share", value.share)),
        ),
      ),
      share.value === null ? null : verification.render(share.value),
    );
  });
}
