import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { hexToBytes } from "../../src/core/bytes.js";
import { parseNetworkJson } from "../../src/networks/index.js";
import { ShareRules } from "../../src/sharechain/rules.js";
import { loadShare } from "../../src/sharechain/share.js";
import { Tracker } from "../../src/sharechain/tracker.js";
import { IGNORANT_DAEMON } from "../vectors/handlers/share-network.js";
import { makeCorpus } from "./make.js";

interface CorpusFile {
  readonly clock: number;
  readonly network: object;
  readonly shares: readonly {
    hash: string;
    parent: string | null;
    raw: string;
    result: "verified" | { error: string };
  }[];
}

const DATA = fileURLToPath(new URL("../../../test/corpus/data/", import.meta.url));

describe("corpus for other implementations", () => {
  for (const version of [35, 36] as const) {
    const text = readFileSync(`${DATA}corpus-v${version}.json`, "utf8");

    test(`version ${version}: every verdict is ours, in the order of the file`, () => {
      const { clock, network, shares } = JSON.parse(text) as CorpusFile;
      const tracker = new Tracker(new ShareRules(parseNetworkJson(JSON.stringify(network))));
      const counts = { verified: 0, refused: 0 };
      for (const { hash, parent, raw, result } of shares) {
        const share = loadShare(hexToBytes(raw), tracker.rules);
        assert.deepEqual([share.id, share.parentId], [hash, parent]);
        const verdict = tracker.verify(tracker.add(share, 0)!, clock, IGNORANT_DAEMON);
        assert.deepEqual(verdict.ok ? "verified" : { error: verdict.code }, result, hash);
        counts[verdict.ok ? "verified" : "refused"]++;
      }
      assert.ok(counts.verified > 150 && counts.refused > 30, JSON.stringify(counts));
    });

    test(`version ${version}: it is made again as it is`, () => assert.equal(makeCorpus(version), text));
  }
});
