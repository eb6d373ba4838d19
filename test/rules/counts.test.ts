import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { countAll } from "../../bench/counts.js";

// Time says little on a busy machine; what is done for a share, a template or a connection says the same everywhere. Whoever makes
// one cost more or less on purpose has the file written anew by `npm run counts`, and sees in its difference what has moved.
test("what shares, work and its way to miners cost is what bench/counts.json says", async () => {
  const expected: unknown = JSON.parse(readFileSync(new URL("../../../bench/counts.json", import.meta.url), "utf8"));
  assert.deepEqual(await countAll(), expected);
});
