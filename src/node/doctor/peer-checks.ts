import { shareFormat } from "../../sharechain/formats/index.js";
import { type Check, ok, problem, unknown, warning } from "./check.js";

/** What is known of other nodes, by a probe or by a node that runs. */
export interface PeerFindings {
  readonly connected: readonly { readonly address: string; readonly software: string; readonly group: string }[];
  /** Whether the network's nodes do not work alone. */
  readonly persist: boolean;
  /** Where others see this node; null if nobody said, or they disagree. */
  readonly seenAt: string | null;
  /** Somebody else has connected to this node. */
  readonly wasCalled: boolean;
  /** The port for other nodes; null if it could not be opened. */
  readonly port: number | null;
  /** Whether a connection to `seenAt` came back here; null if it was not tried. */
  readonly isReached: boolean | null;
  /** Seconds that the time of the newest share of others is ahead of this machine's; null if none was seen. */
  readonly newestAhead: number | null;
  /** Versions that the newest shares vote for. */
  readonly votes: readonly bigint[];
}

const FEW = 3;
/** Seconds that others' clocks may be ahead, and from which on our own shares would be refused (spec/09 §6). */
const AHEAD = { warning: 60, problem: 300 };
/** A share that is so old says nothing of its maker's clock. */
const OLD_SECONDS = 600;

export function peerChecks(findings: PeerFindings): readonly Check[] {
  return [connectionCheck(findings), reachCheck(findings), clockCheck(findings), voteCheck(findings)];
}

function connectionCheck({ connected, persist }: PeerFindings): Check {
  const name = "other nodes";
  if (connected.length === 0) {
    return persist
      ? problem(name, "none could be connected to: check the network and the firewall, or name one with -n")
      : warning(name, "none could be connected to: this node would mine on a chain of its own");
  }
  const groups = new Set(connected.map(({ group }) => group)).size;
  const list = connected.map(({ address, software }) => `${address} (${software})`).join(", ");
  if (persist && (connected.length < FEW || groups === 1)) {
    const why = groups === 1 ? "all in one network of addresses" : "what they hide this node cannot know";
    return warning(name, `${connected.length} connected, ${why}: ${list}`);
  }
  return ok(name, `${connected.length} connected: ${list}`);
}

function reachCheck({ seenAt, wasCalled, port, isReached }: PeerFindings): Check {
  const name = "reachable";
  if (port === null) return warning(name, "the port for other nodes is taken by another program");
  if (wasCalled) return ok(name, `other nodes connect to port ${port}`);
  if (isReached === true) return ok(name, `port ${port} answers at ${seenAt}, where other nodes see this one`);
  const where = seenAt === null ? "" : ` at ${seenAt}, where other nodes see this one`;
  return unknown(
    name,
    `nobody has connected to port ${port}${where} yet, and from here it cannot be tried; pass it on in the router`,
  );
}

/** A share that is not old yet lies a little in the past by every clock that is right. */
function clockCheck({ newestAhead }: PeerFindings): Check {
  const name = "others' clocks";
  if (newestAhead === null) return unknown(name, "no share of another node was seen");
  const seconds = Math.round(Math.abs(newestAhead));
  if (newestAhead > AHEAD.warning) {
    const text = `the newest share of others is ${seconds} seconds ahead of this machine's clock: set it right`;
    return newestAhead > AHEAD.problem ? problem(name, text) : warning(name, text);
  }
  if (newestAhead < -OLD_SECONDS)
    return unknown(name, `the newest share of others is ${seconds} seconds old: too old to tell`);
  return ok(name, `the newest share of others is ${seconds} seconds ${newestAhead > 0 ? "ahead" : "old"}`);
}

function voteCheck({ votes }: PeerFindings): Check {
  const name = "version votes";
  if (votes.length === 0) return unknown(name, "no share of another node was seen");
  const foreign = votes.filter((version) => version > 0xffffn || shareFormat(Number(version)) === null);
  if (2 * foreign.length <= votes.length)
    return ok(name, "the pool stays with a share version that this program knows");
  return problem(name, `most shares vote for version ${foreign[0]}, which this program does not know: upgrade it`);
}
