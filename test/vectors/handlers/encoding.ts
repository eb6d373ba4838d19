import type { FileHandler } from "../runner.js";
import { addressHandlers } from "./encoding-addresses.js";
import { codecHandlers } from "./encoding-codecs.js";
import { hashHandlers } from "./encoding-hashes.js";
import { targetHandlers } from "./encoding-targets.js";
import { transactionHandlers } from "./encoding-transactions.js";

/** encoding.json: everything that spec/01 defines. */
export const encoding: FileHandler = {
  ...codecHandlers,
  ...targetHandlers,
  ...hashHandlers,
  ...addressHandlers,
  ...transactionHandlers,
};
