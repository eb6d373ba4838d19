/** A series of points, joined by a line or not. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly isLine: boolean;
}

export interface Plot {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  readonly isLogarithmic?: boolean;
  /** A line across, at what would be fair or expected. */
  readonly level?: number;
}

const WIDTH = 640;
const HEIGHT = 320;
const LEFT = 64;
const RIGHT = 16;
const TOP = 28;
const BOTTOM = 48;
const COLORS = ["#2a6fdb", "#d1495b", "#3a9a5b", "#b8860b", "#8057c2", "#3d8f99"];
const TICKS = 5;

/** An SVG picture, the same bytes for the same plot. */
export function plotSvg(plot: Plot): string {
  const points = plot.series.flatMap((series) => series.points);
  const scale = plot.isLogarithmic === true ? logScale : linearScale;
  const x = scale(points.map(([value]) => value));
  const levels = plot.level === undefined ? [] : [plot.level];
  const y = scale([...points.map(([, value]) => value), ...levels]);
  const px = (value: number): number => LEFT + x.at(value) * (WIDTH - LEFT - RIGHT);
  const py = (value: number): number => HEIGHT - BOTTOM - y.at(value) * (HEIGHT - TOP - BOTTOM);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeMarkup(plot.title)}">`,
    text(LEFT, 16, plot.title, "start"),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, plot.xLabel, "middle"),
    `<g transform="rotate(-90 14 ${HEIGHT / 2})">${text(14, HEIGHT / 2, plot.yLabel, "middle")}</g>`,
    ...x.ticks.map((tick) => text(px(tick), HEIGHT - BOTTOM + 16, label(tick), "middle")),
    ...y.ticks.flatMap((tick) => [
      line(LEFT, py(tick), WIDTH - RIGHT, py(tick), 0.15),
      text(LEFT - 6, py(tick) + 4, label(tick), "end"),
    ]),
    line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, 1),
    line(LEFT, TOP, LEFT, HEIGHT - BOTTOM, 1),
    ...levels.map((level) => line(LEFT, py(level), WIDTH - RIGHT, py(level), 0.6)),
  ];
  for (const [i, { name, points: own, isLine }] of plot.series.entries()) {
    const color = COLORS[i % COLORS.length]!;
    const places = own.map(([a, b]) => [px(a).toFixed(1), py(b).toFixed(1)] as const);
    if (isLine) {
      parts.push(
        `<polyline fill="none" stroke="${color}" stroke-width="2" points="${places.map((p) => p.join()).join(" ")}"/>`,
      );
    } else {
      for (const [a, b] of places) parts.push(`<circle cx="${a}" cy="${b}" r="3" fill="${color}" fill-opacity="0.6"/>`);
    }
    if (plot.series.length > 1) {
      parts.push(`<g fill="${color}">${text(WIDTH - RIGHT, TOP + 14 * (i + 1), name, "end")}</g>`);
    }
  }
  return `${parts.join("")}</svg>`;
}

interface Scale {
  /** 0 to 1. */
  at(value: number): number;
  readonly ticks: readonly number[];
}

function linearScale(values: readonly number[]): Scale {
  const high = Math.max(0, ...values) || 1;
  const step = niceStep(high / TICKS);
  const top = step * Math.ceil(high / step);
  const count = Math.round(top / step);
  return {
    at: (value) => value / top,
    ticks: Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12))),
  };
}

/** From one power of ten to another; what is not above zero stands at the lower end. */
function logScale(values: readonly number[]): Scale {
  const positive = values.filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.min(...positive, 1e9)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...positive, 1e-9))));
  return {
    at: (value) => (value > 0 ? (Math.log10(value) - low) / (high - low) : 0),
    ticks: Array.from({ length: high - low + 1 }, (_, i) => Number(`1e${low + i}`)),
  };
}

function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= raw) ?? 10;
  return factor * power;
}

function label(value: number): string {
  return value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6) ? value.toExponential(0) : `${value}`;
}

function text(x: number, y: number, content: string, anchor: "end" | "middle" | "start"): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escapeMarkup(content)}</text>`;
}

function line(x1: number, y1: number, x2: number, y2: number, opacity: number): string {
  return `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="currentColor" stroke-opacity="${opacity}"/>`;
}

export function escapeMarkup(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
