import assert from "node:assert/strict";
import { bytesToHex } from "../../../src/core/bytes.js";
import { networkByName } from "../../../src/networks/index.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { encodeShare, loadShare } from "../../../src/sharechain/share.js";
import { parseLogLine } from "../../../src/store/share-log.js";
import { eachCase, type FileHandler, oneCase } from "../runner.js";

// sharestore.json: the share log of a live reference node (spec/05). We read it; we write no such files.

const rules = new ShareRules(networkByName("litecoin_regtest"));

export const sharestore: FileHandler = {
  file_name: (value) => oneCase(() => assert.match(value as string, /^shares\.\d+$/)),
  line_count: (value, file) => oneCase(() => assert.ok((value as number) >= (file.lines as unknown[]).length)),
  *lines(value) {
    const lines = value as readonly string[];
    yield* eachCase(lines, (text) => {
      const record = parseLogLine(text, 1);
      assert.ok(record !== null && record.kind !== "bad", record?.kind === "bad" ? record.reason : "says nothing");
      if (record.kind !== "share") return;
      const share = loadShare(record.raw, rules);
      assert.equal(`5 ${bytesToHex(encodeShare(share.contents, rules.version(share.version)!))}`, text);
    });
    yield {
      name: "a mark follows each share, and is of that share",
      run: () => {
        for (let i = 0; i + 1 < lines.length; i += 2) {
          const [share, mark] = [parseLogLine(lines[i]!, i + 1), parseLogLine(lines[i + 1]!, i + 2)];
          assert.ok(share?.kind === "share" && mark?.kind === "verified");
          assert.equal(mark.id, loadShare(share.raw, rules).id);
        }
      },
    };
  },
  // Other files of its folder, which are not ours to read yet.
  addrs: (value) => oneCase(() => assert.deepEqual(JSON.parse(value as string), [])),
  cached_payout_address: () => [],
  ready_flag: () => [],
};
