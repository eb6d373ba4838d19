import assert from "node:assert/strict";
import { test } from "node:test";
import { minerSettings } from "../../../src/cli/commands/miner-options.js";
import { nodeOptions } from "../../../src/cli/commands/node-options.js";
import { parseOptions } from "../../../src/cli/options.js";

const parse = (...args: string[]) => parseOptions(args, nodeOptions).values;

test("worker processes and threads: none and as many as there are by default, whole numbers within bounds", () => {
  assert.equal(minerSettings(parse()).processes, 0);
  assert.equal(parse().threads, null);
  const values = parse("--worker-processes", "2", "--threads", "3");
  assert.equal(minerSettings(values).processes, 2);
  assert.equal(values.threads, 3);
  for (const [option, text] of [
    ["worker-processes", "65"],
    ["worker-processes", "two"],
    ["worker-processes", "1.5"],
    ["threads", "0"],
    ["threads", "257"],
  ] as const) {
    assert.throws(() => parse(`--${option}`, text), { data: { code: "USAGE", option } });
  }
});
