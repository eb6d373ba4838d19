// `node scripts/bench-table.mjs FILE…`: writes the table of a run (`npm run bench -- --json FILE`), or of runs of several benches one
// after the other, into docs/PERFORMANCE.md.
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
const range = ({ runs = [] }) => (runs.length > 1 ? `${number(Math.min(...runs))} – ${number(Math.max(...runs))}` : "");
const lines = Object.entries(results).flatMap(([bench, rows]) =>
  rows.map((row) => {
    const { what, value, unit, note } = row;
    return `| ${bench} | ${what} | ${number(value)} ${unit} | ${range(row)} | ${note ?? ""} |`;
  }),
);
const table = [
  `Node ${node}, ${machine}.`,
  "",
  "| bench | what | figure | runs | target |",
  "|---|---|---|---|---|",
  ...lines,
].join("\n");
const text = readFileSync(DOCUMENT, "utf8");
const begin = text.indexOf(BEGIN);
const end = text.indexOf(END);
if (begin < 0 || end < begin) throw new Error("docs/PERFORMANCE.md has no place for the table");
writeFileSync(DOCUMENT, `${text.slice(0, begin + BEGIN.length)}\n${table}\n${text.slice(end)}`);
