/** Addresses of other nodes, bans and anchors, as one record. */
export const PEERS_RECORD = "peers";
