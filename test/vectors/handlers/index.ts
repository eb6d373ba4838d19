import type { VectorHandlers } from "../runner.js";
import { chain } from "./chains.js";
import { encoding } from "./encoding.js";
import { forest } from "./forest.js";
import { graph } from "./graph.js";
import { networksReference } from "./networks-reference.js";
import { networksRegtest } from "./networks-regtest.js";
import { p2p, p2pSession } from "./p2p.js";
import { shares } from "./shares.js";
import { sharestore } from "./sharestore.js";

/** Who checks which vector file: its base name, then a handler with an entry for every top-level key. */
export const VECTOR_HANDLERS: VectorHandlers = {
  encoding,
  "networks-reference": networksReference,
  "networks-regtest": networksRegtest,
  "shares-v17": shares,
  "shares-v32": shares,
  "shares-v33": shares,
  "shares-v34": shares,
  "shares-v35": shares,
  "chain-invalid": chain,
  "chain-v17-v35": chain,
  "chain-v33-v35": chain,
  "chain-v34-v35": chain,
  "chain-v35-forks": chain,
  "chain-v35-ltc": chain,
  forest,
  graph,
  sharestore,
  p2p,
  "p2p-session": p2pSession,
  "p2p-session-v17": p2pSession,
};
