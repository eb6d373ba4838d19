import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { FakeDaemon, ok } from "../support/daemon-fake.js";
import { rawTemplate } from "../support/daemon-template.js";
import { freePort } from "../support/daemons.js";
import { Program } from "../support/program.js";

// No secret that the program is given comes out of it again (spec/09 §10): not in what it prints, logs, stores or serves, nor in
// the list of processes.

const ADDRESS = "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8";
const SECRETS = {
  rpc: "rpcS3cretAA",
  merged: "mergedS3cretBB",
  web: "webS3cretCC",
  alert: "alertS3cretDD",
  topic: "topicS3cretEE",
  heartbeat: "heartS3cretFF",
} as const;
const PAGES = [
  ...["/", "/static/", "/metrics", "/healthz", "/readyz", "/local_stats", "/global_stats", "/web/version", "/rate"],
  ...[
    "info",
    "status",
    "warnings",
    "daemon",
    "peers",
    "stratum",
    "connections",
    "merged",
    "blocks",
    "openapi.json",
  ].map((name) => `/api/v1/${name}`),
];
/** Pages of the built-in front-end and everything else are guarded by a policy (spec/09 §9). */
const POLICY = /default-src 'none'/;

describe("secrets", { timeout: 60_000 }, () => {
  let daemon: FakeDaemon;
  let folder = "";
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "p2pool-secrets-"));
    // One that repeats what it is told, as some proxies do, and refuses now and then.
    let calls = 0;
    daemon = await FakeDaemon.start((request) => {
      const { authorization = "" } = request.incoming.headers;
      const [, password] = Buffer.from(authorization.replace(/^Basic /, ""), "base64")
        .toString()
        .split(":");
      if (++calls % 3 === 0) return { status: 500, body: `you sent ${authorization}, that is ${password}` };
      return ok(
        request,
        request.method === "getblocktemplate" ? rawTemplate() : { echo: `${authorization} ${password}` },
      );
    });
  });
  after(async () => {
    await daemon.stop();
    rmSync(folder, { recursive: true });
  });

  /** The program with every secret there is, given in a way; what it printed, served and left behind. */
  async function run(name: string, how: "command line" | "file"): Promise<{ said: string; commandLine: string }> {
    const data = join(folder, name);
    const port = await freePort();
    const log = join(data, "bitcoin_regtest", "log");
    const secret = [
      ...["--bitcoind-address", daemon.url.replace("//", `//user:${SECRETS.rpc}@`)],
      ...["--merged", `http://user:${SECRETS.merged}@127.0.0.1:1/`, "--web-password", SECRETS.web],
      ...["--alert", `ntfy+http://user:${SECRETS.alert}@127.0.0.1:1/${SECRETS.topic}`],
      ...["--heartbeat", `http://127.0.0.1:1/${SECRETS.heartbeat}`],
    ];
    const file = join(folder, `${name}.args`);
    writeFileSync(file, secret.join("\n"), { mode: 0o600 });
    const args = [
      ...["--net", "bitcoin_regtest", "-a", ADDRESS, "--datadir", data, "-w", `127.0.0.1:${port}`],
      ...["--p2pool-port", String(await freePort()), "--log-level", "trace"],
    ];
    const program = new Program([...args, ...(how === "file" ? [`@${file}`] : secret)]);
    const served: string[] = [];
    try {
      await program.until((line) => (line.includes(`:${port}`) ? true : undefined));
      // The daemon has refused at least once by then.
      while (daemon.requests.length < 8) await new Promise((resolve) => setTimeout(resolve, 20));
      const headers = { Authorization: `Bearer ${SECRETS.web}` };
      for (const path of PAGES) {
        const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers, redirect: "manual" });
        assert.match(response.headers.get("content-security-policy") ?? "", POLICY, path);
        assert.equal(response.headers.get("x-content-type-options"), "nosniff", path);
        served.push(JSON.stringify([...response.headers]), await response.text());
      }
      const refused = await fetch(`http://127.0.0.1:${port}/api/v1/daemon`, {
        headers: { Authorization: "Bearer wrong" },
      });
      assert.equal(refused.status, 403);
      served.push(await refused.text());
      const commandLine = readFileSync(`/proc/${program.pid}/cmdline`, "utf8");
      program.signal("SIGTERM");
      assert.equal((await program.ended).code, 0, program.stderr);
      const left = filesOf(data).map((path) => readFileSync(path, "latin1"));
      return {
        said: [...program.lines, program.stderr, readFileSync(log, "utf8"), ...served, ...left].join("\n"),
        commandLine,
      };
    } finally {
      await program.kill();
    }
  }

  for (const how of ["command line", "file"] as const) {
    test(`given by ${how}, none is printed, logged, stored, served or listed`, async () => {
      const { said, commandLine } = await run(how.replace(" ", "-"), how);
      assert.match(said, /you sent|the daemon|template/);
      for (const [name, secret] of Object.entries(SECRETS)) {
        assert.ok(!said.includes(secret), `${name}: ${around(said, secret)}`);
        assert.ok(!said.includes(Buffer.from(`user:${secret}`).toString("base64")), name);
        assert.ok(!commandLine.includes(secret), `${name} in the list of processes`);
      }
    });
  }

  test("what the program keeps is its owner's alone", () => {
    const data = join(folder, "file");
    assert.equal(statSync(join(data, "bitcoin_regtest")).mode & 0o077, 0, "the folder");
    assert.ok(filesOf(data).length > 0);
  });
});

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function around(text: string, secret: string): string {
  const at = text.indexOf(secret);
  return text.slice(Math.max(0, at - 200), at + 20);
}
