import assert from "node:assert/strict";
import { test } from "node:test";
import { unknownRules } from "../../../src/bitcoin/template-rules.js";
import { bitcoin } from "../../../src/networks/coins/bitcoin.js";
import { litecoin } from "../../../src/networks/coins/litecoin.js";

test("only an unknown rule that carries ! binds (spec/10 §7)", () => {
  assert.deepEqual(unknownRules(bitcoin, ["csv", "!segwit", "taproot"]), { binding: [], harmless: [] });
  assert.deepEqual(unknownRules(bitcoin, ["!mweb", "!new", "newer", "segwit"]), {
    binding: ["mweb", "new"],
    harmless: ["newer"],
  });
  assert.deepEqual(unknownRules(litecoin, ["!mweb", "!segwit"]), { binding: [], harmless: [] });
});
