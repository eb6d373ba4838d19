import { addressGroup, hostOfEndpoint } from "../../peers/address.js";
import type { PoolNode } from "../pool-node.js";
import type { PeerFindings } from "./peer-checks.js";

/** Newest shares that are looked at. */
const SHARES = 20;

/** What a node that runs knows of others; null for a pool of one. `blocks`: that shares of others build on, the newest first. */
export function nodeFindings(node: PoolNode): { findings: PeerFindings; blocks: readonly string[] } | null {
  const { peering, chain, work, options } = node;
  if (peering === null) return null;
  const { peers } = peering;
  const { best } = chain;
  const newest = best === null ? [] : [...best.chain(Math.min(best.height, SHARES))];
  const foreign = newest.filter(({ id }) => work.isLateOwnShare(id) === null).map(({ item }) => item.share);
  return {
    findings: {
      connected: peers.map(({ address, subVersion }) => ({
        address,
        software: subVersion,
        group: addressGroup(hostOfEndpoint(address)),
      })),
      persist: options.network.persist,
      seenAt: null,
      wasCalled: peers.some(({ direction }) => direction === "incoming"),
      port: peering.boundPort,
      isReached: null,
      votes: foreign.map(({ info }) => info.data.desiredVersion),
    },
    blocks: foreign.flatMap(({ header }) => header.previousBlock ?? []),
  };
}
