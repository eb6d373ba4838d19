import { writeFileSync } from "node:fs";
import { formatValue } from "../support/harness.js";
import { judge, METRICS, type Verdict } from "./judge.js";
import { Soak, type SoakResult } from "./soak.js";

// `npm run soak [-- --minutes N] [--json FILE] [--seed N] [--snapshots FOLDER]`: ten nodes for a long while; fails if memory, files,
// handles, listeners or threads of one of them grow. See bench/README.md.

const DEFAULT_MINUTES = 60;
/** Looks at each node. */
const LOOKS = 180;
const LEAST_PAUSE_SECONDS = 4;
const BYTES = new Set<string>(["heap", "external", "resident", "childrenResident"]);

const args = process.argv.slice(2);
const minutes = Number(takeOption("--minutes") ?? DEFAULT_MINUTES);
const seed = Number(takeOption("--seed") ?? 1);
const jsonFile = takeOption("--json");
const snapshots = takeOption("--snapshots");
if (args.length > 0 || !(minutes > 0) || !Number.isInteger(seed)) {
  console.error("soak: known are --minutes N, --seed N, --json FILE, --snapshots FOLDER");
  process.exit(2);
}

const result = await new Soak({
  seconds: minutes * 60,
  everySeconds: Math.max(LEAST_PAUSE_SECONDS, (minutes * 60) / LOOKS),
  seed,
  snapshots,
  note: (line) => console.log(line),
}).run();
const verdicts = judge(result.samples);
if (jsonFile !== null) writeFileSync(jsonFile, `${JSON.stringify({ ...result, verdicts })}\n`);
report(result, verdicts);
if (verdicts.length === 0) console.log("too short: no node was old enough to be judged");
const isGood =
  verdicts.length > 0 && verdicts.every(({ grows }) => !grows) && result.agreed && result.faults.length === 0;
process.exit(isGood ? 0 : 1);

function report(soak: SoakResult, all: readonly Verdict[]): void {
  const { seconds, lives, sharesFound, blocks, processor, churn } = soak;
  console.log(
    `\n${(seconds / 60).toFixed(1)} minutes, node ${process.version}; lives of the nodes: ${lives.join(" ")}`,
  );
  console.log(`${sharesFound} shares and ${blocks} blocks; ${JSON.stringify(churn)}`);
  const cores = (value: number): string => (value / seconds).toFixed(2);
  console.log(`processors: nodes ${cores(processor.nodes)}, all else ${cores(processor.others)}`);
  console.log(
    `same tip: ${(100 * soak.agreement).toFixed(1)} % of the looks; at the end ${soak.agreed ? "all" : "NOT all"}\n`,
  );
  for (const of of new Set(all.map((verdict) => verdict.of))) {
    console.log(of);
    for (const { metric, before, after, perHour, grows } of all.filter((verdict) => verdict.of === of)) {
      const show = (value: number): string => formatValue(BYTES.has(metric) ? value / 2 ** 20 : value);
      const unit = BYTES.has(metric) ? " MB" : "";
      console.log(
        `  ${metric.padEnd(18)} ${show(before).padStart(8)} → ${show(after).padStart(8)}${unit}  ${show(perHour)} an hour${grows ? "  GROWS" : ""}`,
      );
    }
  }
  for (const fault of soak.faults.slice(0, 50)) console.log(`fault: ${fault.slice(0, 500)}`);
  console.log(`${all.filter(({ grows }) => grows).length} of ${METRICS.length} × ${all.length / METRICS.length} grow`);
}

function takeOption(name: string): string | null {
  const at = args.indexOf(name);
  return at < 0 ? null : (args.splice(at, 2)[1] ?? "");
}
