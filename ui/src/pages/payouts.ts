import {
  ABSENT,
  formatCoins,
  formatCount,
  formatDuration,
  formatHashRate,
  formatPercent,
} from "../../../src/core/format.js";
import { h } from "../dom.js";
import { addressLink, badge, figure, figures, section, table, whenLoaded } from "../parts/parts.js";
import type { Screen } from "../screen.js";
import type { Page, Payouts, Pool, PoolUser } from "../types.js";
import { mine } from "./mine.js";

export function payouts(screen: Screen): void {
  const { info } = screen.shared;
  const loaded = screen.load<Payouts>("/payouts/current?limit=500", { onTip: true });
  const users = screen.load<Page<PoolUser>>("/pool/users?limit=500", { onTip: true });
  const pool = screen.load<Pool>("/pool", { onTip: true });
  screen.show(() => {
    const own = new Set(mine());
    const byAddress = new Map((users.value?.items ?? []).map((user) => [user.address, user]));
    return h(
      "div",
      null,
      h("h1", null, "Payouts"),
      h(
        "p",
        null,
        "A block found this second would pay these amounts, straight from the coin to each address: by the work of the shares in the window, newest first. The finder gets half a percent more, which is not shown here.",
      ),
      whenLoaded(pool, (value) =>
        section(
          "The window",
          figures(
            figure(
              "Shares",
              formatCount(value.window?.shares ?? null),
              `of ${formatCount(info.payoutWindowLength)} at most`,
            ),
            figure("Time", formatDuration(value.window?.spanSeconds ?? null)),
            figure("Miners", formatCount(value.users), "of the recent shares"),
            figure("Largest", formatPercent(value.largestFraction), "of the recent work"),
            figure(
              "Block value",
              loaded.value === null ? ABSENT : formatCoins(BigInt(loaded.value.subsidySat)),
              info.symbol,
            ),
          ),
        ),
      ),
      section(
        "If a block were found now",
        whenLoaded(loaded, ({ items, count }) => [
          h(
            "p",
            null,
            `${formatCount(count)} outputs`,
            items.length < count ? `, the ${items.length} largest` : "",
            ".",
          ),
          table(
            "Payouts",
            [
              {
                title: "Address",
                isText: true,
                cell: ({ address, own: isNode }) => [
                  addressLink(address),
                  own.has(address) ? badge("good", "mine") : null,
                  isNode ? badge("info", "this node") : null,
                  address === info.donationAddress ? badge("plain", "donation and rounding") : null,
                ],
              },
              { title: `Amount (${info.symbol})`, cell: ({ amountSat }) => formatCoins(BigInt(amountSat)) },
              { title: "Part", cell: ({ fraction }) => formatPercent(fraction, 2) },
              {
                title: "Hash rate",
                isExtra: true,
                cell: ({ address }) => formatHashRate(byAddress.get(address)?.rate ?? null),
              },
              {
                title: "Shares",
                isExtra: true,
                cell: ({ address }) => formatCount(byAddress.get(address)?.shares ?? null),
              },
              {
                title: "Lost",
                isExtra: true,
                cell: ({ address }) => formatPercent(byAddress.get(address)?.staleFraction ?? null),
              },
            ],
            items,
            ({ address }) => address,
            "Nobody has earned anything yet.",
          ),
        ]),
      ),
    );
  });
}
