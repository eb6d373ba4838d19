import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { BlockHash } from "../../../src/bitcoin/block.js";
import type { Template } from "../../../src/bitcoin/template.js";
import { bytesToHex } from "../../../src/core/bytes.js";
import { bitsToTargetBytes } from "../../../src/core/compact.js";
import { hashMeetsTarget, powHash } from "../../../src/core/hash/index.js";
import type { KnownHeader } from "../../../src/daemon/p2p/known-header.js";
import { networkByName } from "../../../src/networks/index.js";
import { CoinLink } from "../../../src/node/coin-link.js";
import { systemClock } from "../../../src/platform/clock.js";
import { createLogger } from "../../../src/platform/log.js";
import { systemRandom } from "../../../src/platform/random.js";
import type { Listener } from "../../../src/platform/transport.js";
import { TcpTransport } from "../../../src/platform/transport-tcp.js";
import { DaemonLink, headerOn } from "../daemon/p2p/support/scripted-daemon.js";

const network = networkByName("bitcoin_regtest");
const GENESIS = "00".repeat(31).concat("07");

/** A header with or without its proof of work: every second nonce has it. */
function headerWith(isProven: boolean, previous: string): KnownHeader {
  for (let nonce = 0; ; nonce++) {
    const known = headerOn(previous, nonce);
    const meets = hashMeetsTarget(powHash("sha256d", known.bytes), bitsToTargetBytes(known.header.bits));
    if (meets === isProven) return known;
  }
}

function templateOn(hash: string, height: number): Template {
  return { previousBlock: hash as BlockHash, height } as Template;
}

describe("link to the coin", () => {
  const transport = new TcpTransport({ clock: systemClock });
  let listener: Listener;
  let daemon: Promise<DaemonLink>;
  let link: CoinLink;
  let template: Template | null;
  let rpcHeaders: Map<string, KnownHeader>;
  let rpcCalls: string[];
  let news: string[];
  let headers: KnownHeader[];
  let wake: () => void;

  beforeEach(async () => {
    template = null;
    rpcHeaders = new Map();
    rpcCalls = [];
    news = [];
    headers = [];
    wake = () => {};
    daemon = new Promise((resolve, reject) => {
      transport
        .listen({ host: "127.0.0.1", port: 0 }, (accepted) => {
          const daemonLink = new DaemonLink(accepted);
          daemonLink.greet();
          resolve(daemonLink);
        })
        .then((bound) => {
          listener = bound;
          link = new CoinLink({
            settings: { daemon: { host: "127.0.0.1", port: bound.port }, relays: [] },
            network,
            rpc: {
              getBlockHeaderHex: async (hash) => {
                rpcCalls.push(hash);
                const known = rpcHeaders.get(hash);
                if (known === undefined) throw new Error("Block not found");
                return bytesToHex(known.bytes);
              },
            },
            clock: systemClock,
            random: systemRandom,
            log: createLogger("silent"),
            version: "test",
            template: () => template,
            onNewBlock: (hash) => {
              news.push(hash);
              wake();
            },
            onHeader: (known) => {
              headers.push(known);
              wake();
            },
          });
          return link.start();
        })
        .catch(reject);
    });
    await daemon;
    await until(() => link.isConnected);
  });
  afterEach(async () => {
    await link.stop();
    await listener.close();
  });

  async function until(what: () => boolean): Promise<void> {
    while (!what()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, 5);
      });
    }
  }

  test("only the first word on a new block counts, by whatever way it comes", async () => {
    const [a, b, c] = [headerWith(true, GENESIS).hash, "bb".repeat(32), "cc".repeat(32)] as const;
    // The hook, then P2P.
    assert.equal(link.announced(a, "hook"), true);
    (await daemon).announce(a, b);
    await until(() => news.length > 1);
    assert.deepEqual(news, [a, b]);
    // P2P, then the hook.
    assert.equal(link.announced(b, "hook"), false);
    // The long poll, then both others.
    link.templateChanged(templateOn(c, 5));
    assert.equal(link.announced(c, "hook"), false);
    (await daemon).announce(c);
    const after = headerWith(true, c).hash;
    (await daemon).announce(after);
    await until(() => news.includes(after));
    assert.deepEqual(news, [a, b, after]);
  });

  test("an announced block's header comes by P2P before its template, with its height", async () => {
    const tip = headerWith(true, GENESIS);
    const next = headerWith(true, tip.hash);
    rpcHeaders.set(tip.hash, tip);
    template = templateOn(tip.hash, 10);
    link.templateChanged(template);
    await until(() => headers.length === 1);
    (await daemon).announce(next.hash);
    await until(() => rpcCalls.length === 1 && news.length === 1);
    const asked = await daemon;
    await until(() => asked.of("getheaders").length > 0);
    assert.deepEqual(asked.of("getheaders"), [{ version: 1, locator: [], stop: next.hash }]);
    asked.send("headers", { headers: [next.header] });
    await until(() => headers.length === 2);
    assert.deepEqual(
      headers.map(({ hash }) => hash),
      [tip.hash, next.hash],
    );
    assert.equal(link.headers.height(next.hash), 10);
    assert.deepEqual(rpcCalls, [tip.hash]);
  });

  test("a tip whose header RPC does not give comes by P2P", async () => {
    const tip = headerWith(true, GENESIS);
    template = templateOn(tip.hash, 10);
    link.templateChanged(template);
    const asked = await daemon;
    await until(() => asked.of("getheaders").length > 0);
    asked.send("headers", { headers: [tip.header] });
    await until(() => headers.length === 1);
    assert.deepEqual(rpcCalls, [tip.hash]);
    link.templateChanged(template);
    assert.deepEqual(rpcCalls, [tip.hash], "once a tip");
  });

  test("a header without work, or another one than was asked for, goes no further", async () => {
    const lazy = headerWith(false, GENESIS);
    rpcHeaders.set(lazy.hash, lazy);
    link.templateChanged(templateOn(lazy.hash, 10));
    const other = headerWith(true, GENESIS);
    rpcHeaders.set("dd".repeat(32), other);
    link.templateChanged(templateOn("dd".repeat(32), 11));
    const good = headerWith(true, lazy.hash);
    rpcHeaders.set(good.hash, good);
    link.templateChanged(templateOn(good.hash, 12));
    await until(() => headers.length > 0);
    assert.deepEqual(
      headers.map(({ hash }) => hash),
      [good.hash],
    );
  });
});
