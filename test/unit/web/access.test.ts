import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Access } from "../../../src/web/access.js";
import { StaticDirError } from "../../../src/web/static.js";
import { VirtualClock } from "../workers/support/virtual-clock.js";
import { serve } from "./support/serve.js";
import { emptyView } from "./support/view.js";

const from = (remoteAddress: string, authorization?: string): IncomingMessage =>
  ({ socket: { remoteAddress }, headers: authorization === undefined ? {} : { authorization } }) as IncomingMessage;

test("an address may ask 20 times a second, 100 at once; those nearby are exempt", () => {
  let nowMs = 0;
  const access = new Access({ password: null, nowMs: () => nowMs });
  const ask = (address: string): number =>
    Array.from({ length: 500 }, () => access.mayAsk(from(address))).filter(Boolean).length;
  assert.equal(ask("203.0.113.7"), 100);
  assert.equal(ask("203.0.113.8"), 100, "each for itself");
  nowMs += 1000;
  assert.equal(ask("203.0.113.7"), 20);
  assert.equal(ask("127.0.0.1"), 500);
  assert.equal(ask("::ffff:192.168.1.2"), 500);
});

test("who is the operator", () => {
  const open = new Access({ password: null, nowMs: () => 0 });
  assert.equal(open.isOperator(from("127.0.0.1")), true);
  assert.equal(open.isOperator(from("203.0.113.7")), false);
  const closed = new Access({ password: "pass:word", nowMs: () => 0 });
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
  assert.equal(closed.isOperator(from("127.0.0.1")), false, "a proxy is on this machine too");
  assert.equal(closed.isOperator(from("203.0.113.7", "Bearer pass:word")), true);
  assert.equal(closed.isOperator(from("203.0.113.7", basic("me:pass:word"))), true);
  for (const wrong of ["Bearer pass", basic("pass:word"), "Basic !!!", "Bearer", "", "Digest pass:word"]) {
    assert.equal(closed.isOperator(from("203.0.113.7", wrong)), false, wrong);
  }
});

test("the built-in pages come under a strict policy, and hashed files may be kept", async (t) => {
  const { get } = await serve(t, emptyView());
  const start = await get("/");
  assert.ok(start.url.endsWith("/static/"));
  const policy = start.headers.get("content-security-policy")!;
  assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'/);
  assert.doesNotMatch(policy, /unsafe/);
  const html = await start.text();
  assert.doesNotMatch(html, /<script>|style=|onload=|https?:\/\//);
  const [script] = /main-[0-9a-f]{8}\.js/.exec(html)!;
  assert.match((await get(`/static/${script}`)).headers.get("cache-control")!, /immutable/);
  assert.equal(start.headers.get("cache-control"), "no-cache");
});

test("another front-end is served from its folder, and nothing outside of it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "p2pool-static-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "secret.txt"), "secret");
  const root = join(folder, "web");
  mkdirSync(join(root, "sub"), { recursive: true });
  const options = { staticDir: root };
  await assert.rejects(async () => serve(t, emptyView(), new VirtualClock(), options), StaticDirError);
  writeFileSync(join(root, "index.html"), "<p>other</p>");
  writeFileSync(join(root, "sub/index.html"), "<p>sub</p>");
  writeFileSync(join(root, ".hidden"), "hidden");
  symlinkSync(join(folder, "secret.txt"), join(root, "link.txt"));
  const { get } = await serve(t, emptyView(), new VirtualClock(), options);
  assert.equal(await (await get("/static/")).text(), "<p>other</p>");
  assert.equal(await (await get("/static/sub/")).text(), "<p>sub</p>");
  for (const path of [
    "link.txt",
    ".hidden",
    "..%2fsecret.txt",
    "%2e%2e/secret.txt",
    "sub/..%2f..%2fsecret.txt",
    "..%5csecret.txt",
    "nothing.html",
    "sub",
    "%00",
    "%zz",
  ]) {
    assert.equal((await get(`/static/${path}`)).status, 404, path);
  }
  writeFileSync(join(root, "index.html"), "<p>newer</p>");
  assert.equal((await get("/static/sub/../")).status, 200);
});
