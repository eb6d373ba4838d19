// Bundles the dashboard into dist/static: index.html, style, script, the checks that are loaded when used, and the worker. Names
// carry a hash of what is in the file, so that browsers may keep them for ever.
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { collectLicenses } from "./licenses.mjs";

const UI = "ui";
const OUT = "dist/static";
const STAMP = "dist/.ui-inputs";
/** Folders whose code may be in a page. */
const SOURCES = ["ui", "src/core", "src/bitcoin", "src/networks", "src/sharechain"];

/** True if it had to be built, false if it was up to date. */
export async function bundleUi(root) {
  const inputs = hashInputs(root);
  const stamp = join(root, STAMP);
  if (existsSync(join(root, OUT, "index.html")) && existsSync(stamp) && readFileSync(stamp, "utf8") === inputs)
    return false;
  const { rolldown } = await import("rolldown");
  const build = async (input, name, define) => {
    const bundle = await rolldown({
      input: { [name]: join(root, UI, "src", input) },
      platform: "browser",
      cwd: root,
      resolve: {
        extensionAlias: { ".js": [".ts", ".js"] },
        alias: { "#hash": join(root, "src/core/hash/portable.ts") },
      },
      transform: { define },
      onLog(level, log) {
        if (level === "warn") throw new Error(`rolldown: ${log.message}`);
      },
    });
    const { output } = await bundle.generate({
      format: "esm",
      minify: true,
      comments: false,
      entryFileNames: "[name]-[hash].js",
      chunkFileNames: "[name]-[hash].js",
      hashCharacters: "hex",
    });
    await bundle.close();
    return output;
  };
  const worker = await build("chain-worker.ts", "chain-worker", {});
  const page = await build("main.ts", "main", { CHAIN_WORKER: JSON.stringify(worker[0].fileName) });
  const style = readFileSync(join(root, UI, "style.css"));
  const styleName = `style-${createHash("sha256").update(style).digest("hex").slice(0, 8)}.css`;
  const out = join(root, OUT);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const { fileName, code } of [...worker, ...page]) writeFileSync(join(out, fileName), code);
  writeFileSync(join(out, styleName), style);
  const modules = [...worker, ...page].flatMap((chunk) => Object.keys(chunk.modules));
  writeFileSync(join(out, "LICENSES.txt"), collectLicenses("The scripts", modules));
  copyFileSync(join(root, UI, "icon.svg"), join(out, "icon.svg"));
  const html = readFileSync(join(root, UI, "index.html"), "utf8");
  writeFileSync(join(out, "index.html"), html.replace("%STYLE%", styleName).replace("%SCRIPT%", page[0].fileName));
  writeFileSync(stamp, inputs);
  return true;
}

function hashInputs(root) {
  const hash = createHash("sha256").update(readFileSync(join(root, "package-lock.json")));
  const files = ["scripts/bundle-ui.mjs", "scripts/licenses.mjs"];
  for (const folder of SOURCES) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).sort()) {
      if (statSync(join(root, folder, name)).isFile()) files.push(join(folder, name));
    }
  }
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update("\0");
  return hash.digest("hex");
}
