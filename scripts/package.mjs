// Packs what npm installs: a build from nothing, so that no file is in it whose source is gone. Arguments go to `npm pack`.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
  if (status !== 0) process.exit(1);
}

rmSync(`${root}dist`, { recursive: true, force: true });
run(process.execPath, ["scripts/build.mjs"]);
run("npm", ["pack", ...process.argv.slice(2)]);
