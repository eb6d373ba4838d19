// Bundles the embedded node's worker with bcoin into dist/embedded/bcoin-worker.cjs, and the notices of all packages
// that went in into LICENSES.txt beside it. bcoin stays out of the run-time dependencies: its native modules of 2018 do
// not install, and the overrides that leave them out count only in the root project.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { collectLicenses } from "./licenses.mjs";

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
  writeFileSync(join(root, OUTPUTS[1]), collectLicenses("bcoin-worker.cjs", Object.keys(chunk.modules)));
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
    "scripts/licenses.mjs",
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
