import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { freePort } from "../../support/daemons.js";
import { writeEasyRegtest } from "../../support/easy-regtest.js";
import { Program } from "../../support/program.js";
import { PAYEE } from "../../unit/peers/support/chain.js";
import { fingerprint, MADE_SHARES, makeStore } from "./support/made-store.js";

/** Whoever may do everything gives that up, so that what is read-only is so for the program too. */
const AS_ANYBODY = process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] : [];

describe("a start on data that cannot be used", { concurrency: 2 }, () => {
  let folder: string;
  let made: string;
  let networkFile: string;
  let network: string;
  /** Where in the table a share is. */
  let inTable: number;
  let copies = 0;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "p2pool-faults-"));
    networkFile = join(folder, "network.json");
    const easy = writeEasyRegtest(networkFile);
    network = easy.name;
    made = join(folder, "made");
    inTable = await makeStore(made, easy);
  });
  after(() => rmSync(folder, { recursive: true }));

  /** A data folder of its own, with a store. */
  function dataFolder(): { readonly data: string; readonly store: string } {
    const data = join(folder, `${++copies}`);
    const store = join(data, network, "store");
    mkdirSync(join(data, network), { recursive: true });
    cpSync(made, store, { recursive: true });
    return { data, store };
  }

  async function start(data: string, through: readonly string[] = []): Promise<Program> {
    const port = await freePort();
    const args = [
      ...["--network-file", networkFile, "-a", PAYEE, "--datadir", data, "-w", `127.0.0.1:${port}`, "--solo"],
      ...["--bitcoind-rpc-port", "1", "user", "password"],
    ];
    return new Program(args, undefined, {}, through);
  }

  /** It ends at once, with one line. */
  async function refused(data: string, code: number, line: RegExp, through: readonly string[] = []): Promise<void> {
    const program = await start(data, through);
    const end = await program.ended;
    assert.match(program.stderr, line);
    assert.equal(program.stderr.trimEnd().split("\n").length, 1, program.stderr);
    assert.deepEqual(end, { code, signal: null });
  }

  /** It runs; how many shares it had, and how many of them it said were damaged. */
  async function runs(data: string, warning?: RegExp): Promise<{ readonly left: number; readonly damaged: number }> {
    const program = await start(data);
    try {
      const loaded = await program.until((line) => / (\d+) shares loaded, \d+ of them verified$/.exec(line)?.[1]);
      await program.until((line) => line.includes("miners: stratum+tcp://") || undefined);
      if (warning !== undefined) await program.untilError(warning);
      program.signal("SIGTERM");
      assert.deepEqual(await program.ended, { code: 0, signal: null });
      return { left: Number(loaded), damaged: Number(/WARN (\d+) damaged shares/.exec(program.stderr)?.[1] ?? 0) };
    } finally {
      await program.kill();
    }
  }

  /** Changes the newest file of a kind in the middle. */
  function damage(store: string, kind: RegExp, change: (bytes: Buffer) => Buffer): string {
    const name = readdirSync(store)
      .filter((one) => kind.test(one))
      .sort()
      .at(-1)!;
    writeFileSync(join(store, name), change(readFileSync(join(store, name))));
    return name;
  }

  const flippedAt = (at: number, bytes: Buffer): Buffer => {
    bytes[at]! ^= 0x10;
    return bytes;
  };
  const flipped = (bytes: Buffer): Buffer => flippedAt(bytes.length >> 1, bytes);

  test("a data folder that may not be written", async () => {
    const data = join(folder, "read-only");
    mkdirSync(data);
    chmodSync(data, 0o555);
    await refused(data, 4, /^p2pool: cannot write to .*: EACCES: permission denied/, AS_ANYBODY);
    assert.deepEqual(readdirSync(data), []);
  });

  test("a store that may not be written", async () => {
    const { data, store } = dataFolder();
    const untouched = fingerprint(store);
    chmodSync(store, 0o555);
    await refused(data, 4, /^p2pool: the store in .* cannot be written: .*[Pp]ermission denied/, AS_ANYBODY);
    assert.deepEqual(fingerprint(store), untouched);
    chmodSync(store, 0o755);
    assert.equal((await runs(data)).left, MADE_SHARES);
  });

  for (const [what, kind] of [
    ["list of files", /^MANIFEST/],
    ["name of the list", /^CURRENT$/],
  ] as const) {
    test(`a wrong bit in the ${what}`, async () => {
      const { data, store } = dataFolder();
      damage(store, kind, flipped);
      const untouched = fingerprint(store);
      await refused(data, 6, /^p2pool: the store in .* is damaged: .*; nothing was removed; .*store check --salvage/);
      assert.deepEqual(fingerprint(store), untouched);
    });
  }

  test("a table that is cut off", async () => {
    const { data, store } = dataFolder();
    const name = damage(store, /\.ldb$/, (bytes) => bytes.subarray(0, bytes.length >> 1));
    const untouched = fingerprint(store).get(name);
    await refused(data, 6, /^p2pool: the store in .* is damaged: .*; nothing was removed/);
    assert.equal(fingerprint(store).get(name), untouched);
  });

  test("a wrong bit in a table costs the records that it is in", async () => {
    const { data, store } = dataFolder();
    damage(store, /\.ldb$/, (bytes) => flippedAt(inTable, bytes));
    const { left, damaged } = await runs(data, /WARN \d+ damaged shares in the store of .* dropped/);
    // Compression may have made others refer to those bytes.
    assert.ok(damaged > 0 && damaged < 10, `${damaged} damaged`);
    assert.equal(left, MADE_SHARES - damaged);
  });

  test("a wrong bit in the log is told, and the log is kept", async () => {
    const { data, store } = dataFolder();
    const name = damage(store, /\.log$/, flipped);
    const damaged = fingerprint(store).get(name);
    const { left } = await runs(data, /ERROR the store in .* is damaged: .*\.log is not what was written; .* kept as /);
    assert.ok(left >= MADE_SHARES / 2 && left < MADE_SHARES, `${left} shares`);
    assert.deepEqual([...fingerprint(`${store}-damaged`)], [[name, damaged]]);
    assert.equal((await runs(data)).left, left);
  });

  test("a log that was cut off costs its last record", async () => {
    const { data, store } = dataFolder();
    damage(store, /\.log$/, (bytes) => bytes.subarray(0, bytes.length - 3));
    assert.equal((await runs(data)).left, MADE_SHARES);
    assert.ok(!readdirSync(join(data, network)).includes("store-damaged"));
  });
});
