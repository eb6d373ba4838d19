import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { countAll } from "../../bench/counts.js";

// Time says little on a busy machine; what is done for a share says the same everywhere. Whoever makes a share cost more or less
// on purpose copies the new figures from the difference that is shown.
test("what a share costs is what bench/counts.json says", () => {
  const expected: unknown = JSON.parse(readFileSync(new URL("../../../bench/counts.json", import.meta.url), "utf8"));
  assert.deepEqual(countAll(), expected);
});
