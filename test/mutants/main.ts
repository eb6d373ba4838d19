import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { mutatedPath, outdated } from "./outdated.js";
import { MUTANTS, type Mutant } from "./rules.js";

// `npm run mutants [-- --only TEXT --from N]`: breaks each rule of src/sharechain once, in a copy of the compiled program, and tells which
// of them no test notices. First the vectors are asked, then the unit tests of the share chain, then the forged shares.

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const { values } = parseArgs({
  options: { only: { type: "string", default: "" }, from: { type: "string", default: "1" } },
});

const STAGES: readonly (readonly string[])[] = [
  ["dist/test/mutants/killer.js", "vectors"],
  ["dist/test/mutants/killer.js", "units"],
  ["dist/test/mutants/killer.js", "forged"],
];
const STAGE_NAMES = ["vectors", "unit tests", "forged shares"];
/** A mutant that makes the program run for ever is noticed, too. */
const PATIENCE_MS = 240_000;

/** A copy of what the tests need. */
function copy(): string {
  const folder = mkdtempSync(join(tmpdir(), "p2pool-mutants-"));
  for (const part of ["dist/src", "dist/test", "package.json"])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  mkdirSync(join(folder, "test"));
  for (const part of ["node_modules", "test/vectors", "test/fuzz"]) symlinkSync(join(ROOT, part), join(folder, part));
  return folder;
}

function fails(folder: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const child = spawn(process.execPath, args, { cwd: folder, env, stdio: "ignore" });
    const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve(code !== 0);
    });
  });
}

/** Who noticed a mutant; null if nobody did. */
async function tryOut(folder: string, mutant: Mutant): Promise<string | null> {
  const file = join(folder, mutatedPath(mutant));
  const original = readFileSync(file, "utf8");
  writeFileSync(
    file,
    original.replace(mutant.find, () => mutant.put),
  );
  try {
    for (const [i, stage] of STAGES.entries()) if (await fails(folder, stage)) return STAGE_NAMES[i]!;
    return null;
  } finally {
    writeFileSync(file, original);
  }
}

const old = outdated();
if (old.length > 0) {
  console.error(`these do not stand exactly once in the compiled files:\n  ${old.join("\n  ")}`);
  process.exit(2);
}
const waiting = MUTANTS.filter(({ file, rule }) => `${file}: ${rule}`.includes(values.only)).slice(
  Number(values.from) - 1,
);
const total = waiting.length;
const counts = new Map<string, number>();
const survivors: string[] = [];

async function worker(): Promise<void> {
  const folder = copy();
  try {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const by = await tryOut(folder, mutant);
      const name = `${mutant.file}: ${mutant.rule}`;
      console.log(`${by === null ? "SURVIVED" : "killed"}  ${name}${by === null ? "" : ` (${by})`}`);
      if (by === null) survivors.push(name);
      else counts.set(by, (counts.get(by) ?? 0) + 1);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await Promise.all(Array.from({ length: Math.min(availableParallelism(), total) }, worker));
console.log(
  `${total} rules broken, ${total - survivors.length} noticed: ${[...counts].map(([by, n]) => `${n} by ${by}`).join(", ")}`,
);
for (const name of survivors) console.log(`  not noticed: ${name}`);
process.exit(survivors.length === 0 ? 0 : 1);
