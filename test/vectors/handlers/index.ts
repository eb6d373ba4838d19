import type { VectorHandlers } from "../runner.js";
import { encoding } from "./encoding.js";
import { networksReference } from "./networks-reference.js";
import { networksRegtest } from "./networks-regtest.js";

/** Who checks which vector file: its base name, then a handler with an entry for every top-level key. */
export const VECTOR_HANDLERS: VectorHandlers = {
  encoding,
  "networks-reference": networksReference,
  "networks-regtest": networksRegtest,
};
