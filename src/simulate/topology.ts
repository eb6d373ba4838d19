import type { Random } from "../core/random.js";
import type { Scenario } from "./scenario.js";

/** Whom each node is told to connect to. With gossip that is one node to begin with, and the rest it finds by itself. */
export function peersOf({ nodes, topology, connections }: Scenario, random: Random): number[][] {
  return Array.from({ length: nodes }, (_, index) => {
    if (topology === "gossip") return index === 0 ? [] : [Math.floor(random.uniform() * Math.min(index, 8))];
    if (topology === "ring") return nodes < 2 ? [] : [(index + 1) % nodes];
    const chosen = new Set<number>();
    const wanted = Math.min(connections, nodes - 1);
    while (chosen.size < wanted) {
      const other = Math.floor(random.uniform() * nodes);
      if (other !== index) chosen.add(other);
    }
    return [...chosen];
  });
}
