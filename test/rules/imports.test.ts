import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Which folder of src/ may import which others: the table of docs/ARCHITECTURE.md. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  bitcoin: ["core"],
  networks: ["core", "bitcoin"],
  sharechain: ["core", "bitcoin", "networks"],
  platform: ["core"],
  daemon: ["core", "bitcoin", "networks", "sharechain", "platform"],
  peers: ["core", "bitcoin", "networks", "sharechain", "platform"],
  store: ["core", "bitcoin", "networks", "sharechain", "platform"],
  work: ["core", "bitcoin", "networks", "sharechain"],
  workers: ["core", "work", "platform"],
  stats: ["core", "bitcoin", "networks", "sharechain", "platform"],
  web: ["core", "bitcoin", "networks", "sharechain", "platform", "stats"],
  node: [
    "core",
    "bitcoin",
    "networks",
    "sharechain",
    "platform",
    "daemon",
    "peers",
    "store",
    "work",
    "workers",
    "stats",
    "web",
  ],
  simulate: ["core", "bitcoin", "networks", "sharechain", "platform", "peers", "stats", "work", "node"],
  cli: [
    "core",
    "bitcoin",
    "networks",
    "sharechain",
    "platform",
    "daemon",
    "peers",
    "store",
    "work",
    "workers",
    "stats",
    "web",
    "node",
    "simulate",
  ],
};

/** Folders that also run in a browser: no Node API, only these packages. */
const PURE = new Set(["core", "bitcoin", "networks", "sharechain"]);
const PURE_PACKAGES = ["@noble/curves", "@noble/hashes", "@scure/base", "zod", "#hash"];

interface Import {
  readonly file: string;
  readonly specifier: string;
}

function sources(): string[] {
  const src = join(ROOT, "src");
  return readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(src, name));
}

/** Static and dynamic imports, as text: comments may not hold any. */
function importsOf(file: string): Import[] {
  const text = readFileSync(file, "utf8");
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^;]*?from\s*"([^"]+)"|\bimport\s*\(\s*"([^"]+)"\s*\)|(?:^|\n)import\s*"([^"]+)"/g;
  return [...text.matchAll(pattern)].map((match) => ({ file, specifier: (match[1] ?? match[2] ?? match[3])! }));
}

function folderOf(path: string): string {
  return relative(join(ROOT, "src"), path).split(sep)[0]!;
}

const imports = sources().flatMap(importsOf);

describe("imports", () => {
  test("are found at all", () => assert.ok(imports.length > 100, `only ${imports.length} found`));

  test("every folder is in the table", () => {
    assert.deepEqual([...new Set(sources().map(folderOf))].sort(), Object.keys(MAY_IMPORT).sort());
  });

  test("go in the directions of the table", () => {
    const wrong = imports
      .filter(({ specifier }) => specifier.startsWith("."))
      .map(({ file, specifier }) => ({ file, from: folderOf(file), to: folderOf(join(dirname(file), specifier)) }))
      .filter(({ from, to }) => from !== to && !MAY_IMPORT[from]!.includes(to))
      .map(({ file, from, to }) => `${relative(ROOT, file)}: ${from} may not import ${to}`);
    assert.deepEqual(wrong, []);
  });

  test("of the dashboard are of the pure folders, and types of the interface", () => {
    const folder = join(ROOT, "ui/src");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    const all = files.flatMap((name) => importsOf(join(folder, name)));
    assert.ok(all.length > 50, `only ${all.length} found`);
    const wrong = all.filter(({ file, specifier }) => {
      if (!specifier.startsWith("."))
        return specifier !== "zod" || !readFileSync(file, "utf8").includes("import type { z }");
      const path = relative(join(ROOT, "src"), join(dirname(file), specifier));
      if (path.startsWith("..")) return false;
      const isType = new RegExp(`import type [^;]*"${specifier.replaceAll(".", "\\.")}"`).test(
        readFileSync(file, "utf8"),
      );
      return !PURE.has(path.split(sep)[0]!) && !isType;
    });
    assert.deepEqual(wrong, []);
  });

  test("of the pure folders need nothing but a few portable packages", () => {
    const wrong = imports
      .filter(({ file, specifier }) => PURE.has(folderOf(file)) && !specifier.startsWith("."))
      .filter(({ specifier }) => !PURE_PACKAGES.some((name) => specifier === name || specifier.startsWith(`${name}/`)))
      .map(({ file, specifier }) => `${relative(ROOT, file)}: ${specifier}`);
    assert.deepEqual(wrong, []);
  });
});
