import { formatAmount, formatCount, formatTime } from "../../../src/core/format.js";
import { h } from "../dom.js";
import { loadChecks, type PayoutProof, type ProofReport, runChecks } from "../parts/node-proof.js";
import { badge, section } from "../parts/parts.js";
import type { Screen } from "../screen.js";

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "running"; readonly part: number }
  | { readonly kind: "done"; readonly report: ProofReport; readonly proof: PayoutProof; readonly symbol: string }
  | { readonly kind: "failed"; readonly reason: string };

/** Checks a payout proof from a file; nothing is sent anywhere. */
export function proof(screen: Screen): void {
  let state: State = { kind: "idle" };
  const set = (next: State): void => {
    state = next;
    screen.update();
  };
  const check = async (file: File): Promise<void> => {
    try {
      set({ kind: "running", part: 0 });
      const checks = await loadChecks();
      const parsed = checks.proofFromJson(await file.text());
      const network = checks.networkByName(parsed.network);
      const report = await runChecks(checks.checkPayoutProof(parsed, new checks.ShareRules(network)), (part) =>
        set({ kind: "running", part }),
      );
      set({ kind: "done", report, proof: parsed, symbol: network.coin.symbol });
    } catch (error) {
      set({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
    }
  };
  screen.show(() =>
    h(
      "div",
      null,
      h("h1", null, "Check a payout proof"),
      section(
        "A file",
        h(
          "p",
          null,
          "A payout proof holds a block and the shares below it. Your browser checks, with nothing but the file, that these shares earned the output. The file stays in this browser.",
        ),
        h(
          "p",
          null,
          h("label", { for: "proof-file" }, "Proof "),
          h("input", {
            id: "proof-file",
            type: "file",
            accept: ".json,application/json",
            // The same file may be chosen again, after it was changed.
            onclick: (event) => {
              (event.target as HTMLInputElement).value = "";
            },
            onchange: (event) => {
              const [file] = (event.target as HTMLInputElement).files ?? [];
              if (file !== undefined) void check(file);
            },
          }),
        ),
        h("div", { role: "status", "aria-live": "polite" }, outcome(state)),
      ),
    ),
  );
}

function outcome(state: State): HTMLElement | null {
  switch (state.kind) {
    case "idle":
      return null;
    case "running":
      return h(
        "p",
        null,
        "Checking ",
        h("progress", { max: 1, value: state.part, "aria-label": "How much is checked" }),
      );
    case "failed":
      return h("p", { class: "warning error" }, state.reason);
    case "done":
      return report(state);
  }
}

function report({
  report: found,
  proof: { address, block, network, shares },
  symbol,
}: State & { kind: "done" }): HTMLElement {
  return h(
    "div",
    null,
    h(
      "ol",
      { class: "steps" },
      ...found.steps.map(({ name, ok, text }) =>
        h("li", { class: ok ? "ok" : "bad" }, h("strong", null, ok ? "✓ " : "✗ ", name), ` — ${text}`),
      ),
    ),
    h(
      "p",
      { id: "proof-verdict" },
      found.ok && found.amount !== null
        ? [
            badge("good", "proven"),
            ` ${formatCount(shares.length - 1)} shares of network ${network} earned ${address} ${formatAmount(found.amount, symbol)} of block ${block}, made ${formatTime(found.share?.info.timestamp ?? null)}.`,
          ]
        : [badge("bad", "not proven"), " The file does not show what it claims."],
    ),
  );
}
