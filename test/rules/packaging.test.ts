import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parse } from "yaml";
import { networkByName } from "../../src/networks/index.js";
import { freePort } from "../support/daemons.js";
import { Program } from "../support/program.js";
import { skipBecause } from "../support/skip.js";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const read = (name: string): string => readFileSync(join(ROOT, name), "utf8");
const ANALYZE = "/usr/bin/systemd-analyze";
const noSystemd = existsSync(ANALYZE) ? false : `${ANALYZE} is not installed`;

describe("the systemd unit", () => {
  const unit = join(ROOT, "packaging/systemd/p2pool.service");

  test("is one, to systemd", { skip: skipBecause(noSystemd) }, async () => {
    const { stderr } = await run(ANALYZE, ["verify", unit]);
    assert.doesNotMatch(stderr, /p2pool\.service/);
  });

  test("leaves little open, to systemd", { skip: skipBecause(noSystemd) }, async () => {
    // Fails above the threshold, in tenths.
    const { stdout } = await run(ANALYZE, ["security", "--offline=true", "--threshold=20", "--no-pager", unit]);
    assert.match(stdout, /Overall exposure level/);
  });

  test("its options file is read by the program as it is", async () => {
    const program = new Program([`@${join(ROOT, "packaging/systemd/options")}`, "--check-config"], undefined, {
      HOME: "/nonexistent",
    });
    await program.ended;
    assert.match(program.lines.join("\n"), /--net +bitcoin +\(file .*options\)/);
    assert.deepEqual(read("packaging/systemd/options").match(/^[^#\n].*/gm), ["--net bitcoin"]);
  });

  test("its credentials file names variables that there are, and sets none", async () => {
    const lines = read("packaging/systemd/credentials").split("\n").slice(0, -1);
    assert.ok(lines.every((line) => line.startsWith("#")));
    const names = lines.flatMap((line) => /^# (P2POOL_\w+)=$/.exec(line)?.[1] ?? []);
    assert.equal(names.length, 5);
    const values = { P2POOL_ALERT: "https://alerts.example/", P2POOL_HEARTBEAT: "https://alerts.example/" };
    const environment = Object.fromEntries(names.map((name) => [name, "x"]));
    const program = new Program(["--net", "bitcoin", "--check-config"], undefined, { ...environment, ...values });
    assert.deepEqual(await program.ended, { code: 0, signal: null }, program.stderr);
  });
});

interface Service {
  readonly image?: string;
  readonly build?: string | { readonly context: string; readonly dockerfile: string };
  readonly profiles: readonly string[];
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly depends_on?: readonly string[];
  readonly volumes: readonly string[];
  readonly ports: readonly string[];
}

describe("compose.yaml", () => {
  const text = read("compose.yaml");
  const compose = parse(text, { merge: true }) as {
    readonly services: Readonly<Record<string, Service>>;
    readonly volumes: Readonly<Record<string, unknown>>;
  };

  test("what it refers to is there", () => {
    const volumes = Object.values(compose.services).flatMap((service) => service.volumes);
    assert.deepEqual(volumes.map((volume) => volume.split(":")[0]).sort(), Object.keys(compose.volumes).sort());
    for (const { build } of Object.values(compose.services)) {
      if (build === undefined) continue;
      const file = typeof build === "string" ? join(build, "Dockerfile") : join(build.context, build.dockerfile);
      assert.ok(existsSync(join(ROOT, file)), file);
    }
    const variables = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    const example = [...read("packaging/compose/example.env").matchAll(/^(\w+)=$/gm)].map(([, name]) => name);
    assert.deepEqual([...variables].sort(), example.sort());
  });

  for (const coin of ["bitcoin", "litecoin"]) {
    test(`${coin}: node and daemon fit`, async () => {
      const entries = Object.entries(compose.services).filter(([, { profiles }]) => profiles.includes(coin));
      const [node, daemon] = [`p2pool-${coin}`, `${coin}d`].map((name) => new Map(entries).get(name)!) as [
        Service,
        Service,
      ];
      assert.equal(entries.length, 2);
      assert.deepEqual(node.depends_on, [`${coin}d`]);
      const { workerPort, p2pPort } = networkByName(coin);
      assert.deepEqual(node.ports, [`${workerPort}:${workerPort}`, `${p2pPort}:${p2pPort}`]);
      assert.equal(node.environment!.HEALTH_PORT, workerPort);
      const published = daemon.ports.map((port) => port.split(":")[1]);
      assert.equal(published.length, 1, "the daemon's RPC port is nobody's business");
      // What the program makes of it.
      const { HEALTH_PORT: _, ...environment } = node.environment!;
      const address = coin === "bitcoin" ? "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa" : "LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1";
      const command = node.command.map((word) => word.replace(/^\$\{ADDRESS.*/, address));
      const values = Object.entries(environment).map(([name, value]) => [name, String(value).replace(/^\$.*/, "word")]);
      const program = new Program([...command, "--check-config"], undefined, {
        ...(Object.fromEntries(values) as Record<string, string>),
        HOME: "/nonexistent",
      });
      assert.deepEqual(await program.ended, { code: 0, signal: null }, program.stderr);
      const config = program.lines.join("\n");
      const rpcPort = daemon.command.find((word) => word.startsWith("-rpcport="))?.slice(9) ?? "8332";
      assert.ok(config.includes(`http://${coin}d:${rpcPort}/`), config);
      assert.match(config, new RegExp(`its P2P port +${published[0]} `));
      assert.match(config, /credentials +user and password as given +\(environment\)/);
    });
  }
});

describe("Dockerfile", () => {
  const text = read("Dockerfile");

  test("what it copies is there, and let in by .dockerignore", () => {
    const allowed = read(".dockerignore")
      .match(/^!.*/gm)!
      .map((line) => line.slice(1));
    for (const name of allowed) assert.ok(existsSync(join(ROOT, name)), name);
    const copied = [...text.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names]) => names!.split(" "));
    assert.ok(copied.length > 3);
    for (const name of copied) if (name !== ".") assert.ok(allowed.includes(name), name);
    // What the build reads.
    for (const name of ["scripts", "src", "ui", "test", "bench", "stubs", "tsconfig.json"]) {
      assert.ok(allowed.includes(name), name);
    }
  });

  test("runs as a user without rights, by number", () => assert.match(text, /^USER [1-9]\d+$/m));

  test("the health check of a real node: healthy, and not once it has ended", async () => {
    const [program, ...args] = JSON.parse(/^HEALTHCHECK .* CMD (\[.*\])$/m.exec(text)![1]!) as string[];
    assert.equal(program, "node");
    const port = String(await freePort());
    const check = (): Promise<number> =>
      run(process.execPath, args, { env: { ...process.env, HEALTH_PORT: port } }).then(
        () => 0,
        (error: { code: number }) => error.code,
      );
    assert.equal(await check(), 1);
    const node = new Program(["demo", "--worker-port", port, "--json"]);
    try {
      await node.until((line) => line.includes('"started"') || undefined);
      assert.equal(await check(), 0);
    } finally {
      await node.kill();
    }
    assert.equal(await check(), 1);
  });
});
