import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Journal, type LogFormat, localTime } from "../../../src/cli/journal.js";

function write(format: LogFormat, colors = false): { journal: Journal; out: string[]; err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  const journal = new Journal({
    format,
    level: "info",
    colors,
    file: null,
    print: (line) => out.push(line),
    printError: (line) => err.push(line),
    now: () => 1_700_000_000.25,
  });
  return { journal, out, err };
}

describe("journal", () => {
  test("text: the time in front of each line, nothing for events that need no words", () => {
    const { journal, out, err } = write("text");
    journal.say("miners: here\nstatus: there");
    journal.event({ type: "loaded", shares: 3, verified: 2 });
    journal.event({ type: "tip", id: "ab", height: 3 });
    const time = localTime(1_700_000_000.25);
    assert.match(time, /^2023-11-1\d \d\d:\d\d:\d\d\.250$/);
    assert.deepEqual(out, [
      ...[`${time} miners: here`, `${time} status: there`, `${time} 3 shares loaded, 2 of them verified`],
    ]);
    assert.deepEqual(err, []);
  });

  test("text: log lines with their fields, which cannot reach the terminal", () => {
    const { journal, err } = write("text", true);
    journal.log.warn({ peer: "\u001b[2J\nfake", count: 2 }, "says \u001b[31mred");
    journal.log.error({ err: new Error("broken\u0007") }, "failed");
    journal.log.debug("not shown");
    const warning = ' \u001b[33mWARN\u001b[39m says ?[31mred peer="\\u001b[2J\\nfake" count=2';
    assert.ok(err[0]!.endsWith(warning), err[0]);
    assert.match(err[1]!, /ERROR.* failed\nError: broken\?\n +at /);
    assert.equal(err.length, 2);
  });

  test("JSON: one object a line", () => {
    const { journal, out, err } = write("json");
    journal.say("hello");
    journal.event({ type: "tip", id: "ab", height: 3 });
    journal.log.warn({ peer: 1 }, "careful");
    assert.deepEqual(
      out.map((line) => JSON.parse(line)),
      [
        { at: 1_700_000_000.25, type: "message", text: "hello" },
        { at: 1_700_000_000.25, type: "tip", id: "ab", height: 3 },
      ],
    );
    const { time, ...entry } = JSON.parse(err[0]!);
    assert.equal(typeof time, "number");
    assert.deepEqual(entry, { level: 40, peer: 1, msg: "careful" });
  });
});
