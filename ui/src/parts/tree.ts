import { formatDifficulty, formatTime, shortHash, shortName } from "../../../src/core/format.js";
import { h, svg } from "../dom.js";
import type { ShareItem } from "../types.js";
import { placeShares } from "./tree-layout.js";

const STEP = 26;
const LANE = 26;
const RADIUS = 7;
const MARGIN = 20;

/** The share chain as it grows: dots that lead to their shares. */
export function drawTree(shares: readonly ShareItem[], tip: string | null): HTMLElement {
  const places = placeShares(shares, tip);
  if (places.length === 0) return h("p", { class: "none" }, "The share chain is empty.");
  const first = Math.min(...places.map(({ rank }) => rank));
  const last = Math.max(...places.map(({ rank }) => rank));
  const lanes = Math.max(...places.map(({ lane }) => lane));
  const width = (last - first) * STEP + 2 * MARGIN;
  const height = lanes * LANE + 2 * MARGIN;
  const x = (rank: number): number => MARGIN + (rank - first) * STEP;
  const y = (lane: number): number => MARGIN + lane * LANE;
  const byHash = new Map(places.map((place) => [place.share.hash, place]));
  const links = places.flatMap(({ share, rank, lane }) => {
    const parent = share.parent === null ? undefined : byHash.get(share.parent);
    if (parent === undefined) return [];
    const [x1, y1, x2, y2] = [x(parent.rank), y(parent.lane), x(rank), y(lane)];
    const middle = (x1 + x2) / 2;
    return [
      svg("path", { d: `M${x1},${y1}C${middle},${y1} ${middle},${y2} ${x2},${y2}`, class: `link ${share.state}` }),
    ];
  });
  const forks = places.filter(({ lane }) => lane > 0).length;
  return h(
    "div",
    {
      class: "tree scroll",
      tabindex: 0,
      role: "region",
      "aria-label": `The last ${places.length} shares, ${forks} of them not in the best chain; the newest at the right`,
    },
    svg(
      "svg",
      { width, height, viewBox: `0 0 ${width} ${height}` },
      svg("g", null, ...links),
      ...places.map(({ share, rank, lane }) => dot(share, x(rank), y(lane), share.hash === tip)),
    ),
  );
}

function dot(share: ShareItem, cx: number, cy: number, isTip: boolean): SVGElement {
  const text = `${shortHash(share.hash)}, ${formatTime(share.createdAt)}, pays ${shortName(share.address)}, difficulty ${formatDifficulty(share.difficulty)}, ${share.state}${share.block ? ", a block" : ""}${share.mine ? ", made here" : ""}`;
  const classes = `dot ${share.state}${share.mine ? " mine" : ""}${share.block ? " block" : ""}${isTip ? " tip" : ""}`;
  const shape = share.block
    ? svg("rect", {
        x: cx - RADIUS,
        y: cy - RADIUS,
        width: 2 * RADIUS,
        height: 2 * RADIUS,
        transform: `rotate(45 ${cx} ${cy})`,
        class: classes,
      })
    : svg("circle", { cx, cy, r: RADIUS, class: classes });
  return svg(
    "a",
    { href: `#/share/${share.hash}`, "data-key": share.hash, "aria-label": text },
    svg("title", null, text),
    shape,
    share.stale === null ? null : svg("circle", { cx, cy, r: 2.5, class: "announces" }),
  );
}
