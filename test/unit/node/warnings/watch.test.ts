import assert from "node:assert/strict";
import { test } from "node:test";
import type { WarningFacts } from "../../../../src/node/warnings/facts.js";
import { WarningWatch } from "../../../../src/node/warnings/watch.js";
import { createLogger } from "../../../../src/platform/log.js";
import { VirtualClock } from "../../workers/support/virtual-clock.js";
import { factsWith } from "./support.js";

test("a warning is told once, when it says something else, once an hour, and when it is over", () => {
  const clock = new VirtualClock();
  const lines: { level: number; msg: string }[] = [];
  const changes: [string, boolean][] = [];
  let facts: WarningFacts = factsWith();
  const watch = new WarningWatch({
    facts: () => facts,
    clock,
    log: createLogger("info", { write: (line) => void lines.push(JSON.parse(line)) }),
    onChange: ({ id }, isOver) => changes.push([id, isOver]),
  });
  const told = (): (readonly [number, string])[] => {
    return lines.splice(0).map(({ level, msg }) => [level, msg] as const);
  };
  watch.start();
  clock.advance(10_000);
  assert.deepEqual([watch.current, told(), changes], [[], [], []]);

  facts = factsWith({ machine: { freeDiskBytes: 400e6 } });
  clock.advance(5_000);
  const text = "only 400 MB are free where the data is";
  const sinceAt = clock.now();
  assert.deepEqual(watch.current, [{ id: "disk", severity: "warning", text, sinceAt }]);
  assert.deepEqual(told(), [[40, text]]);
  assert.deepEqual(changes.splice(0), [["disk", false]]);

  // Only a figure in it changes.
  facts = factsWith({ machine: { freeDiskBytes: 399e6 } });
  clock.advance(600_000);
  assert.deepEqual(told(), []);
  assert.deepEqual([watch.current[0]?.sinceAt, watch.current[0]?.text], [sinceAt, text.replace("400", "399")]);

  facts = factsWith({ machine: { storeFailure: "no space left" } });
  clock.advance(5_000);
  assert.deepEqual(told(), [[50, "nothing can be stored: no space left"]]);
  clock.advance(3_590_000);
  assert.deepEqual(told(), []);
  clock.advance(15_000);
  assert.deepEqual(told(), [[50, "nothing can be stored: no space left"]]);
  assert.deepEqual([watch.current[0]?.sinceAt, changes], [sinceAt, []]);

  facts = factsWith();
  clock.advance(5_000);
  assert.deepEqual(told(), [[30, "this is over: nothing can be stored: no space left"]]);
  assert.deepEqual([watch.current, changes], [[], [["disk", true]]]);
  watch.stop();
  assert.equal(clock.timers, 0);
});
