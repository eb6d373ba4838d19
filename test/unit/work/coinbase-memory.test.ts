import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesToHex } from "../../../src/core/bytes.js";
import { createTemplate } from "../../../src/daemon/template.js";
import { BlockContentsCache } from "../../../src/work/block-contents.js";
import { coinbaseScript } from "../../../src/work/coinbase-script.js";
import { blockTemplate } from "../../support/daemon-template.js";

test("a coinbase script is that of its template, commitment and texts, whatever was asked for before", () => {
  const templates = [300, 301].map((height) => createTemplate(blockTemplate({ height }), height, 1_700_000_000));
  const commitments = [null, new Uint8Array(44).fill(1), new Uint8Array(44).fill(2)];
  const texts = [[], [Uint8Array.of(65, 66)]];
  const contents = new BlockContentsCache();
  const asked = templates.flatMap((template) =>
    commitments.flatMap((commitment) => texts.map((own) => ({ template, commitment, own }))),
  );
  for (const before of asked) {
    for (const { template, commitment, own } of asked) {
      contents.coinbaseScript(before.template, before.commitment, before.own);
      const script = contents.coinbaseScript(template, commitment, own);
      const plain = coinbaseScript(template.height, commitment, own, template.coinbaseFlags);
      assert.equal(bytesToHex(script), bytesToHex(plain));
    }
  }
});
