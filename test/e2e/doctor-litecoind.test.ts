import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CpuMiner } from "../../src/cli/miner/cpu-miner.js";
import { freePort, noLitecoind, type RunningLitecoind, startLitecoind } from "../support/daemons.js";
import { Program } from "../support/program.js";
import { skipBecause } from "../support/skip.js";

// p2pool doctor against real daemons and a real node that mines: what is well, what is not, and the exit codes.

const OPERATOR = "rltc1qqurswpc8qurswpc8qurswpc8qurswpc8ntpxlg";
const MINER = "mgLjCZefJ6DZGQ4LX25Wz6hrpBsFHXVnWS";

describe("p2pool doctor", { skip: skipBecause(noLitecoind), timeout: 180_000 }, () => {
  let daemon: RunningLitecoind;
  let node: Program;
  let folder = "";
  let ports = { worker: 0, p2p: 0 };
  before(async () => {
    daemon = await startLitecoind();
    folder = mkdtempSync(join(tmpdir(), "p2pool-doctor-"));
    ports = { worker: await freePort(), p2p: await freePort() };
    node = new Program([
      ...common(daemon, "node"),
      ...["-w", `127.0.0.1:${ports.worker}`, "--p2pool-port", String(ports.p2p), "--outgoing-conns", "0"],
      ...["--disable-upnp", "--min-difficulty", "0.000001"],
    ]);
    await node.until((line) => line.includes(" dashboard: ") || undefined);
  });
  after(async () => {
    await node?.kill();
    await daemon?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function common({ rpcUrl, cookieFile }: Pick<RunningLitecoind, "cookieFile" | "rpcUrl">, name: string): string[] {
    const place = ["--bitcoind-rpc-port", new URL(rpcUrl).port, "--rpc-cookie", cookieFile];
    return ["--net", "litecoin_regtest", "-a", OPERATOR, ...place, "--datadir", join(folder, name)];
  }

  async function examine(at: Pick<RunningLitecoind, "cookieFile" | "rpcUrl">, ...args: string[]) {
    const doctor = new Program(["doctor", ...common(at, "doctor"), "--disable-upnp", ...args]);
    const { code } = await doctor.ended;
    const verdict = (name: string): string | undefined => {
      const line = doctor.lines.find((text) => text.slice(9).startsWith(`${name}  `));
      return line === undefined ? undefined : `${line.slice(0, 9).trim()} ${line.slice(9 + name.length).trim()}`;
    };
    return { code, verdict, text: doctor.lines.join("\n"), errors: doctor.stderr };
  }

  /** Options of a doctor beside the node, on ports of its own. */
  async function beside(): Promise<string[]> {
    const own = ["-w", `127.0.0.1:${await freePort()}`, "--p2pool-port", String(await freePort())];
    return [...own, "-n", `127.0.0.1:${ports.p2p}`, "--outgoing-conns", "0"];
  }

  test("a start tells what it looked at", async () => {
    await node.until((line) => line.endsWith(" start checks:") || undefined);
    const summary = await node.until((line) => (/ checks? passed/.exec(line) === null ? undefined : line));
    assert.doesNotMatch(summary, /problem/);
    const text = node.lines.join("\n");
    assert.match(text, / ok {7}coin daemon +http:\/\/127\.0\.0\.1:\d+\/ can be mined on, height \d+, \/LitecoinCore/);
    assert.match(text, new RegExp(` ok {7}payout address +${OPERATOR} \\(as given\\)`));
    assert.match(text, / (?:\?|ok) +payouts +the (?:size of the )?generation transaction /);
    assert.match(text, / WARNING {2}other nodes +none could be connected to/);
  });

  test("a node that mines: others, their shares, and the blocks that they build on", async () => {
    const miner = new CpuMiner({ host: "127.0.0.1", port: ports.worker, username: MINER, pow: "scrypt" });
    miner.start();
    try {
      await node.until((line) => / block [0-9a-f]{64} accepted by the daemon$/.test(line) || undefined);
      // One more share, which builds on that block.
      let shares = 0;
      await node.until((line) => (line.includes(" GOT SHARE ") && ++shares === 2) || undefined, node.lines.length);
    } finally {
      await miner.stop();
    }
    const { code, verdict, text } = await examine(daemon, ...(await beside()));
    assert.match(verdict("coin daemon") ?? "", /^ok .* can be mined on, height \d+, \/LitecoinCore/, text);
    assert.match(verdict("clock") ?? "", /^ok \d+ seconds from the coin daemon's$/);
    assert.equal(verdict("payout address"), `ok ${OPERATOR}`);
    assert.match(verdict("data folder") ?? "", /^ok /);
    assert.match(verdict("miners' port") ?? "", /^ok 127\.0\.0\.1:\d+ is free$/);
    assert.match(
      verdict("other nodes") ?? "",
      new RegExp(`^ok 1 connected: 127\\.0\\.0\\.1:${ports.p2p} \\(p2pool-ts/`),
    );
    assert.match(verdict("version votes") ?? "", /^ok /);
    assert.match(verdict("others' clocks") ?? "", /^ok the newest share of others is \d+ seconds (?:ahead|old)$/);
    assert.match(
      verdict("coin chain") ?? "",
      /^ok other nodes build on the coin daemon's own blocks, up to height \d+$/,
    );
    assert.match(text, /^\d+ checks passed/m);
    assert.equal(code, 0);
  });

  test("beside the node, on its ports: the node itself is asked", async () => {
    const { verdict, text } = await examine(daemon, "-w", `127.0.0.1:${ports.worker}`);
    assert.match(verdict("node") ?? "", /^ok version .* runs here for \d+ minutes: ready, \d+ shares/, text);
    assert.equal(verdict("other nodes"), undefined);
  });

  test("a daemon on a chain of its own", async () => {
    const other = await startLitecoind();
    try {
      const { code, verdict } = await examine(other, ...(await beside()));
      assert.match(verdict("coin daemon") ?? "", /^ok /);
      assert.match(
        verdict("coin chain") ?? "",
        /^PROBLEM other nodes build on block [0-9a-f]{64}, which this coin daemon does not have/,
      );
      assert.equal(code, 1);
    } finally {
      await other.stop();
    }
  });

  test("no daemon, nobody there, and ports that are taken", async () => {
    const nowhere = { rpcUrl: `http://127.0.0.1:${await freePort()}/`, cookieFile: daemon.cookieFile };
    const taken = new URL(daemon.rpcUrl).port;
    const args = ["-w", `127.0.0.1:${taken}`, "--p2pool-port", String(daemon.p2pPort), "--outgoing-conns", "0"];
    const { code, verdict, text } = await examine(nowhere, ...args);
    assert.match(verdict("coin daemon") ?? "", /^PROBLEM nobody listens at /, text);
    assert.match(
      verdict("miners' port") ?? "",
      new RegExp(`^PROBLEM 127\\.0\\.0\\.1:${taken} cannot be opened: .*EADDRINUSE`),
    );
    assert.match(verdict("other nodes") ?? "", /^WARNING none could be connected to/);
    assert.match(verdict("reachable") ?? "", /^WARNING the port for other nodes is taken by another program$/);
    assert.equal(code, 3);
  });
});
