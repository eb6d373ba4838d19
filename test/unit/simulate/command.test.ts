import assert from "node:assert/strict";
import { test } from "node:test";
import { COMMANDS } from "../../../src/cli/commands/all.js";
import { parseOptions, UsageError } from "../../../src/cli/options.js";

const command = COMMANDS.find(({ name }) => name === "simulate")!;

async function run(args: readonly string[]): Promise<string> {
  const { values, positionals } = parseOptions(args, command.options);
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  assert.equal(
    await command.run(values, positionals, { print, warn: assert.fail, colors: false, isTerminal: false }),
    0,
  );
  return lines.join("\n");
}

test("p2pool simulate prints tables, or the whole result as JSON", async () => {
  const args = ["--nodes", "4", "--seconds", "600", "--warmup", "60", "--connections", "2", "--hash-rates", "pareto"];
  const text = await run(args);
  assert.match(text, /^4 nodes, 600 s of which 540 s count, seed 1\n/);
  assert.match(text, /\nby hash rate +miners/);
  const result = JSON.parse(await run([...args, "--json", "-"])) as { scenario: object; miners: object[] };
  assert.equal(result.miners.length, 4);
  assert.deepEqual(Object.keys(result).slice(0, 3), ["scenario", "chain", "blocks"]);
});

test("p2pool simulate names the option that makes no sense", async () => {
  await assert.rejects(run(["--seconds", "100", "--warmup", "200"]), (error: unknown) => {
    assert.ok(error instanceof UsageError);
    assert.equal(error.message, "--warmup: nothing is left of 100 s");
    return true;
  });
  await assert.rejects(
    run(["--group", "nodes=1,hash=0.1,behaviour=rude"]),
    /--group: behaviour rude is none of honest, /,
  );
  await assert.rejects(run(["--partition", "from=1"]), /--partition: to= is missing/);
  await assert.rejects(run(["--nodes", "1"]), /--nodes: "1" is not a whole number from 2 to 20000/);
});
