import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { EmbeddedNode } from "../../src/daemon/embedded/embedded-node.js";
import { freePort, noLitecoind, startLitecoind } from "../support/daemons.js";
import { Program } from "../support/program.js";
import { skipBecause } from "../support/skip.js";

// docs/QUICKSTART.md as it stands there, but for regtest chains and free ports.

const PAGE = readFileSync(fileURLToPath(new URL("../../../docs/QUICKSTART.md", import.meta.url)), "utf8");

/** The code of a chapter, line by line, without comments. */
function codeOf(chapter: string): string[] {
  const text = PAGE.split(/^## /m).find((part) => part.startsWith(`${chapter}\n`));
  assert.ok(text !== undefined, chapter);
  return text.split("\n").flatMap((line) => (line.startsWith("    ") ? [line.replace(/ +#.*/, "").trim()] : []));
}

interface Place {
  readonly home: string;
  readonly address: string;
  /** For doctor and node beside those of the page. */
  readonly more?: readonly string[];
}

async function follow(chapter: string, coin: string, { home, address, more = [] }: Place): Promise<void> {
  const [port, p2pPort] = [await freePort(), await freePort()];
  const lines = codeOf(chapter);
  assert.equal(lines[0], "server=1");
  const commands = lines.slice(1).map((line) => {
    const [program, ...words] = line
      .replace("ADDRESS", address)
      .replace(`--net ${coin}`, `--net ${coin}_regtest`)
      .replace(/(127\.0\.0\.1):\d+/, `$1:${port}`)
      .split(" ");
    assert.equal(program, "p2pool");
    return words;
  });
  assert.equal(commands.length, 3);
  const [doctor, node, miner] = commands as [string[], string[], string[]];
  const ports = ["-w", `127.0.0.1:${port}`, "--p2pool-port", String(p2pPort), ...more];
  const run = (words: string[]): Program => new Program(words, undefined, { HOME: home });

  const examined = run([...doctor, ...ports]);
  assert.deepEqual(await examined.ended, { code: 0, signal: null }, examined.lines.join("\n") + examined.stderr);

  const started = run([...node, ...ports]);
  try {
    const url = await started.until((line) => / dashboard: (\S+)/.exec(line)?.[1]);
    await started.until((line) => line.includes("new block template") || undefined);
    assert.equal((await fetch(url)).status, 200);
    const mined = run([...miner, "--accepted", "1"]);
    assert.deepEqual(await mined.ended, { code: 0, signal: null }, mined.stderr);
    started.signal("SIGINT");
    assert.deepEqual(await started.ended, { code: 0, signal: null });
  } finally {
    await started.kill();
  }
}

function home(folder: string, file: string, lines: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), "p2pool-quick-start-"));
  mkdirSync(join(directory, folder));
  writeFileSync(join(directory, folder, file), `${lines.join("\n")}\n`);
  return directory;
}

describe("quick start", { timeout: 120_000 }, () => {
  test("Bitcoin", async () => {
    const daemon = await EmbeddedNode.start();
    const { user, password } = daemon.auth;
    // It writes no cookie, unlike Bitcoin Core.
    const conf = [`server=1`, `rpcuser=${user}`, `rpcpassword=${password}`, "[regtest]"];
    const ports = [`rpcport=${new URL(daemon.rpcUrl).port}`, `port=${daemon.p2pPort}`];
    const directory = home(".bitcoin", "bitcoin.conf", [...conf, ...ports]);
    try {
      // Nor does it know taproot.
      const more = ["--allow-obsolete-bitcoind"];
      const address = "bcrt1q7549sf4eumj6he84qnae2p5q8udjyzglx9mkrc";
      await follow("Bitcoin", "bitcoin", { home: directory, address, more });
    } finally {
      await daemon.stop();
      rmSync(directory, { recursive: true });
    }
  });

  test("Litecoin", { skip: skipBecause(noLitecoind) }, async () => {
    const [rpcPort, p2pPort] = [await freePort(), await freePort()];
    const conf = ["server=1", "[regtest]", `rpcport=${rpcPort}`, `port=${p2pPort}`];
    const directory = home(".litecoin", "litecoin.conf", conf);
    const daemon = await startLitecoind({ directory: join(directory, ".litecoin"), rpcPort, p2pPort });
    try {
      await follow("Litecoin", "litecoin", {
        home: directory,
        address: "rltc1qqurswpc8qurswpc8qurswpc8qurswpc8ntpxlg",
      });
    } finally {
      await daemon.stop();
      rmSync(directory, { recursive: true });
    }
  });
});
