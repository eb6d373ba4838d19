import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { Program } from "../support/program.js";

const DATA = fileURLToPath(new URL("../../../test/vectors/data", import.meta.url));

interface ChainFile {
  readonly network: object;
  readonly clock: number;
  readonly block_heights: Readonly<Record<string, string>>;
  readonly shares: readonly { readonly raw: string; readonly hash: string; readonly result: unknown }[];
}

const readVectors = (name: string): unknown => JSON.parse(readFileSync(join(DATA, name), "utf8"));

const readCorpus = (name: string): ChainFile =>
  JSON.parse(readFileSync(join(DATA, "../../corpus/data", name), "utf8")) as ChainFile;

async function run(
  args: readonly string[],
  input?: string,
): Promise<{ code: number | null; out: string; err: string }> {
  const program = new Program(args, input);
  const { code } = await program.ended;
  return { code, out: program.lines.join("\n"), err: program.stderr };
}

describe("inspect", () => {
  let folder = "";
  const path = (name: string): string => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "p2pool-test-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  test("share: everything it says, as text and as JSON, from the line and from standard input", async () => {
    const { sets } = readVectors("shares-v35.json") as {
      sets: { network: object; shares: { raw: string; hash: string; contents: object; address: string }[] }[];
    };
    writeFileSync(path("network.json"), JSON.stringify(sets[0]!.network));
    const { raw, hash, contents, address } = sets[0]!.shares[4]!;
    const options = ["--network-file", path("network.json")];
    const json = await run(["inspect", "share", raw, ...options, "--json"]);
    assert.equal(json.code, 0);
    const described = JSON.parse(json.out) as { hash: string; contents: object };
    assert.equal(described.hash, hash);
    assert.deepEqual(described.contents, contents);
    const text = await run(["inspect", "share", "-", ...options], `${raw}\n`);
    assert.equal(text.code, 0);
    assert.match(text.out, new RegExp(`share ${hash}`));
    assert.match(text.out, new RegExp(`pays ${address} as its finder`));
    const other = await run(["inspect", "share", raw, "--net", "litecoin"]);
    assert.equal(other.code, 1);
    assert.match(other.err, /^p2pool: no valid share of network litecoin: [^\n]+\n$/);
  });

  test("chain: a log with broken lines is read to its end, and refused shares are named", async () => {
    const chain = readVectors("chain-invalid.json") as ChainFile;
    writeFileSync(path("chain-network.json"), JSON.stringify(chain.network));
    writeFileSync(path("heights.json"), JSON.stringify(chain.block_heights));
    const good = chain.shares.filter(({ result }) => typeof result === "string").map(({ raw }) => `5 ${raw}`);
    const bad = chain.shares.find(({ result }) => typeof result !== "string")!;
    const lines = [
      ...good.slice(0, 3),
      "5 zz",
      "9 00",
      "1 obsolete",
      "",
      `2 ${chain.shares[0]!.hash}`,
      ...good.slice(3),
    ];
    writeFileSync(path("shares.0.gz"), gzipSync(`${[...lines, `5 ${bad.raw}`, good[0]].join("\n")}\n5 11fd`));
    const { code, out } = await run([
      ...["inspect", "chain", path("shares.0.gz"), "--network-file", path("chain-network.json"), "--json"],
      ...["--now", String(chain.clock), "--block-heights", path("heights.json")],
      ...["--subsidy", "312500000", "--block-bits", "207fffff"],
    ]);
    assert.equal(code, 0);
    const report = JSON.parse(out) as {
      shares: number;
      marks: number;
      duplicates: number;
      badLines: { line: number; reason: string }[];
      refused: { id: string; code: string }[];
      best: { id: string };
      payouts: { amount: string }[];
    };
    assert.deepEqual(
      report.badLines.map(({ line }) => line),
      [4, 5, lines.length + 3],
    );
    assert.deepEqual([report.marks, report.duplicates], [1, 1]);
    assert.ok(report.refused.some(({ id }) => id === bad.hash));
    assert.equal(report.shares, good.length);
    assert.ok(chain.shares.some(({ hash }) => hash === report.best.id));
    assert.equal(
      report.payouts.reduce((sum, { amount }) => sum + BigInt(amount), 0n),
      312_500_000n,
    );
  });

  test("version 36: what a share says of merged chains and which messages it carries; the votes of a chain", async () => {
    const { sets } = readVectors("shares-v36.json") as {
      sets: { network: object; shares: { raw: string; contents: { message_data: string | null } }[] }[];
    };
    writeFileSync(path("network-36.json"), JSON.stringify({ ...sets[0]!.network, newest_share_version: 36 }));
    const { raw } = sets[0]!.shares.find(({ contents }) => contents.message_data !== null)!;
    const share = await run(["inspect", "share", raw, "--network-file", path("network-36.json")]);
    assert.equal(share.code, 0, share.err);
    assert.match(
      share.out,
      /messages:\n {2}- type: 32\n {4}kind: transition signal\n[\s\S]*text: \{"from":"35","to":"36"/,
    );
    assert.match(share.out, /merged_payout_hash: [0-9a-f]{64}|merged_payout_hash: none/);

    const chain = readVectors("chain-v36.json") as ChainFile;
    writeFileSync(path("chain-36.json"), JSON.stringify({ ...chain.network, newest_share_version: 36 }));
    writeFileSync(path("shares-36"), chain.shares.map(({ raw }) => `5 ${raw}\n`).join(""));
    const report = await run([
      ...["inspect", "chain", path("shares-36"), "--network-file", path("chain-36.json")],
      ...["--now", String(chain.clock), "--subsidy", "312500000", "--block-bits", "1f7fffff"],
    ]);
    assert.equal(report.code, 0, report.err);
    assert.match(report.out, /votes by work: [0-9.]+ % for 3[56]/);
    assert.match(report.out, /the next share would be of version 3[56]/);
  });

  const wrong: readonly [string, readonly string[], RegExp, number][] = [
    ["nothing to inspect", ["inspect"], /inspect what\?/, 2],
    ["unknown subject", ["inspect", "block", "00"], /inspect what\?/, 2],
    ["no hex", ["inspect", "share", "xyz"], /even number of hex digits/, 2],
    ["missing file", ["inspect", "chain", "/nowhere"], /ENOENT/, 2],
    ["half of the block", ["inspect", "chain", "/dev/null", "--subsidy", "1"], /go together/, 2],
    ["wrong bits", ["inspect", "chain", "/dev/null", "--subsidy", "1", "--block-bits", "1d"], /--block-bits/, 2],
  ];
  for (const [name, args, message, expected] of wrong) {
    test(name, async () => {
      const { code, err } = await run(args);
      assert.match(err, message);
      assert.deepEqual([code, err.trimEnd().split("\n").length], [expected, 1]);
    });
  }

  test("an empty log has no best share", async () => {
    const { code, out } = await run(["inspect", "chain", "/dev/null"]);
    assert.equal(code, 0);
    assert.match(out, /no best share/);
  });

  test("compare: two reports of one log agree, or differ by share", async () => {
    const corpus = readCorpus("corpus-v35.json");
    writeFileSync(path("corpus-network.json"), JSON.stringify(corpus.network));
    writeFileSync(path("corpus.log"), corpus.shares.map(({ raw }) => `5 ${raw}`).join("\n"));
    const options = ["--network-file", path("corpus-network.json"), "--now", String(corpus.clock), "--json"];
    const judged = await run(["inspect", "chain", path("corpus.log"), ...options, "--verdicts"]);
    assert.equal(judged.code, 0);
    const report = JSON.parse(judged.out) as { verdicts: Record<string, string>; best: object };
    for (const { hash, result } of corpus.shares) {
      assert.equal(report.verdicts[hash], typeof result === "string" ? result : (result as { error: string }).error);
    }
    writeFileSync(path("a.json"), judged.out);
    const [first] = Object.entries(report.verdicts).find(([, verdict]) => verdict === "verified")!;
    const other = { ...report, verdicts: { ...report.verdicts, [first]: "GENTX_MISMATCH" }, best: null };
    writeFileSync(path("b.json"), JSON.stringify(other));
    const same = await run(["inspect", "compare", path("a.json"), path("a.json")]);
    assert.deepEqual([same.code, same.out], [0, "they agree"]);
    const different = await run(["inspect", "compare", path("a.json"), path("b.json"), "--json"]);
    assert.equal(different.code, 1);
    const { differences } = JSON.parse(different.out) as { differences: { about: string; first: string }[] };
    assert.deepEqual(differences[0], { about: `share ${first}`, first: "verified", second: "GENTX_MISMATCH" });
    assert.ok(differences.some(({ about }) => about === "best id"));
    // The corpus itself says what is to come out.
    const corpusFile = fileURLToPath(new URL("../../../test/corpus/data/corpus-v35.json", import.meta.url));
    const asItShould = await run(["inspect", "compare", path("a.json"), corpusFile]);
    assert.deepEqual([asItShould.code, asItShould.out], [0, "they agree"]);
    // Another program has verdicts, and no names of ours for what is wrong.
    const verdicts = Object.entries(report.verdicts).map(([id, v]) => [id, v === "verified" ? v : "refused"] as const);
    writeFileSync(path("c.json"), JSON.stringify({ verdicts: Object.fromEntries(verdicts) }));
    const plain = await run(["inspect", "compare", path("a.json"), path("c.json")]);
    assert.deepEqual([plain.code, plain.out], [0, "they agree"]);
    const wrong = verdicts.map(([id, v]) => [id, id === first ? "refused" : v]).slice(1);
    writeFileSync(path("c.json"), JSON.stringify({ verdicts: Object.fromEntries(wrong) }));
    const split = await run(["inspect", "compare", path("c.json"), path("a.json")]);
    assert.deepEqual([split.code, split.out.split("\n").length], [1, first === verdicts[0]![0] ? 1 : 2], split.out);
    const none = await run(["inspect", "compare", path("a.json"), path("corpus-network.json")]);
    assert.equal(none.code, 2);
    assert.match(none.err, /corpus-network\.json is no report/);
  });
});
