import type { VectorHandlers } from "../runner.js";
import { chain } from "./chains.js";
import { chainV36 } from "./chains-v36.js";
import { bitcoinDaemon, litecoinDaemon } from "./daemon-rpc.js";
import { encoding } from "./encoding.js";
import { forest } from "./forest.js";
import { graph } from "./graph.js";
import { mergedV36 } from "./merged-v36.js";
import { networksReference } from "./networks-reference.js";
import { networksRegtest } from "./networks-regtest.js";
import { p2p, p2pSession } from "./p2p.js";
import { payoutsV36 } from "./payouts-v36.js";
import { shares } from "./shares.js";
import { sharesV36 } from "./shares-v36.js";
import { sharestore } from "./sharestore.js";
import { work } from "./work.js";

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
  "shares-v36": sharesV36,
  "chain-invalid": chain,
  "chain-v17-v35": chain,
  "chain-v33-v35": chain,
  "chain-v34-v35": chain,
  "chain-v35-forks": chain,
  "chain-v35-ltc": chain,
  "daemon-bitcoin": bitcoinDaemon,
  "daemon-litecoin": litecoinDaemon,
  "chain-v36": chainV36,
  "chain-v36-ltc": chainV36,
  "chain-v36-invalid": chainV36,
  "merged-v36": mergedV36,
  "payouts-v36": payoutsV36,
  forest,
  graph,
  sharestore,
  work,
  p2p,
  "p2p-session": p2pSession,
  "p2p-session-v17": p2pSession,
};
