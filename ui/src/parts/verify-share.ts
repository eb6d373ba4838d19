import { formatCoins, formatCount } from "../../../src/core/format.js";
import { h } from "../dom.js";
import type { Screen } from "../screen.js";
import type { ShareDetail } from "../types.js";
import { fetchChain, loadChecks, type PayoutProof, type ProofReport, runChecks, saveFile } from "./node-proof.js";
import { addressLink, badge, section, table } from "./parts.js";

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "running"; readonly what: string; readonly part: number }
  | { readonly kind: "done"; readonly report: ProofReport; readonly proof: PayoutProof; readonly seconds: number }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Checks a share in the page, with the node's own code on the raw shares that the node holds: nothing that the node says
 * about them is believed.
 */
export class ShareVerification {
  private readonly screen: Screen;
  private readonly hash: string;
  private state: State = { kind: "idle" };
  private forAddress = "";

  constructor(screen: Screen, hash: string) {
    this.screen = screen;
    this.hash = hash;
  }

  render(share: ShareDetail): HTMLElement {
    const { state } = this;
    return section(
      "Verify it yourself",
      h(
        "p",
        null,
        "Your browser fetches the raw shares and works everything out again: the hash, the proof of work, the work of everyone in the window, and the generation transaction that follows from it.",
      ),
      h(
        "button",
        {
          type: "button",
          id: "verify",
          onclick: () => void this.run(share.address),
          disabled: state.kind === "running",
        },
        "Verify in this browser",
      ),
      h("div", { role: "status", "aria-live": "polite" }, this.outcome()),
    );
  }

  private outcome(): HTMLElement | null {
    const { state } = this;
    switch (state.kind) {
      case "idle":
        return null;
      case "running":
        return h("p", null, `${state.what} `, h("progress", { max: 1, value: state.part, "aria-label": state.what }));
      case "failed":
        return h("p", { class: "warning error" }, state.reason);
      case "done":
        return this.report(state);
    }
  }

  private report({ report, proof, seconds }: State & { kind: "done" }): HTMLElement {
    const { symbol } = this.screen.shared.info;
    // Whether its own miner is among the payees says nothing of the share: from version 36 on a newcomer is not.
    const steps = report.steps.filter(({ ok, name }) => ok || name !== "output");
    const isRight = steps.every(({ ok }) => ok);
    return h(
      "div",
      null,
      h(
        "ol",
        { class: "steps", id: "steps" },
        ...steps.map(({ name, ok, text }) =>
          h("li", { class: ok ? "ok" : "bad" }, h("strong", null, ok ? "✓ " : "✗ ", name), ` — ${text}`),
        ),
      ),
      h(
        "p",
        { id: "verdict" },
        isRight ? badge("good", "verified") : badge("bad", "not verified"),
        ` ${formatCount(proof.shares.length)} shares checked in ${seconds.toFixed(1)} s.`,
      ),
      isRight
        ? h(
            "details",
            null,
            h("summary", null, "Whom it must pay, as worked out here"),
            table(
              "Payees",
              [
                { title: "Address", isText: true, cell: ({ address }) => addressLink(address, true) },
                { title: `Amount (${symbol})`, cell: ({ amount }) => formatCoins(amount) },
              ],
              [...report.payees].reverse(),
              ({ address }) => address,
              "Nobody but the donation.",
            ),
          )
        : null,
      isRight ? this.proofForm(report, proof) : null,
    );
  }

  private proofForm(report: ProofReport, proof: PayoutProof): HTMLElement {
    const save = async (event: Event): Promise<void> => {
      event.preventDefault();
      const address = this.forAddress === "" ? proof.address : this.forAddress;
      const { proofToJson } = await loadChecks();
      saveFile(`payout-${proof.block.slice(-8)}-${address.slice(0, 12)}.json`, proofToJson({ ...proof, address }));
    };
    return h(
      "form",
      { class: "inline", onsubmit: (event) => void save(event) },
      h("label", { for: "proof-address" }, "Payout proof for"),
      h(
        "select",
        {
          id: "proof-address",
          onchange: (event) => {
            this.forAddress = (event.target as HTMLSelectElement).value;
          },
        },
        ...[...report.payees].reverse().map(({ address }) => h("option", { value: address }, address)),
      ),
      h("button", { type: "submit", id: "save-proof" }, "Save as a file"),
      h(
        "p",
        { class: "note" },
        "With the file anyone can check this payout offline: on the page “Check a proof” of any node, or with p2pool inspect proof FILE.",
      ),
    );
  }

  private async run(address: string): Promise<void> {
    const { info } = this.screen.shared;
    const started = performance.now();
    try {
      this.set({ kind: "running", what: "Loading the checks", part: 0 });
      const checks = await loadChecks();
      const rules = new checks.ShareRules(checks.networkByName(info.network));
      const length = checks.proofLength(rules);
      const parentOf = (raw: Uint8Array): string | null => checks.decodeShare(raw, rules).parentId;
      const shares = await fetchChain(this.hash, length, parentOf, checks.splitShareChain, (fetched) =>
        this.set({ kind: "running", what: `Fetching shares: ${formatCount(fetched)}`, part: fetched / length }),
      );
      const proof = { network: info.network, block: this.hash, address, shares };
      const report = await runChecks(checks.checkPayoutProof(proof, rules), (part) =>
        this.set({ kind: "running", what: "Checking shares", part }),
      );
      this.forAddress = report.payees.at(-1)?.address ?? address;
      this.set({ kind: "done", report, proof, seconds: (performance.now() - started) / 1000 });
    } catch (error) {
      this.set({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
    }
  }

  private set(state: State): void {
    this.state = state;
    this.screen.update();
  }
}
