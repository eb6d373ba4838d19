import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { VECTOR_HANDLERS } from "./handlers/index.js";
import { planVectorFolder } from "./runner.js";

// Compiled files lie in dist/, the data stay with the sources.
const DATA = fileURLToPath(new URL("../../../test/vectors/data", import.meta.url));

describe("vectors", () => {
  const { tasks, problems } = planVectorFolder(DATA, VECTOR_HANDLERS);
  for (const task of tasks) {
    test(`${task.file} ${task.key}`, () => {
      const { failed, failures } = task.run();
      assert.equal(failed, 0, failures.join("\n"));
    });
  }
  test("every file and key has a handler", () => assert.deepEqual(problems, []));
});
