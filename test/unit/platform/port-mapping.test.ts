import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemClock } from "../../../src/platform/clock.js";
import { createLogger } from "../../../src/platform/log.js";
import { type MappingGateway, PortMapping } from "../../../src/platform/port-mapping.js";

const log = createLogger("silent");

/** Remembers what it was asked. */
function gatewayAt(host: string, asked: string[], map?: () => Promise<never>): MappingGateway {
  return {
    host,
    map: async (port, internalHost) => {
      asked.push(`map ${port} to ${internalHost}`);
      return map === undefined ? { externalHost: "203.0.113.7", externalPort: port } : map();
    },
    unmap: async (port) => void asked.push(`unmap ${port}`),
    stop: async () => void asked.push("stop"),
  };
}

async function run(
  gateways: MappingGateway[],
  localAddresses: string[],
  asked: string[],
  expected: number,
): Promise<void> {
  let searched = (): void => {};
  const search = new Promise<void>((resolve) => {
    searched = resolve;
  });
  const mapping = new PortMapping({
    port: 9333,
    clock: systemClock,
    log,
    localAddresses: () => localAddresses,
    async *findGateways() {
      yield* gateways;
      searched();
    },
  });
  mapping.start();
  if (localAddresses.length > 0 && expected === 0) await search;
  while (asked.length < expected) await new Promise(setImmediate);
  await mapping.stop();
}

describe("port mapping", () => {
  test("maps on the first router and gives the port back at the end", async () => {
    const asked: string[] = [];
    await run([gatewayAt("192.168.1.1", asked)], ["192.168.1.5"], asked, 1);
    assert.deepEqual(asked, ["map 9333 to 192.168.1.5", "unmap 9333", "stop"]);
  });

  test("a router outside the local network is not asked", async () => {
    const asked: string[] = [];
    await run([gatewayAt("203.0.113.1", asked)], ["10.0.0.5"], asked, 0);
    assert.deepEqual(asked, []);
  });

  test("nothing is asked on a machine with a public address only", async () => {
    const asked: string[] = [];
    await run([gatewayAt("192.168.1.1", asked)], [], asked, 0);
    assert.deepEqual(asked, []);
  });

  test("a router that refuses is borne quietly", async () => {
    const asked: string[] = [];
    const refuse = (): Promise<never> => Promise.reject(new Error("725 OnlyPermanentLeasesSupported"));
    await run([gatewayAt("192.168.1.1", asked, refuse)], ["192.168.1.5"], asked, 1);
    assert.deepEqual(asked, ["map 9333 to 192.168.1.5"]);
  });
});
