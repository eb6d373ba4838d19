import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { type BlockHeader, blockHash, encodeBlockHeader } from "../../../src/bitcoin/block.js";
import type { Coin } from "../../../src/bitcoin/coin.js";
import type { BlockHash, Template, TemplateTransaction } from "../../../src/bitcoin/template.js";
import { bitsToTargetBytes } from "../../../src/core/compact.js";
import { hashMeetsTarget, powHash } from "../../../src/core/hash/index.js";
import { networkByName } from "../../../src/networks/index.js";
import { CurrentWork } from "../../../src/work/current-work.js";

const { coin } = networkByName("btcregtest");
const NOW = 1_800_000_000;
const BITS = 0x207fffff;

const TEMPLATE: Template = {
  previousBlock: "11".repeat(32) as BlockHash,
  height: 300,
  bits: BITS,
  version: 0x20000000,
  requiredVersionBits: 0,
  minTime: NOW - 3600,
  time: NOW,
  subsidy: 5_000_000_000n,
  transactions: [{} as TemplateTransaction],
  coinbaseFlags: Uint8Array.of(1),
  rules: ["segwit"],
  mweb: null,
  receivedAt: NOW,
};

/** The header of a block on the template's, with or without proof of work. */
function header(changes: Partial<BlockHeader> = {}, isProven = true): BlockHeader {
  for (let nonce = 0; ; nonce++) {
    const candidate: BlockHeader = {
      version: 0x20e00001,
      previousBlock: TEMPLATE.previousBlock,
      merkleRoot: new Uint8Array(32),
      timestamp: NOW + 5,
      bits: BITS,
      nonce,
      ...changes,
    };
    const isGood = hashMeetsTarget(powHash("sha256d", encodeBlockHeader(candidate)), bitsToTargetBytes(BITS));
    if (isGood === isProven) return candidate;
  }
}

describe("work ahead of the daemon (spec/10 §4)", () => {
  let work: CurrentWork;
  beforeEach(() => {
    work = new CurrentWork(coin);
    assert.equal(work.setTemplate(TEMPLATE, NOW), "block");
  });

  test("an empty block on top of a header that the daemon has not followed yet, then the full one", () => {
    const next = header();
    assert.equal(work.setHeader(next, NOW), "block");
    const hash = blockHash(encodeBlockHeader(next));
    assert.deepEqual(work.template, {
      ...TEMPLATE,
      previousBlock: hash,
      height: 301,
      version: 0x20000000,
      time: NOW + 6,
      minTime: NOW + 6,
      subsidy: 1_250_000_000n,
      transactions: [],
      coinbaseFlags: new Uint8Array(0),
    });
    assert.equal(work.daemon, TEMPLATE, "what the daemon says is kept apart");
    assert.equal(work.setHeader(next, NOW), null, "told twice");
    const full = { ...TEMPLATE, previousBlock: hash, height: 301 };
    assert.equal(work.setTemplate(full, NOW + 1), "refresh", "the same block with transactions: nothing is late");
    assert.equal(work.template, full);
  });

  test("after fifteen seconds without the daemon's agreement back to its template", () => {
    work.setHeader(header(), NOW);
    assert.equal(work.setTemplate({ ...TEMPLATE, receivedAt: NOW + 14 }, NOW + 14), null);
    assert.equal(work.setTemplate(TEMPLATE, NOW + 15), "block");
    assert.equal(work.template, TEMPLATE);
    assert.equal(work.setHeader(header(), NOW + 16), null, "not again for the same block");
  });

  test("only where the next block is certain", () => {
    const refuses = (changed: Partial<Coin>, template: Partial<Template>, next: BlockHeader): void => {
      const other = new CurrentWork({ ...coin, ...changed });
      other.setTemplate({ ...TEMPLATE, ...template }, NOW);
      assert.equal(other.setHeader(next, NOW), null);
    };
    refuses({}, {}, header({}, false));
    refuses({}, {}, header({ previousBlock: "22".repeat(32) as BlockHash }));
    refuses({}, {}, header({ bits: 0x207ffffe }));
    refuses({}, {}, header({ timestamp: NOW + 7201 }));
    refuses({ retargetInterval: null }, {}, header());
    refuses({}, { height: 2015 }, header());
    refuses({}, { mweb: new Uint8Array(1) }, header());
    assert.equal(new CurrentWork(coin).setHeader(header(), NOW), null, "no template yet");
  });

  test("of newer templates only some are news", () => {
    assert.equal(work.setTemplate({ ...TEMPLATE, time: NOW + 1, subsidy: 1n }, NOW), null);
    assert.equal(work.setTemplate({ ...TEMPLATE, version: 0x20000002 }, NOW), "refresh");
    assert.equal(work.setTemplate({ ...TEMPLATE, bits: 0x1d00ffff }, NOW), "block");
    const empty = { ...TEMPLATE, bits: 0x1d00ffff, transactions: [] };
    assert.equal(work.setTemplate({ ...empty, version: TEMPLATE.version }, NOW), null);
    assert.equal(work.setTemplate({ ...TEMPLATE, bits: 0x1d00ffff }, NOW), "refresh");
  });
});
