import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type PoolNetwork, parseNetworkJson } from "../../src/networks/index.js";

const DATA = fileURLToPath(new URL("../../../test/vectors/data/networks-regtest.json", import.meta.url));

/** Easiest target: every second hash is a share. */
const EASIEST = `7${"f".repeat(63)}`;

/**
 * Bitcoin's regtest with a share chain for as many shares as a test likes: one second between two shares is the least there is,
 * so that they never become harder. Written to `file`, for `--network-file`. `overrides`: other values of it.
 */
export function writeEasyRegtest(file: string, overrides: Readonly<Record<string, unknown>> = {}): PoolNetwork {
  const { live } = JSON.parse(readFileSync(DATA, "utf8")) as { readonly live: readonly Record<string, unknown>[] };
  const base = live.find(({ name }) => name === "bitcoin_regtest")!;
  const text = JSON.stringify({
    ...base,
    name: "easy_regtest",
    share_period: 1,
    chain_length: 40,
    real_chain_length: 40,
    max_target: EASIEST,
    softforks_required: ["csv", "segwit"],
    parent_params: { ...(base.parent_params as object), sane_target_range: ["0".repeat(64), EASIEST] },
    ...overrides,
  });
  writeFileSync(file, text);
  return parseNetworkJson(text);
}
