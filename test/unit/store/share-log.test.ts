import assert from "node:assert/strict";
import { test } from "node:test";
import { networkByName } from "../../../src/networks/index.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { loadShare } from "../../../src/sharechain/share.js";
import { parseLogLine } from "../../../src/store/share-log.js";
import { S1, S2, S3, S4, S5 } from "../sharechain/support/worked-shares.js";

// The worked log of spec/05 §4.

const rules = new ShareRules(networkByName("litecoin_testnet"));
const line = ({ hex }: { hex: string }): string => `5 ${hex}\n`;

function load(text: string): { shares: string[]; marks: string[]; bad: number[] } {
  const result = { shares: [] as string[], marks: [] as string[], bad: [] as number[] };
  for (const [i, content] of text.split("\n").entries()) {
    const record = parseLogLine(content, i + 1);
    if (record?.kind === "share") {
      try {
        result.shares.push(loadShare(record.raw, rules).id);
      } catch {
        result.bad.push(record.line);
      }
    } else if (record?.kind === "verified") result.marks.push(record.id);
    else if (record?.kind === "bad") result.bad.push(record.line);
  }
  return result;
}

test("share log: shares and marks, 1802 bytes", () => {
  const log = `${[S1, S2, S3].map(line).join("")}2 ${S1.id}\n`;
  assert.equal(log.length, 1802);
  assert.deepEqual(load(log), { shares: [S1.id, S2.id, S3.id], marks: [S1.id], bad: [] });
});

test("share log: a torn line takes the one that was appended to it along, and no more", () => {
  const log = `${[S1, S2, S3].map(line).join("")}5 23fd1e${line(S4)}${line(S5)}`;
  assert.deepEqual(load(log), { shares: [S1.id, S2.id, S3.id, S5.id], marks: [], bad: [4] });
});

test("share log: obsolete and broken records", () => {
  const { marks, bad } = load("2 abc\n0 xx\n1 yy\n3 zz\n2 zz zz\n2 ABC\n5 123\n");
  assert.deepEqual(marks, ["abc".padStart(64, "0")]);
  assert.deepEqual(bad, [4, 5, 6, 7]);
});

test("share log: a line that was cut is no share, however little is missing", () => {
  assert.deepEqual(load(line(S1).slice(0, -3)), { shares: [], marks: [], bad: [1] });
});
