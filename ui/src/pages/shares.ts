import { formatCount } from "../../../src/core/format.js";
import { h } from "../dom.js";
import { section, whenLoaded } from "../parts/parts.js";
import { shareTable } from "../parts/shares.js";
import { drawTree } from "../parts/tree.js";
import { ChainVerification } from "../parts/verify-all.js";
import type { Screen } from "../screen.js";
import type { Page, ShareItem, Tree } from "../types.js";

/** Shares in the drawing. */
const DRAWN = 150;

export function shares(screen: Screen): void {
  const tree = screen.load<Tree>(`/shares/tree?limit=${DRAWN}`);
  const list = screen.load<Page<ShareItem>>("/shares?limit=40", { onTip: true });
  const own = screen.load<Page<ShareItem>>("/shares?mine=1&limit=20", { onTip: true });
  const verification = new ChainVerification(screen);
  let scrolledTo = 0;
  screen.on("share", (share) => {
    const { value } = tree;
    if (value === null) return;
    value.items = [...value.items.filter(({ hash }) => hash !== share.hash), share].slice(-DRAWN);
    screen.update();
  });
  screen.on("tip", ({ hash }) => {
    const { value } = tree;
    if (value === null) return;
    value.tip = hash;
    settle(value);
    screen.update();
  });
  screen.show(() => {
    // The newest is at the right: that is what is to be seen, until somebody looks elsewhere.
    requestAnimationFrame(() => {
      const box = document.querySelector(".tree");
      if (box === null) return;
      const isAtEnd = scrolledTo === 0 || box.scrollLeft >= scrolledTo - 40;
      if (isAtEnd) box.scrollLeft = box.scrollWidth;
      scrolledTo = box.scrollWidth - box.clientWidth;
    });
    return h(
      "div",
      null,
      h("h1", null, "Share chain"),
      section(
        "As it grows",
        whenLoaded(tree, ({ items, tip }) => drawTree(items, tip)),
        h(
          "ul",
          { class: "key" },
          h("li", null, h("span", { class: "sample good", "aria-hidden": "true" }), "in the best chain"),
          h("li", null, h("span", { class: "sample orphan", "aria-hidden": "true" }), "orphan"),
          h("li", null, h("span", { class: "sample dead", "aria-hidden": "true" }), "dead on arrival"),
          h("li", null, h("span", { class: "sample mine", "aria-hidden": "true" }), "made here"),
          h("li", null, h("span", { class: "sample block", "aria-hidden": "true" }), "a block"),
        ),
      ),
      verification.render(),
      section(
        "The newest",
        whenLoaded(list, ({ items, count }) => [
          h("p", null, `${formatCount(count)} shares in the best chain`),
          shareTable(items),
        ]),
      ),
      section(
        "Made by this node",
        whenLoaded(own, ({ items }) => shareTable(items)),
      ),
    );
  });
}

/** What is in the chain of the tip is good; what was and is not any more is an orphan. */
function settle(tree: Tree): void {
  const byHash = new Map(tree.items.map((share) => [share.hash, share]));
  const best = new Set<string>();
  for (let hash = tree.tip; hash !== null && byHash.has(hash); hash = byHash.get(hash)!.parent) best.add(hash);
  for (const share of tree.items) {
    if (best.has(share.hash)) share.state = "good";
    else if (share.state === "good") share.state = "orphan";
  }
}
