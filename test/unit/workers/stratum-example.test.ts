import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesToHex, hashToHex, hexToHash } from "../../../src/core/bytes.js";
import { hash256 } from "../../../src/core/hash/index.js";
import { LIMITS } from "../../../src/workers/limits.js";
import { ExtranonceSpace } from "../../../src/workers/stratum/extranonce.js";
import { previousBlockField } from "../../../src/workers/stratum/notify.js";
import { Seats } from "../../../src/workers/stratum/seats.js";
import { StratumFixture } from "./support/stratum.js";

test("spec/11 §9.1: the previous block as it stands in a notify", () => {
  const genesis = hexToHash("000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f");
  assert.equal(previousBlockField(genesis), "0a8ce26f72b3f1b646a2a6c14ff763ae65831e939c085ae10019d66800000000");
});

test("spec/11 §4.7 and §9.3: the dialogue and the solution of the worked example", async (t) => {
  const fixture = await StratumFixture.start({
    seats: new Seats({ limits: LIMITS, extranonces: new ExtranonceSpace({ after: 41 }) }),
  });
  t.after(() => fixture.stop());
  // Any hash will do: what is checked is which header the solution makes.
  fixture.source.shareTarget = (1n << 256n) - 1n;
  const client = await fixture.client();

  client.send({
    id: 1,
    method: "mining.configure",
    params: [["version-rolling"], { "version-rolling.mask": "ffffffff", "version-rolling.min-bit-count": 2 }],
  });
  assert.deepEqual(await client.next(), {
    id: 1,
    result: { "version-rolling": true, "version-rolling.mask": "1fffe000" },
    error: null,
  });

  client.send({ id: 2, method: "mining.subscribe", params: ["cgminer/4.12.1"] });
  const { result } = await client.next();
  const [subscriptions, extranonce1, size] = result as [[string, string][], string, number];
  assert.deepEqual(
    subscriptions.map(([name]) => name),
    ["mining.set_difficulty", "mining.notify"],
  );
  for (const [, id] of subscriptions) assert.match(id, /^[0-9a-f]{32}$/);
  assert.equal(extranonce1, "0000002a");
  assert.equal(size, 4);

  client.send({ id: 3, method: "mining.authorize", params: ["1Addr.rig1", "x"] });
  assert.deepEqual(await client.next(), { id: 3, result: true, error: null });
  const difficulty = await client.next();
  assert.equal(difficulty.id, null);
  assert.equal(difficulty.method, "mining.set_difficulty");
  const notify = await client.next();
  assert.equal(notify.id, null);
  assert.equal(notify.method, "mining.notify");
  const [jobId, previous, coinb1, coinb2, branch, version, bits, time, clean] = notify.params as unknown[];
  assert.match(jobId as string, /^[0-9a-f]{1,8}$/);
  assert.equal(previous, "1cda83a5689bf23f73ff4872cef822783a032748000320280000000000000000");
  assert.equal((coinb1 as string).length, 2 * 260);
  assert.equal(coinb2, "00000000");
  assert.deepEqual(branch, ["11".repeat(32), "22".repeat(32)]);
  assert.deepEqual([version, bits, time, clean], ["20000000", "17034219", "662307b7", true]);

  client.send({
    id: 4,
    method: "mining.submit",
    params: ["1Addr.rig1", jobId, "01000000", "662307b7", "1a2b3c4d", "00c06000"],
  });
  assert.deepEqual(await client.next(), { id: 4, result: true, error: null });
  const seen = fixture.source.seen[0]!;
  assert.equal(seen.txid, "797ed3518c1c916409d912acebfc94ab9f1bf69b20926467f4438ecdbfc0045b");
  assert.equal(bytesToHex(seen.root), "11fd636c795febda7928ee8b66975d393821bd10be355f446d52655dd2be8003");
  assert.equal(
    bytesToHex(seen.header),
    "0060c020a583da1c3ff29b687248ff737822f8ce4827033a2820030000000000000000001" +
      "1fd636c795febda7928ee8b66975d393821bd10be355f446d52655dd2be8003b7072366194203174d3c2b1a",
  );
  assert.equal(hashToHex(hash256(seen.header)), "59178ca1e9cbee6b49a2b0d58718fdaa817b32f8218c29de92564e6a89b8b5d8");
  assert.equal(seen.lastTxoutNonce, 0x000000012a000000n);
  assert.equal(seen.solution.worker, "1Addr.rig1");
});
