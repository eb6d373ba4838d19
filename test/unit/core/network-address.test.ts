import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { CodecError, decode, encode } from "../../../src/core/codec.js";
import { ipAddress } from "../../../src/core/network-address.js";
import { staleInfoOfByte, staleInfoToByte } from "../../../src/core/stale-info.js";

describe("network addresses (spec/01 §2.5)", () => {
  test("every 16 bytes are one text", () => {
    const mapped = fc.ipV4().map((address) => encode(ipAddress, address));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ minLength: 16, maxLength: 16 }), mapped), (bytes) => {
        assert.deepEqual(encode(ipAddress, decode(ipAddress, bytes)), bytes);
      }),
    );
  });

  test("shortened and malformed texts are refused", () => {
    for (const text of ["::1", "1.2.3", "1.2.3.256", "1.2.3.-4", "1.2.3.4.5", "1.2.3.", "", "localhost", "g:0"]) {
      assert.throws(() => encode(ipAddress, text), CodecError, text);
    }
  });
});

describe("stale info (spec/01 §2.4)", () => {
  test("all 256 bytes come back", () => {
    for (let byte = 0; byte < 256; byte++) assert.equal(staleInfoToByte(staleInfoOfByte(byte)), byte);
    assert.deepEqual([0, 253, 254, 7].map(staleInfoOfByte), [null, "orphan", "doa", "unk7"]);
  });
});
