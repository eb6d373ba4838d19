import type { Found, Rule, WarningFacts } from "./facts.js";

const HOUR = 3600;
/** A node that has just started has had no time to meet others. */
const SETTLED_AFTER = 600;
const FEW_PEERS = 3;
/** Shares that must have come before it counts whom they came from. */
const ENOUGH_SHARES = 20;
/** Share periods after which a chain that others do not follow is no delay any more, and the seconds that it takes at least. */
const LONG_PERIODS = 20;
const LONG_SECONDS = 600;
/** Own shares in a row that are no luck any more while there are peers. */
const LONELY_SHARES = 10;
const BAN_STORM = 20;

function isSettled({ now, startedAt }: WarningFacts): boolean {
  return now - startedAt >= SETTLED_AFTER;
}

/** How long the node may stand alone before it is told, seconds. */
export function longTime({ sharePeriod }: { readonly sharePeriod: number }): number {
  return Math.max(LONG_SECONDS, LONG_PERIODS * sharePeriod);
}

function fewPeers(facts: WarningFacts): Found | null {
  const { peers, network } = facts;
  if (peers === null || peers.count >= FEW_PEERS || !isSettled(facts)) return null;
  if (peers.count > 0) {
    if (!network.persist) return null;
    const text = `connected to ${peers.count} other ${peers.count === 1 ? "node" : "nodes"} only: what they hide this node cannot know`;
    return { id: "few_peers", severity: "warning", text };
  }
  // On networks where lone nodes mine it may be meant so.
  const text = network.persist
    ? "not connected to any other node: no work is handed out"
    : "not connected to any other node: this node mines on a chain of its own";
  return { id: "few_peers", severity: network.persist ? "error" : "warning", text };
}

function sameGroup(facts: WarningFacts): Found | null {
  const { peers, network } = facts;
  if (peers === null || !network.persist || peers.count < 2 || peers.groups > 1 || !isSettled(facts)) return null;
  const text = `all ${peers.count} other nodes have addresses of one network: somebody could cut this node off from the pool`;
  return { id: "peers_in_one_group", severity: "warning", text };
}

/** Shares that come from one peer only are what that peer wants this node to believe. */
function oneSource(facts: WarningFacts): Found | null {
  const { peers } = facts;
  if (peers === null || peers.tellers !== 1 || peers.sharesTold < ENOUGH_SHARES) return null;
  return {
    id: "one_source",
    severity: "error",
    text: `all of the last ${peers.sharesTold} shares of others came from one node, of ${peers.count} connected: this node may be cut off from the pool. Add other nodes with -n`,
  };
}

function chainDiffers(facts: WarningFacts): Found | null {
  const { now, chain, network } = facts;
  if (chain.differsSince === null || now - chain.differsSince < longTime(network)) return null;
  return {
    id: "chain_differs",
    severity: "error",
    text: `most other nodes have been building on another share chain for ${minutes(now - chain.differsSince)}: shares found here may be worth nothing. Compare this node's best share with that of others, its version with theirs, and its clock`,
  };
}

function nobodyFollows(facts: WarningFacts): Found | null {
  const { now, startedAt, chain, peers, network } = facts;
  if (peers === null || peers.count === 0 || chain.ownInARow < LONELY_SHARES) return null;
  if (now - (chain.foreignShareAt ?? startedAt) < longTime(network)) return null;
  return {
    id: "private_fork",
    severity: "error",
    text: `the newest ${chain.ownInARow} shares of the chain are all of this node although others are connected: nobody seems to build on them`,
  };
}

function noIncoming(facts: WarningFacts): Found | null {
  const { now, startedAt, peers } = facts;
  if (peers === null || !peers.isAdvertised || peers.boundPort === null) return null;
  if (now - (peers.lastIncomingAt ?? startedAt) < HOUR) return null;
  return {
    id: "no_inbound",
    severity: "warning",
    text: `no other node has connected to port ${peers.boundPort} for ${minutes(now - (peers.lastIncomingAt ?? startedAt))}: pass it on in the router and the firewall, or say --disable-advertise`,
  };
}

function portClosed(facts: WarningFacts): Found | null {
  const { peers } = facts;
  if (peers === null || peers.boundPort !== null || !isSettled(facts)) return null;
  const text = "the port for other nodes could not be opened: another program has it";
  return { id: "port_closed", severity: "warning", text };
}

function banStorm({ peers }: WarningFacts): Found | null {
  if (peers === null || peers.recentBans <= BAN_STORM) return null;
  const text = `${peers.recentBans} nodes were banned within ten minutes: an attack, or this program or its clock is wrong`;
  return { id: "ban_storm", severity: "error", text };
}

/** From this many nodes on it is not one of them that is strange. */
const MANY_STRANGERS = 3;

function unknownShares({ peers }: WarningFacts): Found | null {
  if (peers === null || peers.unknownShares === null) return null;
  const { version, senders } = peers.unknownShares;
  const who = senders === 1 ? "another node sends" : `${senders} other nodes send`;
  return {
    id: "unknown_shares",
    severity: senders >= MANY_STRANGERS ? "warning" : "info",
    text: `${who} shares of version ${version}, which this program does not know: a newer version may be needed`,
  };
}

function protocolRaised({ peers }: WarningFacts): Found | null {
  if (peers === null || peers.raisedProtocol === null) return null;
  const text = `the pool has moved on: only nodes that speak protocol ${peers.raisedProtocol} or later are connected to`;
  return { id: "minimum_protocol", severity: "info", text };
}

function minutes(seconds: number): string {
  const count = Math.floor(seconds / 60);
  return count < 120 ? `${count} minutes` : `${Math.floor(count / 60)} hours`;
}

export const PEER_RULES: readonly Rule[] = [
  chainDiffers,
  nobodyFollows,
  oneSource,
  fewPeers,
  sameGroup,
  portClosed,
  noIncoming,
  banStorm,
  unknownShares,
  protocolRaised,
];
