import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { LevelDatabase } from "../../src/store/level-database.js";
import { Program } from "../support/program.js";

// `p2pool store` on what a living Python node wrote (sharestore.json), in processes of its own.

const RECORDED = fileURLToPath(new URL("../../../test/vectors/data/sharestore.json", import.meta.url));
const NETWORK = "litecoin_regtest";

interface Survey {
  readonly shares: number;
  readonly verifiedMarks: number;
  readonly records: readonly { readonly name: string }[];
}

interface Report {
  readonly ok: boolean;
  readonly survey: Survey;
  readonly problems: readonly string[];
  readonly best: { readonly id: string; readonly verifiedHeight: number } | null;
}

describe("p2pool store", () => {
  const { lines } = JSON.parse(readFileSync(RECORDED, "utf8")) as { readonly lines: readonly string[] };
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "p2pool-test-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  async function run(
    what: readonly string[],
    data: string,
  ): Promise<{ code: number | null; out: string; err: string }> {
    const program = new Program(["store", ...what, "--net", NETWORK, "--datadir", join(folder, data)]);
    const { code } = await program.ended;
    return { code, out: program.lines.join("\n"), err: program.stderr };
  }

  /** As the Python node lays them out. */
  function referenceFolder(name: string, logs: Readonly<Record<string, readonly string[]>>, addrs?: unknown): string {
    const directory = join(folder, name);
    mkdirSync(directory);
    for (const [log, content] of Object.entries(logs)) writeFileSync(join(directory, log), `${content.join("\n")}\n`);
    if (addrs !== undefined) writeFileSync(join(directory, "addrs"), JSON.stringify(addrs));
    return directory;
  }

  async function imported(data: string): Promise<string> {
    const { code, err } = await run(["import", referenceFolder(`${data}-logs`, { "shares.0": lines })], data);
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    return join(folder, data, NETWORK, "store");
  }

  test("takes in share logs by their number, bad lines one by one, and addresses; what it exports reads the same", async () => {
    const seen = Date.now() / 1000 - 3600;
    const half = lines.length / 2;
    const logs = {
      "shares.9": lines.slice(half),
      "shares.10": ["5 zz", ...lines.slice(0, half), "2 abc", "7 x", lines[0]!.slice(0, -9)],
      "shares.1.bak": ["nonsense"],
    };
    const from = referenceFolder("python", logs, [
      [
        ["8.8.4.4", 9326],
        [0, seen, seen],
      ],
      [
        ["2001:4860:4860:0000:0000:0000:0000:8888", 9326],
        [0, seen, seen],
      ],
      ["broken"],
    ]);
    const first = await run(["import", from, "--json"], "a");
    assert.equal(first.err, "");
    const report = JSON.parse(first.out) as { files: number; added: number; shares: number; addresses: number };
    const { badLines } = JSON.parse(first.out) as { badLines: readonly { file: string; line: number }[] };
    assert.deepEqual(
      badLines.map(({ file, line }) => `${file} ${line}`),
      [`shares.10 1`, `shares.10 ${half + 3}`, `shares.10 ${half + 4}`],
    );
    assert.deepEqual([report.files, report.added, report.addresses], [2, half, 2]);

    const check = await run(["check", "--json"], "a");
    const { ok, survey, best } = JSON.parse(check.out) as Report;
    assert.deepEqual([check.code, ok, survey.shares], [0, true, report.shares]);
    assert.equal(survey.verifiedMarks, report.shares);
    assert.equal(best?.verifiedHeight, report.shares);
    assert.equal(best.id, lines[1]!.split(" ")[1]!.padStart(64, "0"), "the newest recorded share");

    const to = join(folder, "exported");
    assert.equal((await run(["export", to], "a")).code, 0);
    assert.deepEqual(readdirSync(to).sort(), ["addrs", "shares.0"]);
    const written = readFileSync(join(to, "shares.0"), "utf8").trimEnd().split("\n");
    assert.equal(written.length, 2 * report.shares);
    for (const line of written) assert.ok(lines.includes(line), line.slice(0, 80));
    const again = await run(["export", to], "a");
    assert.deepEqual([again.code, again.err.includes("shares.0 exists")], [2, true]);

    const second = await run(["import", to], "b");
    assert.match(second.out, new RegExp(`the store now has ${report.shares}, ${report.shares} of them verified`));
    assert.match(second.out, /2 addresses of other nodes imported/);
    const { out } = await run(["import", to], "b");
    assert.match(out, /^0 new shares/);
    assert.match(out, /0 addresses/);
  });

  test("reads what a running node has open, and changes nothing", async () => {
    const directory = await imported("c");
    const state = (): string[] =>
      readdirSync(directory)
        .filter((name) => !name.startsWith("LOG"))
        .map((name) => `${name} ${statSync(join(directory, name)).mtimeMs}`);
    const node = new LevelDatabase({ directory });
    await node.open();
    try {
      const before = state();
      const { code, out } = await run(["stats"], "c");
      assert.equal(code, 0);
      assert.match(out, /28 shares, 28 of them marked as verified/);
      assert.deepEqual(state(), before);
      const locked = await run(["import", join(folder, "c-logs")], "c");
      assert.equal(locked.code, 4);
      assert.match(locked.err, /is in use by another process/);
    } finally {
      await node.close();
    }
  });

  test("tells of each damaged record", async () => {
    const directory = await imported("d");
    const database = new LevelDatabase({ directory });
    await database.open();
    const shares: string[] = [];
    for await (const portion of database.scan("s", "t", { count: 1000, bytes: 2 ** 20 }))
      for (const [key] of portion) if (key.endsWith("r")) shares.push(key);
    const damaged = (await database.read(shares[5]!))!.slice();
    damaged[60]! ^= 1;
    await database.write([
      { key: shares[5]!, value: damaged },
      { key: "rpeers", value: Uint8Array.of(1, 2, 3, 4, 5) },
    ]);
    await database.close();
    const { code, out } = await run(["check", "--json"], "d");
    const { ok, problems } = JSON.parse(out) as Report;
    assert.deepEqual([code, ok, problems.length], [1, false, 2]);
    assert.ok(problems.some((text) => text.includes("a share does not fit") && text.includes(shares[5]!.slice(9, 73))));
    assert.ok(problems.some((text) => text.includes("the record peers does not fit")));
  });

  for (const lost of ["CURRENT", "MANIFEST"]) {
    test(`a database without its ${lost} is said to be damaged, left alone, and can be salvaged`, async () => {
      const directory = await imported(lost);
      rmSync(join(directory, readdirSync(directory).find((name) => name.startsWith(lost))!));
      const state = (): string[] =>
        readdirSync(directory)
          .filter((name) => !name.startsWith("LO"))
          .map((name) => `${name} ${statSync(join(directory, name)).size}`);
      const before = state();
      for (const what of [["check"], ["import", join(folder, `${lost}-logs`)]]) {
        const { code, err } = await run(what, lost);
        assert.equal(code, 6, err);
        assert.match(err, /^p2pool: the store in .* is damaged: .*; nothing was removed/);
        assert.deepEqual(state(), before);
      }
      const salvaged = await run(["check", "--salvage", "--json"], lost);
      assert.equal(salvaged.code, 0, salvaged.err);
      assert.equal((JSON.parse(salvaged.out) as Report).survey.shares, 28);
      assert.deepEqual(state(), before);
    });
  }

  const wrong: readonly [string, readonly string[], number, RegExp][] = [
    ["nothing to do", [], 2, /store what\?/],
    ["a folder too few", ["export"], 2, /store export: which folder\?/],
    ["a folder too many", ["check", "x"], 2, /unexpected argument "x"/],
    ["no such folder", ["import", "/nowhere"], 2, /ENOENT.*\/nowhere/],
    ["a folder without logs", ["import", "/"], 2, /holds no shares\.0/],
    ["no store", ["stats"], 4, /there is no store in .*nothing/],
    ["salvaging what is written to", ["import", "/", "--salvage"], 2, /--salvage: not for import/],
  ];
  for (const [name, args, exit, message] of wrong) {
    test(name, async () => {
      const { code, out, err } = await run(args, "nothing");
      assert.match(err, message);
      assert.deepEqual([code, out, err.trimEnd().split("\n").length], [exit, "", 1]);
    });
  }
});
