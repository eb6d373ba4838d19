import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { hexToBytes } from "../../../src/core/bytes.js";
import { networkByName } from "../../../src/networks/index.js";
import { ChainNotices } from "../../../src/node/chain-notices.js";
import type { Logger } from "../../../src/platform/log.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { loadShare, type Share } from "../../../src/sharechain/share.js";
import { Tracker } from "../../../src/sharechain/tracker.js";
import { vectorNetwork } from "../../vectors/handlers/share-network.js";
import type { JsonObject } from "../../vectors/runner.js";
import { syntheticShare } from "../sharechain/support/synthetic.js";

/** Lines of a log, their texts and what they carry. */
function recordingLog(): { log: Logger; lines: [string, unknown][] } {
  const lines: [string, unknown][] = [];
  const take = (details: object | string, text?: string): void => {
    lines.push(text === undefined ? [details as string, null] : [text, details]);
  };
  return { log: { warn: take, info: take } as unknown as Logger, lines };
}

const id = (i: number): string => i.toString(16).padStart(64, "0");

describe("notices about the share chain", () => {
  const rules = new ShareRules({ ...networkByName("litecoin"), chainLength: 10, realChainLength: 10 });

  function scene(): { add: (wish: { donation?: number; vote?: number }) => void; lines: [string, unknown][] } {
    const tracker = new Tracker(rules);
    const { log, lines } = recordingLog();
    const notices = new ChainNotices({ rules, windows: tracker.windows, log });
    let count = 0;
    return {
      lines,
      add: ({ donation = 0, vote = 36 }) => {
        const number = ++count;
        const share: Share = syntheticShare({
          id: id(number),
          parent: number === 1 ? null : id(number - 1),
          version: 36,
          payable: rules.typedHash(new Uint8Array(20).fill(donation === 65535 ? 1 : 2), 0),
          donation,
          desiredVersion: vote,
        });
        notices.tipChanged(tracker.add({ ...share, contents: { ...share.contents, messages: null } }, 0));
      },
    };
  }

  test("a miner who donates everything is told of once, for as long as he is in the window", () => {
    const { add, lines } = scene();
    add({});
    assert.equal(lines.length, 0);
    add({ donation: 65535 });
    for (let i = 0; i < 9; i++) add({});
    assert.deepEqual(
      lines.map(([text]) => text.slice(0, 39)),
      ["a miner in the window donates everythin"],
    );
    add({});
    add({ donation: 65535 });
    assert.equal(lines.length, 2);
  });

  test("a message that many shares carry is shown once", () => {
    const data = new URL("../../../../test/vectors/data/shares-v36.json", import.meta.url);
    const { sets } = JSON.parse(readFileSync(fileURLToPath(data), "utf8")) as {
      sets: { network: JsonObject; shares: { raw: string }[] }[];
    };
    const tracker = new Tracker(new ShareRules(vectorNetwork(sets[0]!.network, 36)));
    const nodes = sets[0]!.shares.map(({ raw }) => tracker.add(loadShare(hexToBytes(raw), tracker.rules), 0)!);
    assert.ok(nodes.filter(({ item }) => item.share.contents.messages !== null).length > 1);
    const { log, lines } = recordingLog();
    const notices = new ChainNotices({ rules: tracker.rules, windows: tracker.windows, log });
    notices.tipChanged(nodes.at(-2)!);
    notices.tipChanged(nodes.at(-1)!);
    const shown = lines.filter(([text]) => text === "a share carries a signed message");
    assert.equal(shown.length, 1);
    assert.equal((shown[0]![1] as { kind: string }).kind, "transition signal");
  });
});
