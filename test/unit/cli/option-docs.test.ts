import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { COMMANDS } from "../../../src/cli/commands/all.js";
import { manPage, optionsMarkdown } from "../../../src/cli/option-docs.js";
import { VERSION } from "../../../src/platform/version.js";

const DOCS = fileURLToPath(new URL("../../../../docs/", import.meta.url));

test("docs/OPTIONS.md and the manual page are those of the option tables (npm run docs)", () => {
  assert.equal(readFileSync(`${DOCS}OPTIONS.md`, "utf8"), optionsMarkdown(COMMANDS));
  assert.equal(readFileSync(`${DOCS}p2pool.1`, "utf8"), manPage(COMMANDS, VERSION));
});

test("bash completes options, commands and files with the script", () => {
  const completion = COMMANDS.find(({ name }) => name === "completion")!;
  const lines: string[] = [];
  const output = {
    print: (line: string) => void lines.push(line),
    warn: assert.fail,
    colors: false,
    isTerminal: false,
  };
  void completion.run({ help: false } as never, ["bash"], output);
  const complete = (words: readonly string[]): string[] => {
    const script = `${lines.join("\n")}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _p2pool; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8", cwd: DOCS });
    assert.equal(stderr, "");
    return stdout.trim().split("\n");
  };
  assert.deepEqual(complete(["p2pool", "--p2pool-p"]), ["--p2pool-port"]);
  assert.deepEqual(complete(["p2pool", "insp"]), ["inspect"]);
  assert.deepEqual(complete(["p2pool", "demo", "--min"]), ["--miners"]);
  assert.deepEqual(complete(["p2pool", "--network-file", "OPT"]), ["OPTIONS.md"]);
  assert.deepEqual(complete(["p2pool", "completion", "f"]), ["fish"]);
});
