import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { JsonNumber, parseJson, stringifyJson } from "../../../src/daemon/rpc/index.js";

describe("JSON without loss of digits (spec/14 §7)", () => {
  test("agrees with JSON.parse on what doubles can hold", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom("", " ", "\n\t\r "), (text, space) => {
        const spaced = space + text.replaceAll(/(?<=^[^"]*),/g, `${space},${space}`) + space;
        const expected: unknown = JSON.parse(spaced);
        assert.deepEqual(JSON.parse(stringifyJson(parseJson(spaced, "lossless"))), expected);
        assert.equal(stringifyJson(expected), JSON.stringify(expected));
        assert.equal(stringifyJson(expected, 2), JSON.stringify(expected, null, 2));
      }),
      { numRuns: 300 },
    );
  });

  test("refuses what JSON.parse refuses", () => {
    const valid = '{"a":[1,-0.5e+3,"x\\n\\u0041",true,false,null,{}],"b":""}';
    const mark = fc.tuple(
      fc.nat(valid.length - 1),
      fc.constantFrom("", '"', "\\", ",", "0", "-", ".", "e", "]", "}", "\u0001", "\u00a0"),
    );
    fc.assert(
      fc.property(mark, ([at, insert]) => {
        for (const text of [
          valid.slice(0, at) + insert + valid.slice(at + 1),
          valid.slice(0, at) + insert + valid.slice(at),
        ]) {
          let expected: unknown;
          try {
            expected = JSON.parse(text);
          } catch {
            assert.throws(() => parseJson(text, "exact"), SyntaxError, text);
            continue;
          }
          assert.deepEqual(parseJson(text, "exact"), expected, text);
        }
      }),
      { numRuns: 1000 },
    );
    for (const text of [
      "",
      "  ",
      "nul",
      "01",
      "1.",
      ".5",
      "+1",
      "1e",
      "--1",
      "[1,]",
      '{"a":1,}',
      "[1 2]",
      '"',
      '"\n"',
      "{a:1}",
    ]) {
      assert.throws(() => parseJson(text, "exact"), SyntaxError, text);
    }
  });

  const numbers: [string, unknown][] = [
    ["0", 0],
    ["-1", -1],
    ["9007199254740991", 9007199254740991],
    ["9007199254740993", 9007199254740993n],
    ["-9007199254740993", -9007199254740993n],
    ["0.1", 0.1],
    ["1e-8", 1e-8],
    ["2.1E+7", 2.1e7],
  ];
  for (const [text, exact] of numbers) {
    test(`${text} as a number, and as its text`, () => {
      assert.deepEqual(parseJson(text, "exact"), exact);
      const kept = parseJson(text, "lossless");
      assert.ok(kept instanceof JsonNumber);
      assert.equal(kept.text, text);
      assert.equal(stringifyJson({ a: [kept] }), `{"a":[${text}]}`);
      assert.equal(parseJson(text, "text") instanceof JsonNumber, /[.eE]/.test(text));
    });
  }

  test("a member __proto__ is a member", () => {
    const parsed = parseJson('{"__proto__":{"a":1},"b":2}', "exact") as object;
    assert.deepEqual(Object.keys(parsed), ["__proto__", "b"]);
    assert.equal(Object.getPrototypeOf(parsed), Object.prototype);
  });

  test("depth and length have bounds", () => {
    assert.throws(() => parseJson("[".repeat(100_000), "exact"), /nested deeper/);
    assert.throws(() => parseJson("9".repeat(100_000), "exact"), /100000 digits/);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    assert.throws(() => stringifyJson(cycle), RangeError);
  });

  test("time grows with the length, also of strings that never end and of many small parts", () => {
    const time = (text: string): number => {
      const started = performance.now();
      assert.throws(() => parseJson(text, "exact"), SyntaxError);
      return performance.now() - started;
    };
    for (const text of ['"', '"\\', '["",', "1"]) {
      const full = text.repeat(400_000 / text.length);
      assert.ok(time(text === "1" ? `[${full}` : full) < 1_000, text);
    }
  });

  test("what JSON cannot hold is refused with its place", () => {
    assert.throws(() => stringifyJson([{ fee: Number.NaN }]), /^RangeError: 0\.fee cannot be written as JSON$/);
    assert.equal(stringifyJson({ a: undefined, b: [undefined], c: null, d: 5n }), '{"b":[null],"c":null,"d":5}');
  });
});
