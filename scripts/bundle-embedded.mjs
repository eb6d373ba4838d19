// Bundles the embedded node's worker with bcoin into dist/embedded/bcoin-worker.cjs, and the notices of all packages
// that went in into LICENSES.txt beside it. bcoin stays out of the run-time dependencies: its native modules of 2018 do
// not install, and the overrides that leave them out count only in the root project.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";

const WORKER = "src/daemon/embedded/worker";
const OUTPUTS = ["dist/embedded/bcoin-worker.cjs", "dist/embedded/LICENSES.txt"];
const STAMP = "dist/.embedded-inputs";

/** True if it had to be built, false if it was up to date. */
export async function bundleEmbeddedNode(root) {
  const inputs = hashInputs(root);
  const stamp = join(root, STAMP);
  if (OUTPUTS.every((file) => existsSync(join(root, file))) && existsSync(stamp)) {
    if (readFileSync(stamp, "utf8") === inputs) return false;
  }
  // Loaded when used: it takes a quarter of a second.
  const { rolldown } = await import("rolldown");
  const bundle = await rolldown({
    input: join(root, WORKER, "main.ts"),
    platform: "node",
    resolve: {
      // bcoin has a main for browsers too, which must not be taken.
      mainFields: ["main"],
      alias: { leveldown: join(root, "stubs/leveldown/index.js") },
      extensionAlias: { ".js": [".ts", ".js"] },
    },
    plugins: [javascriptBackend],
    transform: { define: { "process.env.NODE_BACKEND": '"js"' } },
    onLog(level, log) {
      if (level === "warn" && log.code !== "EVAL") throw new Error(`rolldown: ${log.message}`);
    },
  });
  // Names stay as they are, so that an error's stack can be read.
  const minify = { compress: true, mangle: false, codegen: { removeWhitespace: true } };
  const { output } = await bundle.generate({ format: "cjs", comments: { legal: true }, codeSplitting: false, minify });
  await bundle.close();
  const [chunk, ...others] = output;
  if (others.length > 0) throw new Error(`the embedded node is not one file: ${others.map((o) => o.fileName)}`);
  mkdirSync(join(root, "dist/embedded"), { recursive: true });
  writeFileSync(join(root, OUTPUTS[0]), chunk.code);
  writeFileSync(join(root, OUTPUTS[1]), collectLicenses(Object.keys(chunk.modules)));
  writeFileSync(stamp, inputs);
  return true;
}

/**
 * Packages of bcoin try a native module first and take the one in JavaScript when that throws, again at every `require`.
 * A bundle evaluates the throwing module once only and then hands out its empty exports, so choose here.
 */
const javascriptBackend = {
  name: "javascript-backend",
  resolveId(source, importer) {
    if (importer === undefined) return null;
    const path = importer.replaceAll(sep, "/");
    if (path.includes("/bcrypto/lib/") && source.startsWith("./native/")) {
      return this.resolve(source.replace("./native/", "./js/"), importer);
    }
    if (path.includes("/bstring/lib/") && /^\.\/(base58|bech32)$/.test(source)) {
      return this.resolve(`${source}-browser`, importer);
    }
    return null;
  },
};

function hashInputs(root) {
  const files = [
    "package-lock.json",
    "scripts/bundle-embedded.mjs",
    "stubs/leveldown/index.js",
    "src/daemon/embedded/messages.ts",
  ];
  for (const name of readdirSync(join(root, WORKER)).sort()) files.push(join(WORKER, name));
  const hash = createHash("sha256");
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update("\0");
  return hash.digest("hex");
}

/** The notice of every package that one of the modules belongs to. */
function collectLicenses(modules) {
  const folders = new Set();
  const marker = `${sep}node_modules${sep}`;
  for (const id of modules) {
    const at = id.lastIndexOf(marker);
    if (at < 0) continue;
    const parts = id.slice(at + marker.length).split(sep);
    const name = parts[0].startsWith("@") ? parts.slice(0, 2) : parts.slice(0, 1);
    folders.add(join(id.slice(0, at + marker.length), ...name));
  }
  const sections = [...folders].sort().map(licenseOf);
  const intro = "bcoin-worker.cjs in this folder contains code of the following packages.\n";
  return `${[intro, ...sections].join(`\n${"-".repeat(80)}\n\n`)}\n`;
}

function licenseOf(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : licenseInReadme(folder);
  if (text === null) throw new Error(`${name} ${version} brings no licence notice (${license}, ${author})`);
  return `${name} ${version} (${license})\n\n${text}\n`;
}

/** Some packages keep the notice as the last chapter of their README. */
function licenseInReadme(folder) {
  const file = readdirSync(folder).find((entry) => /^readme/i.test(entry));
  if (!file) return null;
  const chapter = /^#+ *licen[cs]e[^\n]*\n([\s\S]*?Copyright[\s\S]*?)(?=^#+ |^\[|(?![\s\S]))/im.exec(
    readFileSync(join(folder, file), "utf8"),
  );
  return chapter ? chapter[1].trim() : null;
}
