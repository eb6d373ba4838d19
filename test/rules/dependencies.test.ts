import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

// What SECURITY.md promises of the packages that the program is made of.

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../../${name}`, import.meta.url)), "utf8")) as T;

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly optional?: boolean;
  /** Of development and of what is optional. */
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
}

const manifest = read<{
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}>("package.json");
const lock = read<{ readonly packages: Readonly<Record<string, Locked>> }>("package-lock.json");
const packages = Object.entries(lock.packages).filter(([path]) => path.startsWith("node_modules/"));

const isOptional = (locked: Locked): boolean => locked.optional === true || locked.devOptional === true;
const running = packages.filter(([, locked]) => locked.dev !== true && !isOptional(locked));
const optional = packages.filter(([, locked]) => locked.dev !== true && isOptional(locked));

/** Few enough that each was looked at. */
const DIRECT = 9;
const ALL = 80;
/** `irc-framework` and what it brings: loaded for `--irc-announce` only. */
const OPTIONAL = 55;
/** Brings its compiled code along; its script compiles where there is none for the machine. */
const COMPILED = ["node_modules/classic-level"];
/** Prints a notice. */
const NOTICE = ["node_modules/core-js"];

describe("dependencies", () => {
  test("no script runs when the program is installed from a clone", () => {
    const atInstall = ["preinstall", "install", "postinstall", "prepare", "prepublish"];
    assert.deepEqual(
      Object.keys(manifest.scripts).filter((name) => atInstall.includes(name)),
      [],
    );
    const settings = readFileSync(fileURLToPath(new URL("../../../.npmrc", import.meta.url)), "utf8");
    assert.match(settings, /^ignore-scripts=true$/m);
  });

  test("of what runs, only the database has an install script", () => {
    const withScript = (some: typeof packages): string[] =>
      some.flatMap(([path, { hasInstallScript }]) => (hasInstallScript === true ? [path] : []));
    assert.deepEqual(withScript(running), COMPILED);
    assert.deepEqual(withScript(optional), NOTICE);
  });

  test("they are few, each of one exact version, and each file has its checksum", () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    const direct = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
    for (const [name, version] of direct) assert.match(version, /^\d+\.\d+\.\d+$|^file:/, `${name} ${version}`);
    assert.ok(Object.keys(dependencies).length <= DIRECT);
    assert.ok(running.length <= ALL, `${running.length} packages`);
    assert.deepEqual(Object.keys(optionalDependencies), ["irc-framework"]);
    assert.ok(optional.length <= OPTIONAL, `${optional.length} optional packages`);
    for (const [path, { integrity, link }] of packages) {
      if (link !== true) assert.match(integrity ?? "", /^sha512-/, path);
    }
  });

  test("none comes from elsewhere than the registry", () => {
    for (const [path, { link, resolved }] of packages) {
      if (link !== true && resolved !== undefined) assert.match(resolved, /^https:\/\/registry\.npmjs\.org\//, path);
    }
  });
});
