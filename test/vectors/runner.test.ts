import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { eachCase, runVectorFolder, type VectorHandlers } from "./runner.js";

const HANDLERS: VectorHandlers = {
  numbers: {
    even: (v) => eachCase(v as number[], (value) => assert.ok(value % 2 === 0, `${value} is odd`)),
  },
};

describe("vector runner", () => {
  let dir = "";
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "vectors-"));
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  const write = (name: string, content: string): void => writeFileSync(join(dir, name), content);

  test("counts by file and key, and keeps the first failures", () => {
    write("numbers.json", JSON.stringify({ description: "", seed: "1", even: [2, 3, 4, 5] }));
    write("README.md", "no vectors");
    assert.deepEqual(runVectorFolder(dir, HANDLERS), {
      results: [
        { file: "numbers.json", key: "even", passed: 2, failed: 2, failures: ["[1]: 3 is odd", "[3]: 5 is odd"] },
      ],
      problems: [],
    });
  });

  test("a value that is not what the handler expects is a failure", () => {
    write("numbers.json", JSON.stringify({ even: 7 }));
    assert.equal(runVectorFolder(dir, HANDLERS).results[0]!.failed, 1);
  });

  test("unknown files and keys, broken files and missing folders are problems", () => {
    write("numbers.json", JSON.stringify({ odd: [], toString: [] }));
    write("other.json", "{}");
    write("toString.json", "{}");
    const { results, problems } = runVectorFolder(dir, HANDLERS);
    assert.deepEqual(results, []);
    assert.deepEqual(problems, [
      'numbers.json: unknown key "odd"',
      'numbers.json: unknown key "toString"',
      "other.json: unknown vector file",
      "toString.json: unknown vector file",
    ]);
    write("numbers.json", "{");
    assert.match(runVectorFolder(dir, HANDLERS).problems[0]!, /^numbers\.json: /);
    write("numbers.json", "[]");
    assert.equal(runVectorFolder(dir, HANDLERS).problems[0], "numbers.json: not a JSON object");

    const missing = join(dir, "nothing");
    assert.deepEqual(runVectorFolder(missing, HANDLERS).problems, [`${missing}: no such folder`]);
  });

  test("an empty folder is a problem", () => {
    assert.deepEqual(runVectorFolder(dir, HANDLERS).problems, [`${dir}: no vector files`]);
  });
});
