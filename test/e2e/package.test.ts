import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "../support/daemons.js";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const OPERATOR = "rltc1qqurswpc8qurswpc8qurswpc8qurswpc8ntpxlg";

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

interface Manifest {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string>>;
  readonly man: readonly string[];
}

/**
 * Needs no network, unlike `npm install`: the files of the tarball, and links to those packages of this checkout that the lock
 * file does not call development's or optional. The folder is outside the checkout, so that nothing else is found.
 */
function install(tarball: string, folder: string): Promise<unknown> {
  const modules = join(folder, "node_modules");
  const target = join(modules, "p2pool");
  mkdirSync(target, { recursive: true });
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
    packages: Record<string, { dev?: true; optional?: true; devOptional?: true; peer?: true }>;
  };
  for (const [place, { dev, optional, devOptional, peer }] of Object.entries(packages)) {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(place)?.[1];
    if (name === undefined || dev || optional || devOptional || peer) continue;
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, place), join(modules, name), "junction");
  }
  mkdirSync(join(modules, ".bin"));
  symlinkSync("../p2pool/dist/src/cli/main.js", join(modules, ".bin", "p2pool"));
  return run("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"]);
}

/** Without what this test run has set for itself. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(P2POOL_|NODE_|npm_)/.test(name)),
);

describe("the package that npm installs", { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "p2pool-package-"));
  const home = join(folder, "installed");
  const options = { cwd: home, env: environment };
  let packed: Packed;
  let manifest: Manifest;
  const paths = (): string[] => packed.files.map(({ path }) => path);

  before(async () => {
    const args = ["pack", "--json", "--ignore-scripts", "--offline", "--pack-destination", folder];
    const { stdout } = await run("npm", args, { cwd: ROOT, env: environment, maxBuffer: 1 << 24 });
    packed = (JSON.parse(stdout) as [Packed])[0];
    await install(join(folder, packed.filename), home);
    const text = readFileSync(join(home, "node_modules/p2pool/package.json"), "utf8");
    manifest = JSON.parse(text) as Manifest;
  });
  after(() => rmSync(folder, { recursive: true }));

  test("files: program, embedded node, dashboard, documents and licences; no tests, no maps, nothing of this machine", () => {
    const needed = ["LICENSE", "README.md", "CHANGELOG.md", "package.json", "docs/OPTIONS.md", ...manifest.man];
    needed.push("dist/embedded/bcoin-worker.cjs", "dist/embedded/LICENSES.txt");
    needed.push("dist/static/index.html", "dist/static/LICENSES.txt");
    for (const name of needed) assert.ok(paths().includes(name), name);
    const places = new Set(
      paths().map((path) =>
        path
          .split("/")
          .slice(0, /^(dist|packaging)\//.test(path) ? 2 : 1)
          .join("/"),
      ),
    );
    const expected = [
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "SECURITY.md",
      "dist/embedded",
      "dist/src",
      "dist/static",
      "docs",
    ];
    assert.deepEqual([...places].sort(), [...expected, "package.json", "packaging/systemd"]);
    assert.deepEqual(
      paths().filter((path) => /\.(map|tsbuildinfo|log)$|(^|\/)(test|bench|node_modules)\//.test(path)),
      [],
    );
    const main = packed.files.find(({ path }) => path === manifest.bin.p2pool);
    assert.equal(main!.mode & 0o111, 0o111, "the program can be executed");
    assert.match(readFileSync(join(home, "node_modules/p2pool/LICENSE"), "utf8"), /^MIT License/);
    for (const [file, part] of [
      ["dist/embedded/LICENSES.txt", "bcoin 1.0.2 (MIT)"],
      ["dist/static/LICENSES.txt", "@noble/hashes"],
    ] as const) {
      assert.ok(readFileSync(join(home, "node_modules/p2pool", file), "utf8").includes(part), file);
    }
  });

  test("every module has its source: nothing old is left in it", () => {
    const built = paths().filter((path) => /^dist\/src\/.*\.js$/.test(path));
    assert.deepEqual(
      built.filter((path) => !existsSync(join(ROOT, path.replace(/^dist\//, "").replace(/\.js$/, ".ts")))),
      [],
    );
  });

  test("size: at most 2 MB to fetch, 6 MB on disk", () => {
    assert.ok(packed.size < 2e6, `${packed.size} bytes`);
    assert.ok(packed.unpackedSize < 6e6, `${packed.unpackedSize} bytes`);
  });

  test("npx p2pool --version and --help", async () => {
    const version = await run("npx", ["--no-install", "p2pool", "--version"], options);
    assert.equal(version.stdout, `p2pool ${manifest.version}\n`);
    const help = await run("npx", ["--no-install", "p2pool", "--help"], options);
    assert.match(help.stdout, /--irc-announce/);
  });

  test("npx p2pool demo: the embedded node accepts a block", async () => {
    const args = ["--no-install", "p2pool", "demo", "--blocks", "1", "--json", "--timeout", "90"];
    const { stdout } = await run("npx", args, options);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; accepted?: boolean });
    assert.ok(events.some(({ type, accepted }) => type === "block-judged" && accepted === true));
    assert.equal(events.at(-1)!.type, "finished");
  });

  test("every path of `exports` can be imported, and has its types", async () => {
    const names = Object.keys(manifest.exports);
    assert.deepEqual(names, ["./bitcoin", "./networks", "./sharechain", "./rpc"]);
    for (const name of names) {
      const types = manifest.exports[name]!.replace(/\.js$/, ".d.ts");
      assert.ok(existsSync(join(home, "node_modules/p2pool", types)), types);
      const script = `import * as all from "p2pool${name.slice(1)}"; console.log(Object.keys(all).length)`;
      const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], options);
      assert.ok(Number(stdout) > 5, `${name}: ${stdout}`);
    }
    const inner = `import("p2pool/dist/src/cli/options.js").catch((error) => console.log(error.code))`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", inner], options);
    assert.equal(stdout, "ERR_PACKAGE_PATH_NOT_EXPORTED\n");
  });

  test("without the optional package only what needs it is missing, and that is said", async () => {
    assert.equal(readdirSync(join(home, "node_modules")).includes("irc-framework"), false);
    const args = ["--no-install", "p2pool", "--net", "litecoin_regtest", "-a", OPERATOR, "--solo", "--irc-announce"];
    const places = ["-w", `127.0.0.1:${await freePort()}`, "--bitcoind-rpc-port", String(await freePort())];
    const program = join(home, "node_modules/p2pool/dist/src/cli/main.js");
    const child = spawn(process.execPath, [program, ...args.slice(2), ...places, "--datadir", "data", "user", "word"], {
      ...options,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = once(child, "exit");
    let said = "";
    let isAsked = false;
    for await (const text of child.stderr.setEncoding("utf8")) {
      said += text;
      // Once: a second signal ends it at once.
      if (isAsked || !/irc-framework is not installed/.test(said)) continue;
      isAsked = true;
      child.kill("SIGTERM");
    }
    await ended;
    assert.match(said, /blocks are not announced on IRC: the package irc-framework is not installed/);
    assert.equal(child.exitCode, 0);
  });
});
