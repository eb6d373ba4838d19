import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { completeNames, environmentArguments, expandFiles } from "../../../src/cli/arguments.js";
import {
  integerOption,
  listOption,
  parseOptions,
  switchOption,
  textOption,
  UsageError,
} from "../../../src/cli/options.js";

const TABLE = {
  fee: textOption("fee", "PERCENT", "", null),
  address: textOption("address", "ADDRESS", "", null, { short: "a" }),
  nodes: listOption("p2pool-node", "HOST", ""),
  port: integerOption("p2pool-port", "PORT", "", { min: 1, max: 65535 }, null, { aliases: ["peer-port"] }),
  solo: switchOption("solo", ""),
};

describe("@FILE", () => {
  let folder = "";
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return `@${join(folder, name)}`;
  };
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "p2pool-test-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  test("words at white space, without quotes; comments; files in files; empty arguments stay", () => {
    const inner = file("inner", "-n\t10.0.0.3");
    const outer = file("outer", `# comment\n  # another -x\n--net bitcoin\r\n-n 10.0.0.2#2\n${inner} "a b"`);
    const expanded = expandFiles(["--solo", outer, "", file("empty", "\n")]);
    assert.deepEqual(
      expanded.map(({ text }) => text),
      ["--solo", "--net", "bitcoin", "-n", "10.0.0.2#2", "-n", "10.0.0.3", '"a', 'b"', ""],
    );
    const [first, second] = [`file ${outer.slice(1)}`, `file ${inner.slice(1)}`];
    assert.deepEqual(
      expanded.map(({ origin }) => origin),
      ["command line", first, first, first, first, second, second, first, first, "command line"],
    );
  });

  test("a missing file, and one that names itself, are told by name", () => {
    assert.throws(() => expandFiles(["@/nowhere"]), { name: "UsageError", message: /"@\/nowhere": ENOENT/ });
    const itself = join(folder, "loop");
    writeFileSync(itself, `--solo @${itself}`);
    assert.throws(() => expandFiles([`@${itself}`]), /more than 10 deep/);
    const both = join(folder, "two");
    writeFileSync(both, `@${both} @${both}`);
    assert.throws(() => expandFiles([`@${both}`]), UsageError);
    assert.throws(() => expandFiles([file("long", "x ".repeat(20_000))]), /more than 10000 arguments/);
  });
});

describe("names of options", () => {
  const complete = (...args: string[]): { args: string[]; warnings: string[] } => {
    const warnings: string[] = [];
    return { args: completeNames(args, TABLE, (text) => warnings.push(text)), warnings };
  };

  test("unambiguous beginnings are taken, with a warning", () => {
    assert.deepEqual(complete("--addr=1x", "--sol", "--fee", "1", "--peer", "9"), {
      args: ["--address=1x", "--solo", "--fee", "1", "--peer-port", "9"],
      warnings: ["--addr is taken for --address", "--sol is taken for --solo", "--peer is taken for --peer-port"],
    });
    assert.deepEqual(complete("-a", "x", "--", "--sol"), { args: ["-a", "x", "--", "--sol"], warnings: [] });
  });

  test("what fits several or none is an error that helps", () => {
    assert.throws(() => complete("--p2pool"), /--p2pool fits --p2pool-node, --p2pool-port/);
    assert.throws(() => complete("--p2pool-prot=3"), /unknown option --p2pool-prot; is --p2pool-port meant\?/);
    assert.throws(() => complete("--nonsense"), /^UsageError: unknown option --nonsense$/);
    assert.throws(() => complete("--\u001b[31m"), /unknown option --\\u001b\[31m/);
  });
});

test("options from the environment", () => {
  const environment = {
    P2POOL_FEE: "1.5",
    P2POOL_P2POOL_NODE: "10.0.0.2  10.0.0.3:9333",
    P2POOL_SOLO: "1",
    P2POOL_RPC_PASSWORD: "secret",
    PATH: "/bin",
  };
  assert.deepEqual(environmentArguments(TABLE, environment, ["P2POOL_RPC_PASSWORD"]), [
    { text: "--fee=1.5", origin: "environment, P2POOL_FEE" },
    { text: "--p2pool-node=10.0.0.2", origin: "environment, P2POOL_P2POOL_NODE" },
    { text: "--p2pool-node=10.0.0.3:9333", origin: "environment, P2POOL_P2POOL_NODE" },
    { text: "--solo", origin: "environment, P2POOL_SOLO" },
  ]);
  assert.deepEqual(environmentArguments(TABLE, { P2POOL_SOLO: "0" }), []);
  assert.throws(() => environmentArguments(TABLE, { P2POOL_SOLO: "maybe" }), /P2POOL_SOLO: "maybe" is neither 1 nor 0/);
  assert.throws(() => environmentArguments(TABLE, { P2POOL_FEES: "1" }), /P2POOL_FEES: there is no option --fees/);
});

describe("an option that may stand without a value", () => {
  const table = {
    irc: { ...textOption("irc", "[URL]", "", null), bare: { value: "irc://usual", takes: /^irc:/ } },
    solo: switchOption("solo", ""),
  };
  const cases: [string[], string | null, string[]][] = [
    [[], null, []],
    [["--irc"], "irc://usual", []],
    [["--irc", "--solo"], "irc://usual", []],
    [["--irc", "user", "password"], "irc://usual", ["user", "password"]],
    [["--irc", "irc://other", "user"], "irc://other", ["user"]],
    [["--irc=irc://other"], "irc://other", []],
    [["--", "--irc"], null, ["--irc"]],
  ];
  for (const [args, value, rest] of cases) {
    test(args.join(" "), () => {
      const { values, positionals } = parseOptions(args, table);
      assert.deepEqual([values.irc, positionals], [value, rest]);
    });
  }
});
