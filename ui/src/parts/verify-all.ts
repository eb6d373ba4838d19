import { formatCount } from "../../../src/core/format.js";
import { API } from "../api.js";
import type { ChainMessage, VerifyChain } from "../chain-messages.js";
import { h } from "../dom.js";
import type { Screen } from "../screen.js";
import { badge, hashLink, section } from "./parts.js";

/** Name of the worker's file; put in when the page is built. */
declare const CHAIN_WORKER: string;

/** Verifies the whole chain in a worker, with a bar that shows how far it is. */
export class ChainVerification {
  private readonly screen: Screen;
  private worker: Worker | null = null;
  private state: ChainMessage | null = null;

  constructor(screen: Screen) {
    this.screen = screen;
    screen.atEnd(() => this.end());
  }

  render(): HTMLElement {
    const { state } = this;
    return section(
      "Verify all of it yourself",
      h(
        "p",
        null,
        "Your browser fetches every share that this node holds and verifies each one as the node does, in the background.",
      ),
      h(
        "button",
        { type: "button", id: "verify-all", onclick: () => this.run(), disabled: this.worker !== null },
        "Verify the whole chain",
      ),
      h("div", { role: "status", "aria-live": "polite" }, state === null ? null : outcome(state)),
    );
  }

  private run(): void {
    const { status, info } = this.screen.shared;
    const tip = status?.chain.tip ?? null;
    if (tip === null || this.worker !== null) return;
    this.worker = new Worker(new URL(CHAIN_WORKER, document.baseURI), { type: "module" });
    this.worker.onmessage = ({ data }: MessageEvent<ChainMessage>) => this.tell(data);
    this.worker.onerror = () => this.tell({ kind: "failed", reason: "The browser could not run the checks." });
    const request: VerifyChain = {
      api: new URL(API, document.baseURI).href,
      network: info.network,
      tip,
      height: status?.chain.height ?? 0,
      now: Date.now() / 1000,
    };
    this.worker.postMessage(request);
    this.tell({ kind: "progress", what: "fetching", done: 0, total: request.height });
  }

  private tell(message: ChainMessage): void {
    this.state = message;
    if (message.kind !== "progress") this.end();
    this.screen.update();
  }

  private end(): void {
    this.worker?.terminate();
    this.worker = null;
  }
}

function outcome(state: ChainMessage): HTMLElement {
  switch (state.kind) {
    case "failed":
      return h("p", { class: "warning error" }, state.reason);
    case "progress":
      return h(
        "p",
        null,
        `${state.what === "fetching" ? "Fetching" : "Verifying"} shares: ${formatCount(state.done)} of ${formatCount(state.total)} `,
        h("progress", { max: Math.max(1, state.total), value: state.done, "aria-label": "How much is done" }),
      );
    case "done":
      return h(
        "div",
        { id: "chain-verdict" },
        h(
          "p",
          null,
          state.refused.length === 0 ? badge("good", "verified") : badge("bad", "not all verified"),
          ` ${formatCount(state.verified)} of ${formatCount(state.shares)} shares verified in ${state.seconds.toFixed(1)} s`,
          state.verified < state.shares && state.refused.length === 0
            ? "; the oldest cannot be, as what they build on is not held any more."
            : ".",
        ),
        state.refused.map(({ id, reason }) => h("p", { class: "warning error" }, hashLink("share", id), ` ${reason}`)),
      );
  }
}
