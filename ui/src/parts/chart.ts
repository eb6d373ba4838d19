import { formatUnit } from "../../../src/core/format.js";
import { type Child, h, svg } from "../dom.js";
import type { Series } from "../types.js";
import {
  areaPath,
  cross,
  Geometry,
  grid,
  HEIGHT,
  highest,
  type Mark,
  marks,
  niceTop,
  PAD,
  path,
  selection,
  stack,
  timeAxis,
} from "./plot.js";

export interface ChartLine {
  readonly name: string;
  /** Index of its colour; by place if left out. */
  readonly color?: number;
  readonly values: readonly (number | null)[];
}

export interface ChartOptions {
  readonly title: string;
  readonly unit: string;
  /** Start of each bin, seconds since 1970. */
  readonly t: readonly number[];
  readonly lines: readonly ChartLine[];
  /** Areas on top of each other instead of lines. */
  readonly isStacked: boolean;
  /** It is a section of its own, and its title a heading of that rank. */
  readonly isAlone?: boolean;
  /** Moments that are marked, such as found blocks. */
  readonly marks: readonly Mark[];
}

/** Bins that are shown at least. */
const LEAST_BINS = 12;

/**
 * A plot that is zoomed by dragging over a part of it, by its buttons, or by keys: + and − zoom, the arrows move, 0 or a double
 * click shows all. The same figures are in a table below.
 */
export class Chart {
  /** 0 to 1; null as long as nobody has zoomed: then from where there is something to see. */
  private chosen: { readonly from: number; readonly to: number } | null = null;
  private first = 0;
  private hover: number | null = null;
  private drag: { readonly start: number; end: number } | null = null;
  private geometry = new Geometry();
  private readonly changed: () => void;

  constructor(changed: () => void) {
    this.changed = changed;
  }

  render(options: ChartOptions): HTMLElement {
    const { title, unit, t, lines } = options;
    this.first = firstWithData(lines, t.length);
    const [first, last] = this.range(t.length);
    const shown = lines.map((line, i) => ({
      ...line,
      color: line.color ?? i,
      values: line.values.slice(first, last + 1),
    }));
    const times = t.slice(first, last + 1);
    const stacked = options.isStacked ? stack(shown) : null;
    const g = new Geometry();
    this.geometry = g;
    const top = niceTop(highest(stacked ?? shown));
    const at =
      this.hover === null ? null : Math.min(times.length - 1, Math.max(0, Math.round(this.hover * (times.length - 1))));
    return h(
      "figure",
      { class: "chart" },
      h("figcaption", null, h(options.isAlone === true ? "h2" : "h3", null, title), this.buttons()),
      h(
        "div",
        {
          class: "plot",
          tabindex: 0,
          role: "group",
          "aria-label": describe(title, unit, shown),
          onkeydown: (event) => this.key(event as KeyboardEvent),
          onpointermove: (event) => this.move(event as PointerEvent),
          onpointerdown: (event) => this.down(event as PointerEvent),
          onpointerup: () => this.up(),
          onpointerleave: () => this.leave(),
          ondblclick: () => this.zoom(0, 1),
        },
        svg(
          "svg",
          { viewBox: `0 0 ${g.width} ${HEIGHT}`, "aria-hidden": "true" },
          grid(g, top, unit),
          timeAxis(g, times),
          stacked === null ? shown.map((line) => path(g, line, top)) : stacked.map((area) => areaPath(g, area, top)),
          marks(g, options.marks, times),
          at === null ? null : cross(g, at, times.length),
          this.drag === null ? null : selection(g, this.drag),
        ),
      ),
      legend(shown, unit, times, at),
      dataTable(title, unit, times, shown),
    );
  }

  private buttons(): Child {
    const { from, to } = this;
    const isAll = from === 0 && to === 1;
    const middle = (from + to) / 2;
    const half = (to - from) / 2;
    const button = (label: string, text: string, action: () => void, disabled = false): HTMLElement =>
      h("button", { type: "button", class: "small", "aria-label": label, onclick: action, disabled }, text);
    return h(
      "span",
      { class: "zoom" },
      button("Zoom in", "+", () => this.zoom(middle - half / 2, middle + half / 2)),
      button("Zoom out", "−", () => this.zoom(middle - half * 2, middle + half * 2), isAll),
      button("Show all", "All", () => this.zoom(0, 1), isAll),
    );
  }

  private get from(): number {
    return this.chosen?.from ?? this.first;
  }

  private get to(): number {
    return this.chosen?.to ?? 1;
  }

  private range(count: number): [number, number] {
    const first = Math.floor(this.from * (count - 1));
    const last = Math.ceil(this.to * (count - 1));
    return [Math.max(0, Math.min(first, count - LEAST_BINS)), Math.min(count - 1, Math.max(last, LEAST_BINS - 1))];
  }

  private zoom(from: number, to: number): void {
    const start = Math.max(0, Math.min(from, 0.98));
    this.chosen = { from: start, to: Math.min(1, Math.max(to, start + 0.02)) };
    this.changed();
  }

  private key(event: KeyboardEvent): void {
    const width = this.to - this.from;
    const middle = (this.from + this.to) / 2;
    const shift = (by: number): void => {
      const from = Math.max(0, Math.min(1 - width, this.from + by * width));
      this.zoom(from, from + width);
    };
    const actions: Readonly<Record<string, () => void>> = {
      "+": () => this.zoom(middle - width / 4, middle + width / 4),
      "-": () => this.zoom(middle - width, middle + width),
      "0": () => this.zoom(0, 1),
      ArrowLeft: () => shift(-0.25),
      ArrowRight: () => shift(0.25),
    };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }

  private down(event: PointerEvent): void {
    if (event.pointerType === "touch") return;
    const x = this.plotX(event);
    this.drag = { start: x, end: x };
  }

  private move(event: PointerEvent): void {
    this.hover = this.plotX(event);
    if (this.drag !== null) this.drag.end = this.hover;
    this.changed();
  }

  /** 0 to 1 across the plot. */
  private plotX(event: PointerEvent): number {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * this.geometry.width;
    return Math.max(0, Math.min(1, (x - PAD.left) / this.geometry.plotWidth));
  }

  private up(): void {
    const { drag } = this;
    this.drag = null;
    if (drag === null || Math.abs(drag.end - drag.start) < 0.02) return;
    const width = this.to - this.from;
    const [a, b] = [Math.min(drag.start, drag.end), Math.max(drag.start, drag.end)];
    this.zoom(this.from + a * width, this.from + b * width);
  }

  private leave(): void {
    this.hover = null;
    this.drag = null;
    this.changed();
  }
}

/** Lines of a series, the greatest first. */
export function seriesLines(series: Series, names: Readonly<Record<string, string>> = {}): ChartLine[] {
  return Object.entries(series.values).map(([key, values]) => ({ name: names[key] ?? key, values }));
}

/** Where, from 0 to 1, the first value is that says something; a node that was just started has an empty past. */
function firstWithData(lines: readonly ChartLine[], count: number): number {
  let first = count - 1;
  for (const { values } of lines) {
    const i = values.findIndex((value) => value !== null && value !== 0);
    if (i >= 0 && i < first) first = i;
  }
  return Math.max(0, Math.min(first - 2, count - LEAST_BINS)) / Math.max(1, count - 1);
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Values where the pointer is; means otherwise. */
function legend(
  lines: readonly { readonly name: string; readonly color: number; readonly values: readonly (number | null)[] }[],
  unit: string,
  times: readonly number[],
  at: number | null,
): HTMLElement {
  const when = at === null ? "mean" : new Date(times[at]! * 1000).toLocaleString();
  return h(
    "ul",
    { class: "legend" },
    h("li", { class: "when" }, when),
    ...lines.map(({ name, color, values }) =>
      h(
        "li",
        { title: name },
        h("span", { class: `dot c${color % 10}`, "aria-hidden": "true" }),
        h("span", { class: "name" }, name),
        ` ${formatUnit(at === null ? mean(values) : (values[at] ?? null), unit)}`,
      ),
    ),
  );
}

function describe(
  title: string,
  unit: string,
  lines: readonly { readonly name: string; readonly values: readonly (number | null)[] }[],
): string {
  const means = lines.map(({ name, values }) => `${name} ${formatUnit(mean(values), unit)}`).join(", ");
  return `${title}: ${means === "" ? "no data yet" : `on average ${means}`}. Plus and minus zoom, arrows move, 0 shows all.`;
}

/** Rows of the table of a plot. */
const MOST_ROWS = 60;

function dataTable(
  title: string,
  unit: string,
  times: readonly number[],
  lines: readonly { readonly name: string; readonly values: readonly (number | null)[] }[],
): HTMLElement {
  const open = h("details", { class: "data" }, h("summary", null, "Figures"));
  const step = Math.max(1, Math.ceil(times.length / MOST_ROWS));
  const rows = times.map((at, i) => ({ at, i })).filter(({ i }) => i % step === 0);
  open.append(
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": `${title}, figures` },
      h(
        "table",
        null,
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            h("th", { scope: "col", class: "text" }, "Time"),
            ...lines.map(({ name }) => h("th", { scope: "col", class: "number" }, name)),
          ),
        ),
        h(
          "tbody",
          null,
          ...rows
            .reverse()
            .map(({ at, i }) =>
              h(
                "tr",
                null,
                h("td", { class: "text" }, new Date(at * 1000).toLocaleString()),
                ...lines.map(({ values }) => h("td", { class: "number" }, formatUnit(values[i] ?? null, unit))),
              ),
            ),
        ),
      ),
    ),
  );
  return open;
}
