import { networkByName } from "../../../src/networks/registry.js";
import type { FileHandler, JsonObject } from "../runner.js";
import { checkNetwork } from "./network-fields.js";

/** networks-reference.json: the constants of the networks that the reference can run. */
export const networksReference: FileHandler = {
  *networks(value) {
    for (const [name, fields] of Object.entries(value as Record<string, JsonObject>)) {
      yield { name, run: () => checkNetwork(networkByName(name), fields) };
    }
  },
};
