import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { NetworkError, networkByName, parseNetworkJson } from "../../../src/networks/index.js";

interface ReferenceFile {
  readonly networks: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const DATA = new URL("../../../../test/vectors/data/networks-reference.json", import.meta.url);
const reference = JSON.parse(readFileSync(DATA, "utf8")) as ReferenceFile;
const base = reference.networks.bitcoin!;

/** The description of bitcoin with a field changed; undefined takes it away. */
function changed(path: string, value: unknown): string {
  const copy = structuredClone(base) as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop()!;
  const target = keys.reduce((outer, key) => outer[key] as Record<string, unknown>, copy);
  if (value === undefined) delete target[last];
  else target[last] = value;
  return JSON.stringify(copy);
}

describe("a network as JSON", () => {
  test("optional fields have defaults, and may be given", () => {
    const network = parseNetworkJson(JSON.stringify(base));
    assert.deepEqual(
      [network.bootstrapHosts, network.ircChannel, network.genesisShareVersion],
      [[], "#p2pool-alt", 35],
    );
    assert.equal(network.coin.subsidy.interval, 210_000);
    assert.deepEqual(parseNetworkJson(changed("bootstrap_hosts", ["a:1"])).bootstrapHosts, ["a:1"]);
    assert.equal(parseNetworkJson(changed("genesis_share_version", "33")).genesisShareVersion, 33);
    assert.equal(parseNetworkJson(changed("minimum_protocol_version", null)).minimumProtocolVersion, 1400);
    const subsidy = { base: "100", interval: 10 };
    assert.deepEqual(parseNetworkJson(changed("parent_params.subsidy", subsidy)).coin.subsidy, {
      base: 100n,
      interval: 10,
      referenceLead: 1,
    });
  });

  test("whole JSON numbers do for decimal digits", () => {
    assert.equal(parseNetworkJson(changed("share_period", 30)).sharePeriod, 30);
  });

  test("a coin that is not known has to tell its subsidy", () => {
    assert.throws(() => parseNetworkJson(changed("parent", "newcoin")), {
      data: { code: "NETWORK_INVALID", path: "parent_params.subsidy" },
    });
    const text = JSON.stringify({
      ...(JSON.parse(changed("parent_params.subsidy", { base: "1", interval: "1" })) as object),
      parent: "newcoin",
    });
    const { coin } = parseNetworkJson(text);
    assert.deepEqual([coin.name, coin.daemon.configFile, coin.explorer], ["newcoin", "newcoin.conf", null]);
  });

  test("share version 36 and its merged chains are said by name", () => {
    const dogecoin = { chain_id: "98", name: "Dogecoin", address_version: "30", address_p2sh_version: "22" };
    const text = JSON.stringify({
      ...(JSON.parse(changed("newest_share_version", "36")) as object),
      genesis_share_version: 36,
      merged_chains: [dogecoin],
    });
    const { newestShareVersion, genesisShareVersion, mergedChains } = parseNetworkJson(text);
    assert.deepEqual([newestShareVersion, genesisShareVersion], [36, 36]);
    assert.deepEqual(mergedChains, networkByName("litecoin").mergedChains);
    const silent = parseNetworkJson(changed("persist", true));
    assert.deepEqual([silent.newestShareVersion, silent.genesisShareVersion, silent.mergedChains], [35, 35, []]);
  });

  const invalid: [path: string, value: unknown, message: RegExp][] = [
    ["foo", 1, /foo: unknown key/],
    ["parent_params.foo", 1, /parent_params\.foo: unknown key/],
    ["identifier", undefined, /identifier: missing/],
    ["parent_params.symbol", undefined, /parent_params\.symbol: missing/],
    ["identifier", "00", /identifier: must be 16 hex digits/],
    ["prefix", "zz72ef181efcd37b", /prefix: must be 16 hex digits/],
    ["max_target", "ff", /max_target: must be 64 hex digits/],
    ["min_target", "f".repeat(64), /min_target: must not be more than max_target/],
    ["real_chain_length", "8641", /real_chain_length: must not be more than chain_length/],
    ["chain_length", "1000001", /chain_length: /],
    ["newest_share_version", "37", /newest_share_version: /],
    ["genesis_share_version", "36", /genesis_share_version: must not be more than newest_share_version/],
    ["merged_chains", [98], /merged_chains/],
    ["share_period", "0", /share_period: /],
    ["share_period", "1.5", /share_period: must be a whole number/],
    ["share_period", 1.5, /share_period: must be a whole number/],
    ["share_period", "-1", /share_period: must be a whole number/],
    ["p2p_port", "65536", /p2p_port: /],
    ["persist", "yes", /persist: /],
    ["name", "../elsewhere", /name: /],
    ["softforks_required", "segwit", /softforks_required: /],
    ["parent_params.pow", "x11", /parent_params\.pow: /],
    ["parent_params.address_version", "256", /parent_params\.address_version: /],
    ["parent_params.sane_target_range", ["f".repeat(64), "0".repeat(64)], /sane_target_range: must be/],
    ["parent_params.dust_threshold", "much", /dust_threshold: must be satoshi/],
  ];
  for (const [path, value, message] of invalid) {
    test(`${path} = ${JSON.stringify(value)?.slice(0, 30) ?? "nothing"} is refused by name`, () => {
      assert.throws(
        () => parseNetworkJson(changed(path, value)),
        (error) => {
          assert.ok(error instanceof NetworkError);
          assert.equal(error.code, "NETWORK_INVALID");
          assert.match(error.message, message);
          assert.ok(error.data.path.startsWith(path), error.data.path);
          return true;
        },
      );
    });
  }

  test("what is no JSON object is refused", () => {
    for (const text of ["", "{", "[]", "null", "1"]) assert.throws(() => parseNetworkJson(text), NetworkError);
  });
});
