import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PROXY_HEADER_MAX, readProxyHeader } from "../../../src/workers/proxy-header.js";

const SIGNATURE = "0d0a0d0a000d0a515549540a";

/** Version 2 as a balancer writes it. */
function binary(command: string, family: string, body: string): Buffer {
  const size = (body.length / 2).toString(16).padStart(4, "0");
  return Buffer.from(SIGNATURE + command + family + size + body, "hex");
}

const V4 = "c0000201" + "c6336401" + "d431" + "2454";
const V6 = "20010db8000000000000000000000001" + "20010db8000000000000000000000002" + "d431" + "2454";

test("whose connection it is, in both versions", () => {
  const rows: readonly (readonly [data: Buffer, source: string | null])[] = [
    [Buffer.from("PROXY TCP4 192.0.2.1 198.51.100.1 54321 9332\r\n"), "192.0.2.1"],
    [Buffer.from("PROXY TCP6 2001:db8::1 2001:db8::2 54321 9332\r\n"), "2001:db8::1"],
    [Buffer.from("PROXY UNKNOWN\r\n"), null],
    [Buffer.from("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), null],
    [binary("21", "11", V4), "192.0.2.1"],
    [binary("21", "21", V6), "2001:db8::1"],
    [binary("21", "11", `${V4}03000411223344`), "192.0.2.1"],
    [binary("20", "11", V4), null],
    [binary("21", "00", ""), null],
    [binary("21", "31", "00".repeat(216)), null],
  ];
  for (const [data, source] of rows) {
    const more = Buffer.concat([data, Buffer.from('{"id":1}\n')]);
    assert.deepEqual(readProxyHeader(more), { kind: "complete", length: data.length, source });
    for (let cut = 0; cut < data.length; cut++) {
      assert.equal(readProxyHeader(data.subarray(0, cut)).kind, "incomplete", `${cut} of ${data.length} bytes`);
    }
  }
});

test("what is no header, or none that we know", () => {
  for (const data of [
    Buffer.from('{"id":1}\n'),
    Buffer.from("GET / HTTP/1.1\r\n"),
    Buffer.from("PROXY TCP4 nonsense 198.51.100.1 1 2\r\n"),
    Buffer.from("PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n"),
    Buffer.from("PROXY UDP4 192.0.2.1 198.51.100.1 1 2\r\n"),
    Buffer.from(`PROXY UNKNOWN ${"x".repeat(200)}\r\n`),
    binary("31", "11", V4),
    binary("22", "11", V4),
    binary("21", "11", "c0000201"),
    binary("21", "51", V4),
    Buffer.from(`${SIGNATURE}2111ffff`, "hex"),
  ]) {
    assert.equal(readProxyHeader(data).kind, "invalid", data.toString("latin1"));
  }
});

test("any bytes at all are decided on within the longest header", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("", "PROXY ", Buffer.from(SIGNATURE, "hex").toString("latin1")),
      fc.uint8Array({ maxLength: 300 }),
      (start, bytes) => {
        const data = Buffer.concat([Buffer.from(start, "latin1"), bytes]);
        const header = readProxyHeader(data);
        if (header.kind === "complete") assert.ok(header.length <= data.length);
        const long = Buffer.concat([data, Buffer.alloc(PROXY_HEADER_MAX + 1)]);
        assert.notEqual(readProxyHeader(long).kind, "incomplete");
      },
    ),
  );
});
