import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { EXIT } from "../../src/cli/exit.js";
import { messageCalls } from "./support/messages.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const SRC = join(ROOT, "src");
const GUIDE = readFileSync(join(ROOT, "docs/TROUBLESHOOTING.md"), "utf8");
/** Everything that the guide has as code. */
const EXPLAINED = new Set(codes(GUIDE));
/** Texts of the guide that the sources put together from parts. */
const ELSEWHERE = [
  "nobody listens at …; is the daemon running with server=1?",
  "it is downloading the chain: block …",
  "its version … is too old, … is needed; upgrade it",
  "the witness commitment …",
];

/** Errors whose text ends a command or stands in the log; others are of peers, miners and the library. */
const ERRORS = [
  ...["Address", "AlertTarget", "Auth", "Busy", "CoinbaseText", "ConfFile", "EmbeddedNode", "Forbidden", "LogFile"],
  ...["Network", "PayoutAddress", "PowPool", "Run", "StaticDir", "Store", "Template", "Timeout", "Transport", "Usage"],
  "WorkerPort",
];
const CALLS: readonly (readonly [what: string, callees: RegExp, file: RegExp])[] = [
  ["warnings and errors of the log", /log(?:ger)?\.(?:warn|error|fatal)/, /./],
  ["errors that end a command", new RegExp(`new (?:${ERRORS.join("|")})Error`), /^(?!platform\/transport-memory)/],
  ["reasons why a daemon cannot be mined on", /failed/, /^daemon\/check-daemon/],
];

function codes(markdown: string): string[] {
  return [...markdown.matchAll(/`([^`]+)`/g)].map(([, text]) => text!.replaceAll("\\|", "|"));
}

/** As it can stand between backticks. */
function plain(text: string): string {
  return text.replaceAll("`", "");
}

function workRefusals(): string[] {
  const source = readFileSync(join(SRC, "work/readiness.ts"), "utf8");
  const body = /\n {2}refusal\(.*?\n {2}\}/s.exec(source)![0];
  return [...body.matchAll(/["`]([^"`]{10,})["`]/g)].map(([, text]) => text!.replaceAll(/\$\{[^}]*\}/g, "…"));
}

/** Texts without two words say nothing alone: names of fields and options. */
function isMessage(text: string): boolean {
  return /[a-z]+\W+(\w+\W+)*[a-z]+/i.test(text.replaceAll("…", "")) && /\s/.test(text);
}

describe("docs/TROUBLESHOOTING.md explains", () => {
  for (const [what, callees, files] of CALLS) {
    test(what, () => {
      const calls = messageCalls(SRC, callees).filter(({ file }) => files.test(file));
      assert.ok(calls.length > 5, "the sources have some");
      const missing = calls.flatMap(({ file, texts }) =>
        texts
          .map(plain)
          .filter((text) => isMessage(text) && !EXPLAINED.has(text))
          .map((text) => `${file}: ${text}`),
      );
      assert.equal(missing.join("\n"), "");
    });
  }

  test("every warning that a node raises", () => {
    const folder = join(SRC, "node/warnings");
    const ids = readdirSync(folder)
      .filter((name) => name.endsWith("-rules.ts"))
      .flatMap((name) => [...readFileSync(join(folder, name), "utf8").matchAll(/\bid: .*?"(\w+)"/g)])
      .map(([, id]) => id!);
    assert.ok(ids.length > 20, ids.join(" "));
    assert.deepEqual(
      ids.filter((id) => !EXPLAINED.has(id)),
      [],
    );
  });

  test("every reason for which miners get no work", () => {
    assert.equal(workRefusals().length, 5);
    assert.deepEqual(
      workRefusals().filter((text) => !EXPLAINED.has(text)),
      [],
    );
  });

  test("every exit code", () => {
    for (const code of Object.values(EXIT)) assert.match(GUIDE, new RegExp(`^\\| ${code} \\|`, "m"));
  });

  test("no message that is not there any more", () => {
    const sources = CALLS.flatMap(([, callees]) => messageCalls(SRC, callees)).flatMap(({ texts }) => texts.map(plain));
    const known = new Set([...sources, ...workRefusals(), ...ELSEWHERE]);
    const tables = GUIDE.split(/\n\n/).filter((part) => part.startsWith("| message |"));
    assert.ok(tables.length > 5);
    const written = tables.flatMap((table) => table.split("\n").slice(2)).flatMap((row) => codes(row.split(" | ")[0]!));
    assert.equal(written.filter((text) => !known.has(text)).join("\n"), "");
  });
});
