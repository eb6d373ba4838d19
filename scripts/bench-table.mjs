// `node scripts/bench-table.mjs FILE…`: writes the figures of runs (`npm run bench -- --json FILE`) into the table of
// docs/PERFORMANCE.md. Benches that they do not name keep their rows.
import { readFileSync, writeFileSync } from "node:fs";

const DOCUMENT = new URL("../docs/PERFORMANCE.md", import.meta.url);
const BEGIN = "<!-- table: written by scripts/bench-table.mjs -->";
const END = "<!-- end of the table -->";

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error("bench-table: name the JSON file of a run");
  process.exit(2);
}
const reports = files.map((file) => JSON.parse(readFileSync(file, "utf8")));
const [{ node, machine }] = reports;
const results = Object.assign({}, ...reports.map((report) => report.results));
const number = (value) =>
  Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3)));
const range = (runs = []) => {
  const [least, most] = [Math.min(...runs), Math.max(...runs)].map(number);
  return least === most || runs.length < 2 ? "" : `${least} – ${most}`;
};
const measured = Object.entries(results).map(([bench, rows]) => [
  bench,
  rows.map(
    ({ what, value, unit, note, runs }) =>
      `| ${bench} | ${what} | ${number(value)} ${unit} | ${range(runs)} | ${note ?? ""} |`,
  ),
]);

const text = readFileSync(DOCUMENT, "utf8");
const begin = text.indexOf(BEGIN) + BEGIN.length;
const end = text.indexOf(END);
if (begin < BEGIN.length || end < begin) throw new Error("docs/PERFORMANCE.md has no place for the table");
/** Rows by bench, in the order of the table. */
const table = new Map();
const [, , ...old] = text
  .slice(begin, end)
  .split("\n")
  .filter((line) => line.startsWith("|"));
for (const line of old) {
  const bench = line.split("|")[1].trim();
  table.set(bench, [...(table.get(bench) ?? []), line]);
}
for (const [bench, rows] of measured) table.set(bench, rows);
const lines = [
  `Node ${node}, ${machine}.`,
  "",
  "| bench | what | figure | from – to of several runs | target |",
  "|---|---|---|---|---|",
  ...[...table.values()].flat(),
];
writeFileSync(DOCUMENT, `${text.slice(0, begin)}\n${lines.join("\n")}\n${text.slice(end)}`);
