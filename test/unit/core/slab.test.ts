import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Slab } from "../../../src/core/slab.js";

test("everyone has bytes of his own, most of them from the same memory", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(300), fc.nat(70_000)), { maxLength: 60 }), (sizes) => {
      let made = 0;
      const slab = new Slab((size) => {
        made += size > 0 ? 1 : 0;
        return new Uint8Array(size);
      });
      const rooms = sizes.map((size) => slab.room(size));
      for (const [i, room] of rooms.entries()) room.fill(i + 1);
      for (const [i, room] of rooms.entries()) {
        assert.equal(room.length, sizes[i]);
        assert.ok(room.every((byte) => byte === i + 1));
      }
      const total = sizes.reduce((sum, size) => sum + size, 0);
      assert.ok(made <= 1 + (2 * total) / 65_536 || sizes.some((size) => size > 32_768));
    }),
  );
});
