import { formatDuration } from "../../src/core/format.js";
import { get } from "./api.js";
import { h, morph } from "./dom.js";
import { live } from "./live.js";
import { canNotify, isNotifying, startNotifying, toggleNotify } from "./notify.js";
import { block, blocks } from "./pages/blocks.js";
import { connect } from "./pages/connect.js";
import { graphs } from "./pages/graphs.js";
import { miner, miners } from "./pages/miners.js";
import { node, peers } from "./pages/node.js";
import { overview } from "./pages/overview.js";
import { payouts } from "./pages/payouts.js";
import { proof } from "./pages/proof.js";
import { share } from "./pages/share.js";
import { shares } from "./pages/shares.js";
import { Screen, type Shared } from "./screen.js";
import { applyTheme, nextTheme, theme } from "./theme.js";
import type { Info } from "./types.js";

interface Route {
  readonly title: string;
  readonly open: (screen: Screen) => void;
  /** Name in the menu; left out of it without one. */
  readonly menu?: string;
}

const ROUTES: Readonly<Record<string, Route>> = {
  "": { title: "Overview", open: overview, menu: "Overview" },
  miners: { title: "Miners", open: miners, menu: "Miners" },
  miner: { title: "Miner", open: miner },
  payouts: { title: "Payouts", open: payouts, menu: "Payouts" },
  shares: { title: "Share chain", open: shares, menu: "Shares" },
  share: { title: "Share", open: share },
  blocks: { title: "Blocks", open: blocks, menu: "Blocks" },
  block: { title: "Block", open: block },
  graphs: { title: "Graphs", open: graphs, menu: "Graphs" },
  peers: { title: "Peers", open: peers, menu: "Peers" },
  node: { title: "Node health", open: node, menu: "Node" },
  proof: { title: "Check a proof", open: proof, menu: "Check a proof" },
  connect: { title: "Connect a miner", open: connect, menu: "Connect" },
};
/** Menu entries that a page without one belongs to. */
const PARENTS: Readonly<Record<string, string>> = { miner: "miners", share: "shares", block: "blocks" };

const RETRY_MS = 3000;

function currentRoute(): { name: string; parameter: string | null } {
  const [name = "", parameter] = location.hash.replace(/^#\/?/, "").split("/");
  return {
    name: Object.hasOwn(ROUTES, name) ? name : "",
    parameter: parameter === undefined ? null : decode(parameter),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function main(): void {
  applyTheme(theme());
  const header = document.querySelector("header")!;
  const drawHeader = (info: Info | null): void =>
    morph(
      header,
      renderHeader(info, () => drawHeader(info)),
    );
  drawHeader(null);
  void begin(drawHeader);
}

/** Everything begins with what stays the same; until the node answers, it is asked again. */
async function begin(drawHeader: (info: Info | null) => void): Promise<void> {
  let info: Info;
  try {
    info = await get<Info>("/info");
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    morph(
      document.querySelector("main")!,
      h(
        "main",
        { id: "main", tabindex: -1 },
        h("p", { class: "warning error", role: "alert" }, `${text} Trying again…`),
      ),
    );
    setTimeout(() => void begin(drawHeader), RETRY_MS);
    return;
  }
  const shared: Shared = { info, status: null };
  let screen: Screen | null = null;
  live.on("status", (status) => {
    shared.status = status;
  });
  // A node that was started again may be another version: its pages are to be loaded anew.
  live.on("hello", ({ version }) => {
    if (version !== info.version) location.reload();
  });
  live.watch(() => drawHeader(info));
  const open = (): void => {
    const { name, parameter } = currentRoute();
    const route = ROUTES[name]!;
    screen?.stop();
    const root = document.querySelector<HTMLElement>("main")!;
    document.title = `${route.title} – P2Pool ${info.network}`;
    screen = new Screen(root, shared, parameter);
    route.open(screen);
    drawHeader(info);
    scrollTo(0, 0);
  };
  addEventListener("hashchange", () => {
    open();
    // So that a screen reader goes on with the new page.
    document.querySelector<HTMLElement>("main")?.focus({ preventScroll: true });
  });
  addEventListener("resize", () => screen?.update());
  startNotifying();
  live.start();
  open();
}

function renderHeader(info: Info | null, changed: () => void): HTMLElement {
  const { name } = currentRoute();
  const active = PARENTS[name] ?? name;
  return h(
    "header",
    null,
    h(
      "a",
      {
        class: "skip",
        href: "#main",
        onclick: (event) => {
          event.preventDefault();
          document.querySelector<HTMLElement>("main")?.focus();
        },
      },
      "Skip to the content",
    ),
    h("a", { class: "brand", href: "#/" }, "P2Pool", info === null ? null : h("span", null, info.network)),
    h(
      "nav",
      { "aria-label": "Pages" },
      ...Object.entries(ROUTES).flatMap(([path, { menu }]) =>
        menu === undefined
          ? []
          : [h("a", { href: `#/${path}`, "aria-current": path === active ? "page" : null }, menu)],
      ),
    ),
    h(
      "div",
      { class: "tools" },
      connection(),
      canNotify()
        ? h(
            "button",
            {
              type: "button",
              class: "small",
              "aria-pressed": isNotifying() ? "true" : "false",
              title: "Tell me of the pool's blocks, and of shares for my addresses, while I look elsewhere",
              onclick: () => void toggleNotify().then(changed),
            },
            isNotifying() ? "Notify ✓" : "Notify",
          )
        : null,
      h(
        "button",
        {
          type: "button",
          class: "small",
          onclick: () => {
            nextTheme();
            changed();
          },
          title: "Colours: as the system, light or dark",
        },
        { system: "Auto", light: "Light", dark: "Dark" }[theme()],
      ),
    ),
  );
}

function connection(): HTMLElement {
  if (live.isConnected) return h("span", { class: "live on", role: "status" }, "live");
  const age = live.heardAt === 0 ? null : (Date.now() - live.heardAt) / 1000;
  const text = age === null ? "connecting" : age < 3 ? "connecting" : `not live for ${formatDuration(age)}`;
  return h("span", { class: "live", role: "status" }, text);
}

main();
