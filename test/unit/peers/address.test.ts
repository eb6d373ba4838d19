import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  addressGroup,
  addressKey,
  addressKind,
  addressSubnet,
  canonicalAddress,
  endpointText,
} from "../../../src/peers/address.js";
import { parseNamedEndpoint } from "../../../src/peers/endpoint.js";

describe("addresses", () => {
  test("have one text each", () => {
    const texts: Record<string, string | null> = {
      "1.2.3.4": "1.2.3.4",
      "::1": "0000:0000:0000:0000:0000:0000:0000:0001",
      "2001:DB8::1": "2001:0db8:0000:0000:0000:0000:0000:0001",
      "2001:0db8:0000:0000:0000:0000:0000:0001": "2001:0db8:0000:0000:0000:0000:0000:0001",
      "::ffff:1.2.3.4": "1.2.3.4",
      "0000:0000:0000:0000:0000:ffff:0102:0304": "1.2.3.4",
      "::": "0000:0000:0000:0000:0000:0000:0000:0000",
      "1.2.3": null,
      "1.2.3.256": null,
      "01.2.3.4": null,
      "1::2::3": null,
      "1:2:3:4:5:6:7": null,
      "1:2:3:4:5:6:7:8:9": null,
      "1:2:3:4:5:6:7::8": null,
      "12345::": null,
      "pool.example": null,
      "": null,
    };
    for (const [text, expected] of Object.entries(texts)) assert.equal(canonicalAddress(text), expected, text);
  });

  test("are public, private, of this machine, or of no use", () => {
    const kinds = {
      public: ["8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.0.1", "2600::1"],
      private: [
        "10.1.1.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.1.1",
        "100.64.0.1",
        "fd00::1",
        "fe80::1",
      ],
      loopback: ["127.0.0.1", "127.9.9.9", "::1"],
      unusable: ["0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "203.0.113.7", "2001:db8::1", "2002::1", "::"],
    };
    for (const [kind, addresses] of Object.entries(kinds)) {
      for (const address of addresses) assert.equal(addressKind(canonicalAddress(address)!), kind, address);
    }
    assert.equal(addressKind("127.1.0.1", { testAddresses: true }), "public");
    assert.equal(addressKind("127.0.0.1", { testAddresses: true }), "loopback");
  });

  test("belong to groups", () => {
    const six = canonicalAddress("2600:1:2:3::4")!;
    assert.deepEqual(["1.2.3.4", six].map(addressGroup), ["1.2", "2600:0001"]);
    assert.deepEqual(["1.2.3.4", six].map(addressSubnet), ["1.2.3", "2600:0001:0002:0003"]);
    assert.deepEqual(["1.2.3.4", six].map(addressKey), ["1.2.3.4", "2600:0001:0002:0003"]);
    assert.equal(endpointText({ host: six, port: 1 }), `[${six}]:1`);
  });

  test("names with ports, as operators write them", () => {
    assert.deepEqual(parseNamedEndpoint("ml.toom.im", 9333), { name: "ml.toom.im", port: 9333 });
    assert.deepEqual(parseNamedEndpoint("ml.toom.im:9336", 9333), { name: "ml.toom.im", port: 9336 });
    assert.deepEqual(parseNamedEndpoint("[::1]:5", 9333), { name: "::1", port: 5 });
    assert.deepEqual(parseNamedEndpoint("[::1]", 9333), { name: "::1", port: 9333 });
    assert.deepEqual(parseNamedEndpoint("2600::1", 9333), { name: "2600::1", port: 9333 });
    for (const text of ["", "a:b", "a:0", "a:65536", "a b", "[x]:1"])
      assert.equal(parseNamedEndpoint(text, 1), null, text);
  });
});
