import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bytesToHex } from "../../src/core/bytes.js";
import { seededRandom } from "../../src/core/random.js";
import type { Share } from "../../src/sharechain/share.js";
import { Forger } from "../fuzz/support/forged-shares.js";
import { below } from "../fuzz/support/mutate.js";
import { vectorNetwork } from "../vectors/handlers/share-network.js";

/** Forged shares that are tried for each chain; those that cannot be mined are left out. */
const FORGED = 160;
const VECTORS = fileURLToPath(new URL("../../../test/vectors/data/chain-invalid.json", import.meta.url));

/** The recorded test network with short windows, so that few shares cross all of them. */
function corpusNetwork(version: 35 | 36): Record<string, unknown> {
  const { network } = JSON.parse(readFileSync(VECTORS, "utf8")) as { network: Record<string, unknown> };
  return {
    ...network,
    max_target: `7${"f".repeat(63)}`,
    chain_length: "60",
    real_chain_length: "50",
    target_lookbehind: "8",
    share_period: "10",
    spread: "3",
    newest_share_version: String(version),
    genesis_share_version: String(version),
  };
}

/** The file of one version, the same every time. */
export function makeCorpus(version: 35 | 36): string {
  const network = corpusNetwork(version);
  const forger = new Forger(version, { ...vectorNetwork(network, version), mergedChains: [] }, true);
  const rows: string[] = [];
  const known = new Set<string>();
  const add = (share: Share, result: unknown): void => {
    if (known.has(share.id)) return;
    known.add(share.id);
    const { id, parentId, raw } = share;
    rows.push(JSON.stringify({ i: rows.length, hash: id, parent: parentId, raw: bytesToHex(raw), result }));
  };
  for (const share of forger.chain) add(share, "verified");
  const random = seededRandom(version);
  for (let i = 0; i < FORGED; i++) {
    const { share, refused } = forger.judge(Uint8Array.from({ length: 16 }, () => below(random, 256)));
    if (share !== null) add(share, refused === null ? "verified" : { error: refused });
  }
  const head = {
    description:
      "a chain of honest shares and forged ones on top, made by test/corpus/make.ts; see test/corpus/README.md",
    name: `corpus-v${version}`,
    clock: forger.now,
    network,
  };
  return `${JSON.stringify(head, null, 1).slice(0, -2)},\n "shares": [\n  ${rows.join(",\n  ")}\n ]\n}\n`;
}
