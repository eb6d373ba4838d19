import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { hexToBytes } from "../../../src/core/bytes.js";
import { Reader } from "../../../src/core/codec.js";
import { type Screened, screenShare } from "../../../src/peers/share-screen.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { encodeShare, loadShare } from "../../../src/sharechain/share.js";
import { vectorNetwork } from "../../vectors/handlers/share-network.js";
import type { JsonObject } from "../../vectors/runner.js";

const DATA = new URL("../../../../test/vectors/data/shares-v36.json", import.meta.url);
const { sets } = JSON.parse(readFileSync(fileURLToPath(DATA), "utf8")) as {
  sets: { network: JsonObject; shares: { raw: string }[] }[];
};

function screen(raw: Uint8Array, rules: ShareRules): Screened & { readonly kind: "share" } {
  const screened = screenShare({ type: new Reader(raw).varint(), raw }, rules);
  assert.equal(screened.kind, "share", screened.kind === "bad" ? screened.reason : screened.kind);
  return screened as Screened & { readonly kind: "share" };
}

describe("shares of version 36 from peers (spec/20 §3)", () => {
  test("whatever a relay put where no hash looks, one and the same copy is kept", () => {
    for (const { network, shares } of sets) {
      const rules = new ShareRules(vectorNetwork(network, 36));
      for (const { raw } of shares) {
        const share = loadShare(hexToBytes(raw), rules);
        const version = rules.version(36)!;
        const digests = [0, 1, 100].map((entries) => {
          const merkleBranch = Array.from({ length: entries }, () => new Uint8Array(32).fill(7));
          const screened = screen(encodeShare({ ...share.contents, merkleBranch }, version), rules);
          assert.equal(screened.share.id, share.id);
          assert.deepEqual(screened.share.contents, { ...share.contents, merkleBranch: [] });
          return screened.digest;
        });
        assert.equal(new Set(digests).size, 1);
      }
    }
  });

  test("a byte too many is an error all the same", () => {
    const { network, shares } = sets[0]!;
    const rules = new ShareRules(vectorNetwork(network, 36));
    const { contents } = loadShare(hexToBytes(shares[0]!.raw), rules);
    const merkleBranch = Array.from({ length: 100 }, () => new Uint8Array(32));
    const raw = encodeShare({ ...contents, merkleBranch }, rules.version(36)!);
    const longer = new Uint8Array(raw.length + 1);
    longer.set(raw);
    // The length of the contents is two bytes behind the type and a mark.
    new DataView(longer.buffer).setUint16(2, new DataView(raw.buffer, raw.byteOffset).getUint16(2, true) + 1, true);
    assert.equal(screenShare({ type: 36n, raw: longer }, rules).kind, "bad");
  });
});
