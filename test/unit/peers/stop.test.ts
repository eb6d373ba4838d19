import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { seededRandom } from "../../../src/core/random.js";
import { PeerNetwork } from "../../../src/peers/peer-network.js";
import { systemClock } from "../../../src/platform/clock.js";
import { createLogger } from "../../../src/platform/log.js";
import { TcpTransport } from "../../../src/platform/transport-tcp.js";
import { easyNetwork } from "./support/chain.js";

test("the end does not wait for those who are connected to us", { timeout: 10_000 }, async () => {
  const network = new PeerNetwork({
    network: easyNetwork(),
    transport: new TcpTransport({ clock: systemClock }),
    clock: systemClock,
    random: seededRandom(1),
    log: createLogger("silent"),
    software: "test/1.0",
    minimumVersion: () => 0,
    bestShare: () => null,
    resolve: async (name) => [name],
    listen: { port: 0, host: "127.0.0.1" },
    outgoing: 0,
  });
  await network.start();
  const socket = connect({ host: "127.0.0.1", port: network.boundPort!, allowHalfOpen: true });
  // Reads what we say, and says nothing.
  socket.resume();
  await once(socket, "data");
  await network.stop();
  assert.equal(network.connectionCount, 0);
  socket.destroy();
});
