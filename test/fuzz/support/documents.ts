import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseNotify } from "../../../src/cli/miner/job.js";
import { parsePoolUrl } from "../../../src/cli/miner/pool-url.js";
import { P2PoolError } from "../../../src/core/errors.js";
import { parseConf } from "../../../src/daemon/discovery/conf-file.js";
import { readAuxWork } from "../../../src/daemon/merged/aux-work.js";
import { parseEndpoint } from "../../../src/daemon/rpc/endpoint.js";
import { parseJson, stringifyJson } from "../../../src/daemon/rpc/json.js";
import { methodSpec } from "../../../src/daemon/rpc/method-table.js";
import { interpretReply } from "../../../src/daemon/rpc/reply.js";
import { auxBlockSchema } from "../../../src/daemon/rpc/schemas-state.js";
import { forkNames } from "../../../src/daemon/soft-forks.js";
import { parseNetworkJson } from "../../../src/networks/index.js";
import type { Alert } from "../../../src/node/alerts/alert.js";
import { parseTarget } from "../../../src/node/alerts/targets.js";
import { readSavedPeers } from "../../../src/peers/peer-store.js";
import { systemClock } from "../../../src/platform/clock.js";
import { ShareRules } from "../../../src/sharechain/index.js";
import { checkPayoutProof, proofFromJson, proofToJson } from "../../../src/sharechain/payout-proof.js";
import { parseLogLine } from "../../../src/store/share-log.js";
import { parseUsername } from "../../../src/work/username.js";
import { easyNetwork, PAYEE, TestChain } from "../../unit/peers/support/chain.js";
import { mutatedJson } from "./mutate.js";
import type { FuzzTarget } from "./target.js";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const json = (value: unknown): Uint8Array => text(JSON.stringify(value));
const read = (input: Uint8Array): string => new TextDecoder().decode(input);
const data = (name: string): string => fileURLToPath(new URL(`../../../../test/vectors/data/${name}`, import.meta.url));
const load = <T>(name: string): T => JSON.parse(readFileSync(data(name), "utf8")) as T;

/** Undefined for what is no JSON. */
function orNoJson(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

interface RecordedLine {
  readonly request?: { readonly method: string; readonly id: number };
  readonly response?: { readonly not_json?: string; readonly result?: unknown; readonly error?: unknown };
}

/** What real daemons answered, one answer for each method. */
const answers = new Map<string, Uint8Array>();
for (const file of ["daemon-bitcoin.json", "daemon-litecoin.json"]) {
  for (const { request, response } of load<{ log: RecordedLine[] }>(file).log) {
    if (request === undefined || response === undefined || response.not_json !== undefined) continue;
    answers.set(request.method, json({ ...response, id: 1, method: request.method }));
  }
}
const auxBlock = { hash: "ab".repeat(32), chainid: 98, previousblockhash: "cd".repeat(32), bits: "1d00ffff" };
answers.set("createauxblock", json({ result: auxBlock, error: null, id: 1, method: "createauxblock" }));

const ALERT: Alert = {
  ...{ event: "block_found", state: "news", severity: "info", title: "", text: "", at: 0, network: "", data: {} },
};

const networks = load<{ sets: readonly { network: object }[] }>("shares-v35.json").sets.map(({ network }) => network);
const network = easyNetwork();
const rules = new ShareRules(network);
const chain = new TestChain({ network, clock: systemClock });
const tip = chain.extend(45);
const proof = proofToJson({
  network: network.name,
  block: tip.id,
  address: PAYEE,
  shares: [...tip.chain(45)].map(({ item }) => item.share.raw),
});

/** What comes as text: answers of daemons, files that people give, what a pool tells a miner. */
export const DOCUMENT_TARGETS: readonly FuzzTarget[] = [
  {
    name: "answers of the daemon",
    seeds: [...answers.values()],
    mutate: mutatedJson,
    decode: (input) => {
      const method = /"method":"(\w+)"/.exec(read(input))?.[1] ?? "getblockchaininfo";
      const spec = methodSpec(method) ?? methodSpec("getblockchaininfo")!;
      const reply = { status: 200, statusText: "OK", body: Buffer.from(input) };
      const context = { method, endpoint: "http://127.0.0.1/", durationMs: 0 };
      const result: unknown = spec.result.parse(interpretReply(reply, 1, context, spec.amounts ? "exact" : "double"));
      if (method === "createauxblock") readAuxWork(auxBlockSchema.parse(result));
      if (method === "getblockchaininfo") forkNames((result as { softforks?: unknown }).softforks);
    },
  },
  {
    name: "exact JSON",
    seeds: [json({ a: [1, -2.5e-7, "x\n\u00e9", true, null, { b: {} }] }), text("[0.00000001,21000000.00000000]")],
    mutate: mutatedJson,
    decode: (input) => {
      let value: unknown;
      for (const numbers of ["exact", "text", "lossless"] as const)
        value = orNoJson(() => parseJson(read(input), numbers));
      // What is read is written so that it reads the same.
      if (value === undefined) return;
      const once = stringifyJson(value);
      assert.equal(stringifyJson(parseJson(once, "lossless")), once);
    },
  },
  {
    name: "network files",
    seeds: networks.map(json),
    mutate: mutatedJson,
    decode: (input) => void new ShareRules(parseNetworkJson(read(input))),
  },
  {
    name: "configuration files of daemons",
    seeds: [text("rpcuser=a\nrpcpassword=b # c\n[regtest]\nrpcport=18443\nmain.rpcbind=[::1]:5\n")],
    decode: (input) => void parseConf(read(input), "bitcoin.conf"),
  },
  {
    name: "payout proofs",
    seeds: [text(proof)],
    mutate: mutatedJson,
    decode: (input) => {
      const steps = checkPayoutProof(proofFromJson(read(input)), rules);
      while (steps.next().done !== true);
    },
  },
  {
    name: "saved peers",
    seeds: [
      json([
        [
          ["192.0.2.1", 9333],
          [0, 1700000000, 1700000100],
        ],
      ]),
      json({
        version: 1,
        book: { key: "ab", addresses: [["192.0.2.1", 9333, "new", "192.0", 1, 2, 3, 4]] },
        bans: [{ address: "192.0.2.9", until: 1, bans: [1] }],
        anchors: [{ host: "192.0.2.1", port: 9333 }],
      }),
    ],
    mutate: mutatedJson,
    decode: (input) => {
      readSavedPeers(orNoJson(() => JSON.parse(read(input)) as unknown));
    },
  },
  {
    name: "user names",
    seeds: [text(`${PAYEE}.rig_1/0.5+1e3`), text("ltc1q,DOGE1.x/1+2")],
    decode: (input) => void parseUsername(read(input)),
  },
  {
    name: "pool addresses of miners",
    seeds: [text("stratum+tcp://user:pass@pool.example:9332/path"), text("[::1]:3333")],
    decode: (input) => void parsePoolUrl(read(input)),
  },
  {
    name: "addresses of daemons and alerts",
    seeds: [
      text("http://user:pass%40@[::1]:8332/wallet"),
      text("unix:///run/bitcoind.sock"),
      text("telegram://12:ab@-100123?api=http://127.0.0.1:1"),
      text("ntfy+http://u%41:p@host:80/topic"),
    ],
    decode: (input) => {
      for (const parse of [parseEndpoint, parseTarget]) {
        try {
          const made = parse(read(input));
          if ("request" in made) {
            const { url, headers } = made.request({ ...ALERT, title: read(input) });
            void new Headers(headers);
            void new URL(url);
          }
        } catch (error) {
          if (!(error instanceof P2PoolError)) throw error;
        }
      }
    },
  },
  {
    name: "jobs of pools",
    seeds: [json(["1", "00".repeat(32), "0100", "0000", ["ab".repeat(32)], "20000000", "1d00ffff", "65000000", true])],
    mutate: mutatedJson,
    decode: (input) => {
      const value = orNoJson(() => JSON.parse(read(input)) as unknown);
      try {
        if (Array.isArray(value)) parseNotify(value);
      } catch (error) {
        // Its documented kind of error.
        if (!(error instanceof RangeError)) throw error;
      }
    },
  },
  {
    name: "share logs of other programs",
    seeds: [text(load<{ lines: readonly string[] }>("sharestore.json").lines.slice(0, 3).join("\n"))],
    decode: (input) => {
      for (const [i, line] of read(input).split("\n").entries()) parseLogLine(line, i + 1);
    },
  },
];
