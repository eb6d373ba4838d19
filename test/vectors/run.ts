import { fileURLToPath } from "node:url";
import { VECTOR_HANDLERS } from "./handlers/index.js";
import { runVectorFolder } from "./runner.js";

/**
 * `node dist/test/vectors/run.js [DIR]`: checks a folder of vector files and prints what passed. Exit code 0 if all did,
 * 1 if a case failed, 2 if a file, a key or the folder itself is not known.
 */
const dir = process.argv[2] ?? fileURLToPath(new URL("../../../test/vectors/data", import.meta.url));
const { results, problems } = runVectorFolder(dir, VECTOR_HANDLERS);

for (const { file, key, passed, failed, failures } of results) {
  console.log(`${file} ${key}: ${passed} passed, ${failed} failed`);
  for (const failure of failures) console.log(`  ${failure}`);
}
const total = (pick: "failed" | "passed"): number => results.reduce((sum, result) => sum + result[pick], 0);
console.log(`total: ${total("passed")} passed, ${total("failed")} failed`);
for (const problem of problems) console.error(`vectors: ${problem}`);
process.exitCode = problems.length > 0 ? 2 : total("failed") > 0 ? 1 : 0;
