import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
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

/** A link that was accepted, with the one that was dialled, and what resolves once the first has told that it is closed. */
async function pair(): Promise<{ near: Link; far: Link; nearClosed: Promise<string>; ended: () => Promise<void> }> {
  const transport = new TcpTransport({ clock: systemClock });
  let accepted: (link: Link) => void;
  const accepting = new Promise<Link>((resolve) => {
    accepted = resolve;
  });
  const listener = await transport.listen({ host: "127.0.0.1", port: 0 }, (link) => accepted(link));
  const far = await transport.connect({ host: "127.0.0.1", port: listener.port }, { timeoutMs: 5_000 });
  const near = await accepting;
  const farClosed = new Promise<string>((closed) => far.open({ received: () => {}, drained: () => {}, closed }));
  const nearClosed = new Promise<string>((closed) => near.open({ received: () => {}, drained: () => {}, closed }));
  const ended = async (): Promise<void> => {
    far.abort();
    await Promise.all([farClosed, listener.close()]);
  };
  return { near, far, nearClosed, ended };
}

// The operating system cannot reset what is being shut down; Node then forgets the socket, which stays open without an owner.
test("a link that is aborted while its end is under way is closed, and says so", { timeout: 10_000 }, async () => {
  const { near, nearClosed, ended } = await pair();
  near.close();
  near.abort();
  assert.equal(await nearClosed, "closed by us");
  await ended();
});

test("so is one whose other side has just ended", { timeout: 10_000 }, async () => {
  const { near, far, nearClosed, ended } = await pair();
  far.close();
  const { socket } = near as unknown as { socket: Socket };
  // Node ends its own side then, in the same turn.
  await once(socket, "end");
  near.abort();
  await nearClosed;
  await ended();
});

test("what is waiting when a link is aborted is lost, and the other side is told", { timeout: 10_000 }, async () => {
  const { near, far, nearClosed, ended } = await pair();
  far.pause();
  while (near.unsent === 0) near.write(new Uint8Array(1_000_000));
  near.close();
  near.abort();
  await nearClosed;
  far.resume();
  await ended();
});
