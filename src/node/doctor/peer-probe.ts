import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import type { Random } from "../../core/random.js";
import type { PoolNetwork } from "../../networks/index.js";
import { addressGroup } from "../../peers/address.js";
import type { Peer } from "../../peers/peer.js";
import { PeerNetwork } from "../../peers/peer-network.js";
import { type Clock, sleep } from "../../platform/clock.js";
import type { Logger } from "../../platform/log.js";
import { TransportError } from "../../platform/transport.js";
import { TcpTransport } from "../../platform/transport-tcp.js";
import { decodeShare, ShareError, ShareRules } from "../../sharechain/index.js";
import type { PeeringSettings } from "../peering.js";
import type { PeerFindings } from "./peer-checks.js";

export interface ProbeOptions {
  readonly settings: PeeringSettings;
  readonly network: PoolNetwork;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly version: string;
}

/** How long others are looked for, and how many are enough. */
const SEARCH_MS = 15_000;
const ENOUGH = 4;
const STEP_MS = 250;
/** Ancestors of a peer's best share that are looked at with it. */
const ANCESTORS = 9n;
const SHARES_MS = 10_000;
const REACH_MS = 5_000;

/**
 * Connects to other nodes for a moment, as a node that has just started does, and asks them for their newest shares. Leaves
 * nothing behind. `blocks`: that these shares build on, the newest first.
 */
export async function probePeers(
  options: ProbeOptions,
): Promise<{ findings: PeerFindings; blocks: readonly string[] }> {
  const { settings, network, clock } = options;
  let peers = openNetwork(options, settings.port);
  let isPortTaken = false;
  try {
    await peers.start();
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    isPortTaken = true;
    peers = openNetwork(options, null);
    await peers.start();
  }
  try {
    const wanted = Math.max(settings.fixedNodes.length, settings.outgoing === 0 ? 0 : ENOUGH);
    for (let waited = 0; waited < SEARCH_MS && peers.peers.length < wanted; waited += STEP_MS)
      await sleep(clock, STEP_MS);
    const found = peers.peers;
    const given = await Promise.all(found.map((peer) => newestShares(peer, network, clock)));
    const shares = given.flat();
    const newest = given.flatMap(([share]) => share?.timestamp ?? []).sort((a, b) => a - b);
    const seenAt = commonAddress(found);
    return {
      findings: {
        connected: found.map(({ address, port, hello }) => ({
          address: `${address.includes(":") ? `[${address}]` : address}:${port}`,
          software: hello?.software ?? "",
          group: addressGroup(address),
        })),
        persist: network.persist,
        seenAt,
        wasCalled: found.some(({ direction }) => direction === "incoming"),
        port: isPortTaken ? null : settings.port,
        isReached: seenAt === null || isPortTaken ? null : await answers(seenAt, settings.port),
        // What most say: one node may have been given a share that is off.
        newestAhead: newest.length === 0 ? null : newest[newest.length >> 1]! - clock.now(),
        votes: shares.map(({ vote }) => vote),
      },
      blocks: shares.map(({ block }) => block),
    };
  } finally {
    await peers.stop();
  }
}

function openNetwork(
  { settings, network, clock, random, log, version }: ProbeOptions,
  port: number | null,
): PeerNetwork {
  const { host, externalAddress } = settings;
  return new PeerNetwork({
    network,
    transport: new TcpTransport({ clock }),
    clock,
    random,
    log,
    software: `p2pool-ts/${version}`,
    minimumVersion: () => network.minimumProtocolVersion,
    bestShare: () => null,
    resolve: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
    listen: port === null ? null : { port, failIfTaken: true, ...(host === undefined ? {} : { host }) },
    outgoing: settings.outgoing,
    fixedNodes: settings.fixedNodes,
    ...(externalAddress === null ? {} : { externalAddress }),
    // For a moment only: nobody is to remember it.
    advertise: false,
    localNetwork: settings.localNetwork,
    testAddresses: settings.testAddresses ?? false,
  });
}

/** Of the peer's best chain; none if it does not answer in time, or what it sends cannot be read. */
async function newestShares(
  peer: Peer,
  network: PoolNetwork,
  clock: Clock,
): Promise<{ block: string; vote: bigint; timestamp: number }[]> {
  const best = peer.bestShare;
  if (best === null) return [];
  const rules = new ShareRules(network);
  const late = new AbortController();
  try {
    const given = await Promise.race([
      peer.request({ hashes: [best], parents: ANCESTORS, stops: [] }),
      sleep(clock, SHARES_MS, late.signal).then(() => []),
    ]);
    return given.flatMap(({ raw }) => {
      try {
        const { header, info } = decodeShare(raw, rules);
        const { timestamp, data } = info;
        return [{ block: header.previousBlock ?? "", vote: data.desiredVersion, timestamp }];
      } catch (error) {
        if (error instanceof ShareError) return [];
        throw error;
      }
    });
  } catch {
    return [];
  } finally {
    late.abort();
  }
}

/** Where most of them see this node. */
function commonAddress(peers: readonly Peer[]): string | null {
  const counts = new Map<string, number>();
  for (const { hello } of peers) {
    const host = hello?.seenAt ?? null;
    if (host !== null) counts.set(host, (counts.get(host) ?? 0) + 1);
  }
  const [first] = [...counts].sort((a, b) => b[1] - a[1]);
  return first === undefined || 2 * first[1] <= peers.length ? null : first[0];
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: REACH_MS });
    const end = (isReached: boolean): void => {
      socket.destroy();
      resolve(isReached);
    };
    socket
      .once("connect", () => end(true))
      .once("timeout", () => end(false))
      .once("error", () => end(false));
  });
}
