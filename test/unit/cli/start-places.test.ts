import assert from "node:assert/strict";
import { test } from "node:test";
import { describePlaces, type StartPlaces } from "../../../src/cli/commands/start-places.js";
import { terminalQr } from "../../../src/cli/qr/terminal.js";

const USUAL = { symbol: "BTC", workerPort: 9332, tlsPort: null, webUrl: null, host: "0.0.0.0" };

function places(changes: Partial<StartPlaces>): readonly string[] {
  return describePlaces({ ...USUAL, addresses: ["8.8.4.4", "192.168.1.5"], ...changes }).lines;
}

test("miners and browsers are told the address of the local network", () => {
  assert.deepEqual(places({}), [
    "miners: stratum+tcp://192.168.1.5:9332  user: BTC address to be paid to, or any name  password: any",
    "  on this machine: p2pool miner stratum+tcp://127.0.0.1:9332",
    "dashboard: http://192.168.1.5:9332/",
  ]);
  assert.match(places({ addresses: ["8.8.4.4"] })[0]!, /^miners: stratum\+tcp:\/\/8\.8\.4\.4:9332 /);
  assert.match(places({ addresses: [] })[0]!, /^miners: stratum\+tcp:\/\/127\.0\.0\.1:9332 /);
  assert.match(places({ host: "::1" })[1]!, /p2pool miner stratum\+tcp:\/\/\[::1\]:9332$/);
  assert.equal(places({ tlsPort: 3443 })[2], "over TLS: stratum+ssl://192.168.1.5:3443");
});

test("a QR code only of a place that others reach", () => {
  const qr = (host: string): readonly string[] => describePlaces({ ...USUAL, host, addresses: ["192.168.1.5"] }).qr;
  assert.deepEqual(qr("0.0.0.0"), terminalQr("http://192.168.1.5:9332/"));
  assert.deepEqual([qr("127.0.0.1"), qr("::1")], [[], []]);
});
