// Builds everything into dist/: the sources and tests by tsc, the embedded full node by rolldown into one file.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const quiet = process.argv.includes("--quiet");

function run(name, script, args) {
  const started = Date.now();
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: "inherit" });
  if (status !== 0) {
    console.error(`build: ${name} failed`);
    process.exit(1);
  }
  if (!quiet) console.log(`build: ${name} in ${Date.now() - started} ms`);
}

if (!existsSync(`${root}node_modules/typescript`)) {
  console.error("build: the dependencies are not installed; run `npm ci` first");
  process.exit(2);
}
run("tsc", "node_modules/typescript/bin/tsc", []);
