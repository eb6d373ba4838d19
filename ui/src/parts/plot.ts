import { formatUnit } from "../../../src/core/format.js";
import { svg } from "../dom.js";

export const HEIGHT = 240;
export const PAD = { left: 64, right: 12, top: 12, bottom: 24 };
const PLOT_HEIGHT = HEIGHT - PAD.top - PAD.bottom;

/** A moment that is marked, with a link. */
export interface Mark {
  /** Seconds since 1970. */
  readonly at: number;
  readonly text: string;
  readonly href: string;
}

/** Where things are in a drawing as wide as the page allows, so that its text is as large as other text. */
export class Geometry {
  readonly width: number;

  constructor() {
    this.width = Math.max(280, Math.min(1100, document.documentElement.clientWidth - 56));
  }

  get plotWidth(): number {
    return this.width - PAD.left - PAD.right;
  }

  get right(): number {
    return this.width - PAD.right;
  }

  x(i: number, count: number): number {
    return PAD.left + (count < 2 ? 0 : (i / (count - 1)) * this.plotWidth);
  }

  y(value: number, top: number): number {
    return PAD.top + PLOT_HEIGHT * (1 - Math.max(0, value) / top);
  }

  point(i: number, value: number, count: number, top: number): string {
    return `${this.x(i, count).toFixed(1)},${this.y(value, top).toFixed(1)}`;
  }
}

export function highest(lines: readonly { readonly values: readonly (number | null)[] }[]): number {
  let top = 0;
  for (const { values } of lines) for (const value of values) if (value !== null && value > top) top = value;
  return top;
}

export function niceTop(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]) if (value <= step * power) return step * power;
  return 10 * power;
}

interface Area {
  readonly color: number;
  readonly values: readonly (number | null)[];
  readonly below: readonly (number | null)[];
}

export function stack(
  lines: readonly { readonly color: number; readonly values: readonly (number | null)[] }[],
): Area[] {
  let below: (number | null)[] = lines[0]?.values.map((value) => (value === null ? null : 0)) ?? [];
  return lines.map(({ color, values }) => {
    const top = values.map((value, i) => (value === null ? (below[i] ?? null) : (below[i] ?? 0) + value));
    const area = { color, values: top, below };
    below = top;
    return area;
  });
}

/** Gaps where there is no value. */
export function path(
  g: Geometry,
  { color, values }: { color: number; values: readonly (number | null)[] },
  top: number,
): SVGElement {
  let d = "";
  let isOpen = false;
  for (const [i, value] of values.entries()) {
    if (value !== null) d += `${isOpen ? "L" : "M"}${g.point(i, value, values.length, top)}`;
    isOpen = value !== null;
  }
  return svg("path", { d, class: `line c${color % 10}` });
}

export function areaPath(g: Geometry, { color, values, below }: Area, top: number): SVGElement {
  const runs: number[][] = [];
  for (const [i, value] of values.entries()) {
    if (value === null) continue;
    const run = runs.at(-1);
    if (run !== undefined && run.at(-1) === i - 1) run.push(i);
    else runs.push([i]);
  }
  const count = values.length;
  const d = runs
    .map((run) => {
      const up = run.map((i) => g.point(i, values[i]!, count, top)).join("L");
      const down = [...run]
        .reverse()
        .map((i) => g.point(i, below[i] ?? 0, count, top))
        .join("L");
      return `M${up}L${down}Z`;
    })
    .join("");
  return svg("path", { d, class: `area c${color % 10}` });
}

export function grid(g: Geometry, top: number, unit: string): SVGElement[] {
  return [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const level = g.y(part * top, top);
    return svg(
      "g",
      null,
      svg("line", { x1: PAD.left, x2: g.right, y1: level, y2: level, class: "grid" }),
      svg("text", { x: PAD.left - 6, y: level + 4, class: "axis end" }, formatUnit(part * top, unit)),
    );
  });
}

export function timeAxis(g: Geometry, times: readonly number[]): SVGElement[] {
  if (times.length < 2) return [];
  const span = times.at(-1)! - times[0]!;
  const parts = g.width < 500 ? [0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1];
  return parts.map((part) => {
    const i = Math.round(part * (times.length - 1));
    const place = part === 0 ? "start" : part === 1 ? "end" : "middle";
    return svg(
      "text",
      { x: g.x(i, times.length), y: HEIGHT - 6, class: `axis ${place}` },
      formatMoment(times[i]!, span),
    );
  });
}

function formatMoment(at: number, spanSeconds: number): string {
  const date = new Date(at * 1000);
  if (spanSeconds <= 2 * 86_400) return date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  if (spanSeconds <= 62 * 86_400) return date.toLocaleDateString([], { month: "short", day: "numeric" });
  return date.toLocaleDateString([], { year: "numeric", month: "short" });
}

export function marks(g: Geometry, all: readonly Mark[], times: readonly number[]): SVGElement[] {
  const [from = 0, to = 0] = [times[0], times.at(-1)];
  return all
    .filter(({ at }) => at >= from && at <= to && to > from)
    .map(({ at, text, href }) => {
      const place = PAD.left + ((at - from) / (to - from)) * g.plotWidth;
      const line = svg("path", { d: `M${place - 4},${PAD.top - 10}h8l-4,9z`, class: "mark" });
      return svg("a", { href, tabindex: -1 }, line, svg("title", null, text));
    });
}

export function cross(g: Geometry, i: number, count: number): SVGElement {
  const place = g.x(i, count);
  return svg("line", { x1: place, x2: place, y1: PAD.top, y2: PAD.top + PLOT_HEIGHT, class: "cross" });
}

export function selection(g: Geometry, { start, end }: { readonly start: number; readonly end: number }): SVGElement {
  const left = PAD.left + Math.min(start, end) * g.plotWidth;
  return svg("rect", {
    x: left,
    y: PAD.top,
    width: Math.abs(end - start) * g.plotWidth,
    height: PLOT_HEIGHT,
    class: "selection",
  });
}
