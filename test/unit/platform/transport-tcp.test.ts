import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../../src/platform/clock.js";
import type { Link } from "../../../src/platform/transport.js";
import { TcpTransport } from "../../../src/platform/transport-tcp.js";

test("chunks are plain arrays of bytes, whose slices are copies", async () => {
  const transport = new TcpTransport({ clock: systemClock });
  const chunk = await new Promise<Uint8Array>((resolve, reject) => {
    const accept = (link: Link): void =>
      link.open({
        received: (bytes) => {
          link.abort();
          resolve(bytes);
        },
        drained: () => {},
        closed: () => void listening.then((listener) => listener.close()),
      });
    const listening = transport.listen({ host: "127.0.0.1", port: 0 }, accept);
    listening
      .then(({ port }) => transport.connect({ host: "127.0.0.1", port }, { timeoutMs: 5_000 }))
      .then((link) => {
        link.open({ received: () => {}, drained: () => {}, closed: () => {} });
        link.write(Uint8Array.of(1, 2, 3));
      }, reject);
  });
  assert.equal(Object.getPrototypeOf(chunk), Uint8Array.prototype);
  const copy = chunk.slice();
  chunk[0] = 9;
  assert.deepEqual([...copy], [1, 2, 3]);
});
