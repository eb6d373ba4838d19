import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createLogger } from "../../../src/platform/log.js";
import { LogLimit } from "../../../src/platform/log-limit.js";

interface Line {
  readonly msg: string;
  readonly peer?: number;
}

function capture(level: "debug" | "info"): { log: ReturnType<typeof createLogger>; lines: Line[] } {
  const lines: Line[] = [];
  const log = createLogger(level, { write: (text) => void lines.push(JSON.parse(text) as Line) });
  return { log, lines };
}

describe("log", () => {
  test("ten lines of a kind, others besides", () => {
    const { log, lines } = capture("info");
    for (let i = 0; i < 100; i++) log.info({ peer: i }, `peer ${i} connected`);
    log.info("another");
    log.error({ peer: 3 }, "a third");
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      [...Array.from({ length: 10 }, (_, i) => `peer ${i} connected`), "another", "a third"],
    );
    assert.equal(lines[9]?.peer, 9);
  });

  test("whoever wants to see everything does", () => {
    const { log, lines } = capture("debug");
    for (let i = 0; i < 100; i++) log.debug("seen");
    assert.equal(lines.length, 100);
  });

  test("what was left out is told a minute later", () => {
    const limit = new LogLimit();
    const told = Array.from({ length: 25 }, (_, i) => limit.take("x", i));
    assert.deepEqual(told, [...new Array<number>(10).fill(0), ...new Array<null>(15).fill(null)]);
    assert.equal(limit.take("x", 60_001), 15);
    assert.equal(limit.take("x", 60_002), 0);
  });

  test("texts that strangers choose do not fill the memory", () => {
    const limit = new LogLimit();
    const letters = (i: number): string => [...`${i}`].map((digit) => "abcdefghij"[Number(digit)]).join("");
    for (let i = 0; i < 5_000; i++) assert.equal(limit.take(`g ${letters(i)}`, 0), 0);
    assert.ok((limit as unknown as { kinds: Map<string, unknown> }).kinds.size <= 1_000);
  });
});
