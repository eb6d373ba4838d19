import { addressGroup, hostOfEndpoint } from "../../peers/address.js";
import type { PoolNode } from "../pool-node.js";
import { type Check, ok, problem, unknown } from "./check.js";
import type { PeerFindings } from "./peer-checks.js";

/** Newest shares that are looked at. */
const SHARES = 20;
/** Workers looked at. */
const WORKERS = 10_000;

/** The generation transaction's size, against what the miners that are connected can work with. */
export function gentxCheck({ chain, stratum }: PoolNode): Check {
  const name = "payouts";
  const size = chain.best?.item.gentxSize ?? null;
  if (size === null)
    return unknown(name, "the size of the generation transaction is known with the first verified share");
  const connected = stratum.stats({ workers: WORKERS }).workers.filter(({ connections }) => connections > 0);
  const failing = connected.filter(({ coinbase }) => coinbase !== null).length;
  const text = `the generation transaction has ${size.stripped} bytes`;
  if (failing > 0)
    return problem(name, `${text}, more than ${failing} of the ${connected.length} miners can work with`);
  if (connected.length === 0) return ok(name, `${text}; no miner is connected yet`);
  return ok(name, `${text}, which none of the ${connected.length} miners is known to have trouble with`);
}

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
      newestAhead: foreign[0] === undefined ? null : foreign[0].info.timestamp - options.clock.now(),
      votes: foreign.map(({ info }) => info.data.desiredVersion),
    },
    blocks: foreign.flatMap(({ header }) => header.previousBlock ?? []),
  };
}
