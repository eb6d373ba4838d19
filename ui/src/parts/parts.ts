import { ABSENT, formatAgo, formatTime, shortHash, shortName } from "../../../src/core/format.js";
import { type Child, h } from "../dom.js";
import type { Loaded } from "../screen.js";
import type { Info } from "../types.js";

export function section(title: string, ...content: readonly Child[]): HTMLElement {
  return h("section", { "aria-label": title }, h("h2", null, title), ...content);
}

/** A figure with its name; `note` is smaller and below. */
export function figure(name: string, value: Child, note: Child = null, about: string | null = null): HTMLElement {
  return h(
    "div",
    { class: "figure", title: about },
    h("dt", null, name),
    h("dd", null, value, note === null ? null : h("small", null, note)),
  );
}

export function figures(...items: readonly Child[]): HTMLElement {
  return h("dl", { class: "figures" }, ...items);
}

export interface Column<Row> {
  readonly title: string;
  /** Aligned to the left. */
  readonly isText?: boolean;
  /** Left out on narrow screens. */
  readonly isExtra?: boolean;
  readonly cell: (row: Row) => Child;
}

export function table<Row>(
  label: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  key: (row: Row) => string,
  none: string,
): HTMLElement {
  if (rows.length === 0) return h("p", { class: "none" }, none);
  const classes = ({ isText, isExtra }: Column<Row>): string =>
    `${isText === true ? "text" : "number"}${isExtra === true ? " extra" : ""}`;
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    h(
      "table",
      null,
      h(
        "thead",
        null,
        h("tr", null, ...columns.map((column) => h("th", { scope: "col", class: classes(column) }, column.title))),
      ),
      h(
        "tbody",
        null,
        ...rows.map((row) =>
          h(
            "tr",
            { "data-key": key(row) },
            ...columns.map((column) => h("td", { class: classes(column) }, column.cell(row))),
          ),
        ),
      ),
    ),
  );
}

/** What was asked for once it is there; until then, or if it never will be, why not. */
export function whenLoaded<T>(loaded: Loaded<T>, show: (value: T) => Child): Child {
  if (loaded.value !== null) return show(loaded.value);
  if (!loaded.isAnswered) return h("p", { class: "none", "aria-busy": "true" }, "Loading…");
  return h("p", { class: "none" }, loaded.error ?? "There is nothing here.");
}

export function hashLink(kind: "block" | "share", hash: string, text = shortHash(hash)): HTMLElement {
  return h("a", { href: `#/${kind}/${hash}`, class: "hash", title: hash }, text);
}

export function addressLink(address: string, isWhole = false): HTMLElement {
  return h(
    "a",
    { href: `#/miner/${encodeURIComponent(address)}`, class: isWhole ? "hash whole" : "hash", title: address },
    isWhole ? address : shortName(address),
  );
}

/** A link to the coin's explorer, the only ones to another host, and only when followed. */
export function explorerLink(info: Info, kind: "address" | "block" | "tx", value: string): Child {
  const prefix = info.explorer?.[kind] ?? "";
  if (!/^https?:\/\//.test(prefix)) return null;
  return h("a", { href: prefix + value, rel: "noreferrer noopener", target: "_blank" }, "explorer");
}

export function ago(at: number | null): HTMLElement {
  const now = Date.now() / 1000;
  return h(
    "time",
    { title: formatTime(at), datetime: at === null ? null : new Date(at * 1000).toISOString() },
    formatAgo(at, now),
  );
}

export function badge(
  kind: "bad" | "good" | "info" | "plain" | "warn",
  text: string,
  title: string | null = null,
): HTMLElement {
  return h("span", { class: `badge ${kind}`, title }, text);
}

export function orAbsent(value: string | number | null | undefined): string {
  return value === null || value === undefined || value === "" ? ABSENT : String(value);
}

/** A text to be copied, with the button that does it. */
export function copyable(text: string): HTMLElement {
  const copy = async (event: Event): Promise<void> => {
    const button = event.currentTarget as HTMLButtonElement;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      // Browsers allow it in secure contexts only: select it, so that one key is left.
      const code = button.parentElement?.querySelector("code");
      if (code) getSelection()?.selectAllChildren(code);
      button.textContent = "Selected";
    }
    setTimeout(() => {
      button.textContent = "Copy";
    }, 2000);
  };
  return h(
    "div",
    { class: "copyable" },
    h("code", { tabindex: 0 }, text),
    h("button", { type: "button", onclick: (event) => void copy(event), "aria-label": `Copy ${text}` }, "Copy"),
  );
}

/** A part of a whole as a bar; `fraction` beyond 1 fills it. */
export function bar(fraction: number, label: string): HTMLElement {
  return h("progress", { max: 1, value: Math.max(0, Math.min(1, fraction)), "aria-label": label });
}
