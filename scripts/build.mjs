// Builds everything into dist/: the sources and tests by tsc, the embedded full node and the dashboard by
// rolldown.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleEmbeddedNode } from "./bundle-embedded.mjs";
import { bundleUi } from "./bundle-ui.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const quiet = process.argv.includes("--quiet");

function report(name, started) {
  if (!quiet) console.log(`build: ${name} in ${Date.now() - started} ms`);
}

function run(name, script, args) {
  const started = Date.now();
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: "inherit" });
  if (status !== 0) {
    console.error(`build: ${name} failed`);
    process.exit(1);
  }
  report(name, started);
}

/** What was made of a source that is gone would be tested and packed for ever. */
function dropOrphans() {
  for (const folder of ["src", "test", "bench"]) {
    const built = join(root, "dist", folder);
    for (const name of readdirSync(built, { recursive: true, encoding: "utf8" })) {
      const source = /^(.*?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(name)?.[1];
      if (source !== undefined && !existsSync(join(root, folder, `${source}.ts`))) rmSync(join(built, name));
    }
  }
}

if (!existsSync(`${root}node_modules/typescript`)) {
  console.error("build: the dependencies are not installed; run `npm ci` first");
  process.exit(2);
}
run("tsc", "node_modules/typescript/bin/tsc", []);
dropOrphans();
chmodSync(join(root, "dist/src/cli/main.js"), 0o755);

let started = Date.now();
if (await bundleEmbeddedNode(root)) report("embedded node", started);
started = Date.now();
if (await bundleUi(root)) report("dashboard", started);
