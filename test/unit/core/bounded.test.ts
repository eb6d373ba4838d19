import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { BoundedMap } from "../../../src/core/bounded.js";

test("a bounded map holds what a plain list of the same steps holds", () => {
  const key = fc.nat(30);
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant("set" as const), key }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("delete" as const), key }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("clear" as const), key }) },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 300 }), (maximum, steps) => {
      const map = new BoundedMap<number, number>(maximum);
      let plain: [number, number][] = [];
      for (const [i, { kind, key: of }] of steps.entries()) {
        const others = plain.filter(([each]) => each !== of);
        if (kind === "set") {
          map.set(of, i);
          plain = [...others, [of, i] as [number, number]].slice(-maximum);
        } else if (kind === "delete") {
          assert.equal(map.delete(of), others.length < plain.length);
          plain = others;
        } else {
          map.clear();
          plain = [];
        }
        assert.deepEqual([...map], plain);
      }
    }),
  );
});

test("keys that are set again and again leave nothing behind", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const map = new BoundedMap<number, number>(10_000);
  collect();
  const before = process.memoryUsage().heapUsed;
  // Tables that are outgrown meanwhile take 50 MB.
  for (let i = 0; i < 1_000_000; i++) map.set(i % 50, i);
  collect();
  assert.ok(process.memoryUsage().heapUsed - before < 2 ** 22);
  assert.equal(map.size, 50);
});
