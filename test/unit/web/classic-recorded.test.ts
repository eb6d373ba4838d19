import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { NodeView } from "../../../src/web/view.js";
import { parseExactly, RECORDED_NODES, type Recording, recordedView, recordings } from "./support/recorded.js";
import { serve } from "./support/serve.js";

/**
 * What depends on the moment or on connections: keys and types are compared only (README of the recordings). `raw` of a share
 * is told by us also where the reference has not verified it in this run.
 */
const LIVE = new Set([
  "/uptime",
  "/pings",
  "/peer_addresses",
  "/peer_txpool_sizes",
  "/peer_versions",
  "/web/my_share_hashes50",
]);
const LIVE_MEMBERS = new Set([
  "local",
  "miner_dead_hash_rates",
  "miner_hash_rates",
  "miner_last_difficulties",
  "peers",
  "uptime",
]);
const HASH_LISTS = new Set(["/web/heads", "/web/tails", "/web/my_share_hashes"]);
/** Verified parts depend on what the recorded node had verified; types only. */
const VERIFIED_PARTS = new Set(["/web/verified_heads", "/web/verified_tails"]);
/** Where the reference fails and we do not (spec/12). */
const OURS: Readonly<Record<string, number>> = {
  "/nosuch": 404,
  "/web/nosuch": 404,
  "/rate/extra": 404,
  "/web/share/zz": 400,
  "/web/share_data/zz": 400,
  "/patron_sendmany/1": 200,
  "/patron_sendmany/10.5/0.5": 200,
  "/web/graph_data/nosuch/last_hour": 404,
};
/** Left our copy of the tracker before the shares were recorded. */
const GONE = "0b341d9e";

for (const node of RECORDED_NODES) {
  describe(`answers as ${node} of the reference gave them`, () => {
    let view: NodeView;
    before(() => {
      view = recordedView(node);
    });
    for (const recorded of recordings(node)) {
      test(recorded.path, async (t) => {
        const { get } = await serve(t, view);
        const response = await get(recorded.path);
        assert.equal(response.status, OURS[recorded.path] ?? recorded.status);
        if (recorded.status !== 200) return;
        assert.equal(response.headers.get("access-control-allow-origin"), "*");
        assert.equal(response.headers.get("content-type")?.split(";")[0], recorded.headers["Content-Type"]);
        if (recorded.body_hex !== undefined) {
          assert.equal(Buffer.from(await response.arrayBuffer()).toString("hex"), recorded.body_hex);
        } else if (recorded.headers["Content-Type"] === "text/plain") {
          assert.equal(await response.text(), recorded.body_text);
        } else compare(recorded, parseExactly(await response.text()), view);
      });
    }
  });
}

function compare(recorded: Recording, ours: unknown, view: NodeView): void {
  const { path, body } = recorded;
  if (path.startsWith("/web/graph_data/")) compareGraph(ours, body);
  else if (LIVE.has(path) || VERIFIED_PARTS.has(path)) assert.equal(typeof ours, typeof body);
  else if (path === "/user_stales") compareUserStales(ours, body, view);
  else if (HASH_LISTS.has(path)) {
    const isGone = (hash: string): boolean => path === "/web/heads" && hash.startsWith(GONE);
    const theirs = (body as string[]).filter((hash) => !isGone(hash));
    assert.deepEqual([...(ours as string[])].sort(), theirs.sort());
  } else equalish(ours, body, path);
}

/** Shape of every bin; the values are live. */
function compareGraph(ours: unknown, theirs: unknown): void {
  const [a, b] = [ours as unknown[][], theirs as unknown[][]];
  assert.equal(a.length, b.length);
  for (const [i, bin] of a.entries()) {
    assert.equal(bin.length, 4);
    assert.equal(typeof bin[0], "number");
    assert.equal(bin[3], b[i]![3]);
    if (i > 0) assert.equal(bin[2], b[i]![2]);
  }
}

/** Addresses paid by version-17 shares only have another value in the reference, by mistake (spec/12 A.3). */
function compareUserStales(ours: unknown, theirs: unknown, view: NodeView): void {
  const old = new Set<string>();
  for (const { item } of view.tracker.main.all()) {
    if (item.share.version < 34) old.add(item.share.address);
  }
  const [a, b] = [ours as Record<string, number>, theirs as Record<string, number>];
  assert.deepEqual(Object.keys(a).sort(), Object.keys(b).sort());
  for (const [address, value] of Object.entries(b)) if (!old.has(address)) assert.equal(a[address], value, address);
}

/** Numbers within 1e-9, member order without meaning, live members by type. */
function equalish(ours: unknown, theirs: unknown, where: string): void {
  if (typeof theirs === "number" && typeof ours === "number") {
    const isClose = Math.abs(ours - theirs) <= 1e-9 * Math.max(Math.abs(ours), Math.abs(theirs));
    assert.ok(isClose, `${where}: ${ours} instead of ${theirs}`);
  } else if (Array.isArray(theirs)) {
    assert.equal((ours as unknown[]).length, theirs.length, where);
    for (const [i, item] of theirs.entries()) equalish((ours as unknown[])[i], item, `${where}[${i}]`);
  } else if (typeof theirs === "object" && theirs !== null) {
    const [a, b] = [ours as Record<string, unknown>, theirs as Record<string, unknown>];
    assert.deepEqual(Object.keys(a).sort(), Object.keys(b).sort(), where);
    for (const [key, value] of Object.entries(b)) {
      if (LIVE_MEMBERS.has(key)) assert.equal(typeof a[key], typeof value, `${where}.${key}`);
      else if (key === "raw" && value === "unknown") assert.match(String(a[key]), /^(unknown|[0-9a-f]+)$/);
      else equalish(a[key], value, `${where}.${key}`);
    }
  } else assert.equal(ours, theirs, where);
}
