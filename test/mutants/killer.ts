import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fuzz } from "../fuzz/support/fuzzer.js";
import { VECTOR_HANDLERS } from "../vectors/handlers/index.js";
import { planVectorFolder } from "../vectors/runner.js";

// `killer.js vectors`: runs the vectors of the share chain until one fails, the small files first. `killer.js forged`: has shares
// forged and judged. `killer.js units`: runs the unit tests of the share chain, in this one process. Exit code 1 if anything is wrong.

const DATA = fileURLToPath(new URL("../../../test/vectors/data", import.meta.url));
const ORDER = ["shares-", "chain-invalid", "chain-v36-invalid", "payouts", "merged", "chain-"];
const FORGED = 1_500;

function runVectors(): string | null {
  const rank = (file: string): number => ORDER.findIndex((start) => file.startsWith(start));
  const { tasks } = planVectorFolder(DATA, VECTOR_HANDLERS);
  const mine = tasks.filter(({ file }) => rank(file) >= 0).sort((a, b) => rank(a.file) - rank(b.file));
  for (const task of mine) {
    const { failed, file, key } = task.run();
    if (failed > 0) return `${file} ${key}`;
  }
  return null;
}

async function forge(): Promise<string | null> {
  const { FORGED_TARGETS } = await import("../fuzz/support/forged-shares.js");
  for (const target of FORGED_TARGETS) {
    const { finds } = fuzz(target, 1, (inputs) => inputs < FORGED);
    if (finds[0] !== undefined) return finds[0].found;
  }
  return null;
}

/** Node's test runner sets the exit code. */
async function runUnits(): Promise<null> {
  const folder = new URL("../unit/sharechain/", import.meta.url);
  for (const name of readdirSync(folder)) if (name.endsWith(".test.js")) await import(new URL(name, folder).href);
  return null;
}

async function judge(what: string | undefined): Promise<string | null> {
  if (what === "forged") return forge();
  return what === "units" ? runUnits() : runVectors();
}

const wrong = await judge(process.argv[2]);
if (wrong !== null) {
  console.log(wrong);
  process.exit(1);
}
