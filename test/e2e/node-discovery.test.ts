import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { freePort, noLitecoind, type RunningLitecoind, startLitecoind } from "../support/daemons.js";
import { Program } from "../support/program.js";
import { skipBecause } from "../support/skip.js";

// The node beside a daemon of the same user: it finds port and cookie by itself, waits for a daemon that is not there yet,
// and goes on with the new cookie of one that was started again.

const OPERATOR = "rltc1qqurswpc8qurswpc8qurswpc8qurswpc8ntpxlg";

test("node finds its litecoind, and finds it again", { skip: skipBecause(noLitecoind), timeout: 60_000 }, async () => {
  const home = mkdtempSync(join(tmpdir(), "p2pool-home-"));
  const directory = join(home, ".litecoin");
  mkdirSync(directory);
  const rpcPort = await freePort();
  writeFileSync(join(directory, "litecoin.conf"), `[regtest]\nrpcport=${rpcPort}\n`);
  const cookie = join(directory, "regtest", ".cookie");
  const places = { directory, rpcPort };
  const args = [
    "--net",
    "litecoin_regtest",
    "-a",
    OPERATOR,
    "-w",
    `127.0.0.1:${await freePort()}`,
    "--log-level",
    "info",
  ];
  const env = { HOME: home };
  const program = new Program(args, undefined, env);
  let daemon: RunningLitecoind | null = null;
  try {
    await program.untilError(/waiting for the coin daemon: the cookie file .*\.cookie is missing: the daemon is not/);
    daemon = await startLitecoind(places);
    const first = readFileSync(cookie, "utf8");
    await program.until((line) => / new block template: height 1, /.test(line) || undefined);
    assert.match(
      program.lines.find((line) => line.includes(" P2Pool ")) ?? "",
      new RegExp(`daemon http://127\\.0\\.0\\.1:${rpcPort}/, cookie ${cookie}$`),
    );

    await daemon.stop();
    await program.untilError(/getting a block template failed/);
    daemon = await startLitecoind(places);
    assert.notEqual(readFileSync(cookie, "utf8"), first);
    await program.untilError(/the daemon gives templates again/);
    program.signal("SIGTERM");
    assert.deepEqual(await program.ended, { code: 0, signal: null });
    assert.doesNotMatch(program.stderr, /refuses|__cookie__|\n\s+at /);
    assert.doesNotMatch(program.stderr, new RegExp(first.split(":")[1]!));
  } finally {
    await program.kill();
    await daemon?.stop();
    rmSync(home, { recursive: true });
  }
});

test("a password of the command line does not stay in the list of processes", {
  skip: skipBecause(process.platform === "linux" ? false : "only Linux shows it in /proc"),
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "p2pool-test-"));
  const places = ["--datadir", folder, "-w", `127.0.0.1:${await freePort()}`, "--bitcoind-rpc-port", "1"];
  const program = new Program(["--net", "litecoin_regtest", "-a", OPERATOR, ...places, "me", "topsecret"]);
  try {
    await program.until((line) => line.includes(" P2Pool ") || undefined);
    const shown = readFileSync(`/proc/${program.pid}/cmdline`, "utf8");
    assert.match(shown, /^p2pool/);
    assert.doesNotMatch(shown, /topsecret/);
    await program.untilError(/nobody listens at http:\/\/127\.0\.0\.1:1\//);
    assert.doesNotMatch(program.stderr + program.lines.join(), /topsecret/);
  } finally {
    await program.kill();
    rmSync(folder, { recursive: true });
  }
});
