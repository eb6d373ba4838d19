import assert from "node:assert/strict";
import { networkByName } from "../../../src/networks/registry.js";
import { eachCase, type FileHandler, type JsonObject } from "../runner.js";
import { checkNetwork } from "./network-fields.js";

interface LivePorts {
  readonly daemon_p2p: string;
  readonly daemon_rpc: string;
  readonly node1_p2p: string;
}

/** What the vector files change in a network that they take from here. */
const OVERRIDABLE: readonly string[] = ["MAX_TARGET", "SEGWIT_ACTIVATION_VERSION", "SPREAD", "TARGET_LOOKBEHIND"];

/** networks-regtest.json: the networks of the recorded sessions. */
export const networksRegtest: FileHandler = {
  live: (v) => eachCase(v as JsonObject[], (fields) => checkNetwork(networkByName(String(fields.name)), fields)),
  *daemons(value) {
    for (const [name, daemon] of Object.entries(value as Record<string, { getblocktemplate_rules: string[] }>)) {
      const rules = networkByName(name).coin.daemon.templateRules;
      yield { name, run: () => assert.deepEqual([...rules].sort(), [...daemon.getblocktemplate_rules].sort()) };
    }
  },
  *live_ports(value) {
    for (const [name, ports] of Object.entries(value as Record<string, LivePorts>)) {
      const { coin, p2pPort } = networkByName(name);
      const run = (): void => {
        const ours = [coin.p2pPort, coin.rpcPort, p2pPort].map(String);
        assert.deepEqual(ours, [ports.daemon_p2p, ports.daemon_rpc, ports.node1_p2p]);
      };
      yield { name, run };
    }
  },
  vectors: (v) =>
    eachCase(v as { base: string; overrides: JsonObject }[], ({ base, overrides }) => {
      for (const name of base.split(" / ")) networkByName(name);
      for (const key of Object.keys(overrides)) assert.ok(OVERRIDABLE.includes(key), `unknown override ${key}`);
    }),
};
