import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { COMBINED_DONATION_SCRIPT, legacyScript } from "../../src/bitcoin/address.js";
import type { BlockHash, Template } from "../../src/bitcoin/template.js";
import { bytesToHex } from "../../src/core/bytes.js";
import { MAX_256, targetToAttempts } from "../../src/core/compact.js";
import { seededRandom } from "../../src/core/random.js";
import { readChildOffer } from "../../src/daemon/merged/child-offer.js";
import { COINS, networkByName } from "../../src/networks/index.js";
import type { NodeEvent } from "../../src/node/events.js";
import { MergedMining } from "../../src/node/merged-mining.js";
import { systemClock } from "../../src/platform/clock.js";
import { createLogger } from "../../src/platform/log.js";
import { ShareRules } from "../../src/sharechain/rules.js";
import type { Share } from "../../src/sharechain/share.js";
import type { ShareNode } from "../../src/sharechain/share-node.js";
import { Tracker } from "../../src/sharechain/tracker.js";
import { MemoryDatabase } from "../../src/store/memory-database.js";
import { Store } from "../../src/store/store.js";
import type { MergedBlock } from "../../src/work/merged-work.js";
import type { FoundMergedBlock } from "../../src/work/solution.js";
import { WorkMaker } from "../../src/work/work-maker.js";
import { ChildChain } from "../support/merged-child/child-chain.js";
import { TcpProxy } from "../support/tcp-proxy.js";
import { IGNORANT_DAEMON } from "../vectors/handlers/share-network.js";

// Version 36's merged mining before a real child chain: blocks that we make of its templates pay every miner of the window, and
// the chain takes them. What they should pay is summed up here by hand, share by share.

const NOW = 1_800_000_000;
const REGTEST = networkByName("litecoin_regtest");
const CHAIN_LENGTH = 6;
/** Hashes that cost nothing; all else as it is. */
const NETWORK = {
  ...REGTEST,
  coin: { ...REGTEST.coin, pow: "sha256d" as const },
  chainLength: CHAIN_LENGTH,
  realChainLength: CHAIN_LENGTH,
};
/** On the share chain, and on the child chain where it is named: key, witness of a key, script, named. */
const WITNESS = "rltc1qqurswpc8qurswpc8qurswpc8qurswpc8ntpxlg";
const KEY = "mgLjCZefJ6DZGQ4LX25Wz6hrpBsFHXVnWS";
const NAMED = "2N3v5sPakY1SqdZyBCQh381b7gbmydSwhJZ";
const NAMES = [WITNESS, KEY, `${KEY},${NAMED}`, WITNESS, `${WITNESS},${NAMED}`];

let child: ChildChain;
let tracker: Tracker;
let work: WorkMaker;
let tip: ShareNode | null = null;
let time = NOW;
let found: { share: Share | null; merged: FoundMergedBlock | null };
const shares: Share[] = [];

before(async () => {
  child = await ChildChain.start({ chainId: 98, pow: "sha256d" });
  tracker = new Tracker(new ShareRules(NETWORK));
  work = new WorkMaker({
    tracker,
    drawAddress: () => WITNESS,
    now: () => time,
    random: seededRandom(7),
    feePercent: 0,
    donationPercent: 3,
    coinbaseTexts: [],
    solo: true,
    peerCount: () => 0,
    knownCoins: COINS,
    effects: {
      block() {},
      mergedBlock: (merged) => {
        found.merged = merged;
      },
      share: ({ share }) => {
        found.share = share;
      },
      failed: (error) => assert.fail(error as Error),
    },
  });
});
after(() => child.stop());

async function offerOf(): Promise<MergedBlock> {
  return readChildOffer(await child.rpc.getBlockTemplate({ rules: [] }), 98, time);
}

/** Mines for a miner until there is a share and, with an offer, a block of the child chain; the share becomes the tip. */
async function mine(
  payee: string,
  merged: readonly MergedBlock[],
): Promise<{ share: Share; merged: FoundMergedBlock | null }> {
  time += 20;
  found = { share: null, merged: null };
  work.setTemplate(template(time));
  work.setMergedBlocks(merged);
  const job = work.job({ payee, shareDifficulty: null });
  assert.ok(!("refused" in job), "refused" in job ? job.refused : "");
  const isEnough = (): boolean =>
    found.share !== null && (merged.length === 0 || tip === null || found.merged !== null);
  for (let nonce = 0; !isEnough(); nonce++) {
    const solution = { job: job.id, extranonce: new Uint8Array(8), nonce, time, version: job.header.version };
    const before: Share | null = found.share;
    work.submit({ ...solution, pseudoTarget: MAX_256, worker: "w" });
    // Every solution that is enough for a share makes one; the first is taken.
    if (before !== null) found.share = before;
  }
  const share = found.share!;
  const node = tracker.add(share, time)!;
  const verdict = tracker.verify(node, time, IGNORANT_DAEMON);
  assert.ok(verdict.ok, verdict.ok ? "" : verdict.reason);
  shares.push(share);
  tip = node;
  work.setBest(node);
  return { share, merged: found.merged };
}

function template(now: number): Template {
  return {
    previousBlock: "11".repeat(32) as BlockHash,
    height: 300,
    bits: 0x1e04cccc,
    version: 0x20000000,
    requiredVersionBits: 0,
    minTime: now - 3600,
    time: now,
    subsidy: 5_000_000_000n,
    transactions: [],
    coinbaseFlags: new Uint8Array(0),
    rules: ["segwit"],
    mweb: null,
    receivedAt: now,
  };
}

/** spec/20 §9.4, written down anew: a plain sum over the window, its shares newest first. */
function expectedOutputs(window: readonly Share[], value: bigint): [string, number][] {
  const weights = new Map<string, bigint>();
  let total = 0n;
  let donated = 0n;
  for (const share of window) {
    const attempts = targetToAttempts(share.target);
    const donation = BigInt(share.info.data.donation);
    const script = bytesToHex(share.info.mergedAddresses!.find(({ chainId }) => chainId === 98)!.script);
    weights.set(script, (weights.get(script) ?? 0n) + attempts * (65535n - donation));
    total += attempts * 65535n;
    donated += attempts * donation;
  }
  const forMiners = value - (value * donated) / total;
  const all = [...weights.values()].reduce((sum, weight) => sum + weight, 0n);
  const paid = [...weights]
    .map(([script, weight]): [string, bigint] => [script, (forMiners * weight) / all])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const rest = value - paid.reduce((sum, [, amount]) => sum + amount, 0n);
  const text = `6a14${Buffer.from("P2Pool merged mining").toString("hex")}`;
  const outputs: [string, bigint][] = [...paid, [text, 0n], [bytesToHex(COMBINED_DONATION_SCRIPT), rest]];
  return outputs.map(([script, amount]) => [script, Number(amount)]);
}

test("the first share finds nobody to pay on the child chain", async () => {
  const { merged, share } = await mine(NAMES[0]!, [await offerOf()]);
  assert.equal(merged, null);
  assert.equal(share.info.mergedCoinbases, null);
});

test("every block that is found pays every miner of the window, and the chain takes it", async () => {
  for (let i = 1; i <= 3 * CHAIN_LENGTH; i++) {
    const window = shares.slice(-CHAIN_LENGTH).reverse();
    const offer = await offerOf();
    const { share, merged } = await mine(NAMES[i % NAMES.length]!, [offer]);
    assert.equal(await child.rpc.submitBlock(bytesToHex(merged!.bytes!)), null);
    assert.equal(await child.height(), i);
    assert.deepEqual(await child.rpc.call("outputs", [i]), expectedOutputs(window, offer.offer!.value));
    // The share proves it, and was verified with that.
    const [proven] = share.info.mergedCoinbases!;
    assert.equal(proven!.coinbaseValue, offer.offer!.value);
    assert.equal(proven!.blockHeight, BigInt(i));
    assert.notEqual(share.info.mergedPayoutHash, null);
  }
  const scripts = new Set(
    ((await child.rpc.call("outputs", [3 * CHAIN_LENGTH])) as [string, number][]).map(([script]) => script),
  );
  const [chain] = NETWORK.mergedChains;
  assert.ok(scripts.has(bytesToHex(legacyScript(NAMED, chain!))), "the address that miners named is paid");
  assert.deepEqual((await child.history()).refusals, []);
});

test("with a second chain in the tree the block is the same kind, and the share proves nothing", async () => {
  const height = await child.height();
  const offer = await offerOf();
  const window = shares.slice(-CHAIN_LENGTH).reverse();
  const neighbour: MergedBlock = { chainId: 1, hash: "0b".repeat(32), target: 1n, previousBlock: null };
  const { share, merged } = await mine(KEY, [offer, neighbour]);
  assert.equal(share.info.mergedCoinbases, null);
  assert.equal(await child.rpc.submitBlock(bytesToHex(merged!.bytes!)), null);
  assert.deepEqual(await child.rpc.call("outputs", [height + 1]), expectedOutputs(window, offer.offer!.value));
});

test("the chain refuses a block that pays otherwise, and one whose proof is of another block", async () => {
  const height = await child.height();
  const { merged } = await mine(KEY, [await offerOf()]);
  const bytes = merged!.bytes!;
  const robbed = Uint8Array.from(bytes);
  // A unit of the first output, far behind header and proof.
  const coinbaseAt = 80 + merged!.proof.length + 1;
  const scriptLengthAt = coinbaseAt + 4 + 1 + 36;
  robbed[scriptLengthAt + 1 + robbed[scriptLengthAt]! + 4 + 1]! ^= 1;
  assert.notEqual(await child.rpc.submitBlock(bytesToHex(robbed)), null);
  const other = Uint8Array.from(bytes);
  other[70]! ^= 1;
  assert.equal(await child.rpc.submitBlock(bytesToHex(other)), "the coinbase does not commit to the block");
  assert.equal(await child.height(), height);
  assert.equal(await child.rpc.submitBlock(bytesToHex(bytes)), null);
  assert.equal(await child.height(), height + 1);
});

test("a block that was found while the chain's daemon was away is handed in after a restart", async () => {
  const height = await child.height();
  const database = new MemoryDatabase();
  const log = createLogger("silent");
  const wire = await TcpProxy.start(Number(new URL(child.url).port));
  const url = new URL(child.url);
  url.port = String(wire.port);
  const events: NodeEvent[] = [];
  /** What a node that runs for a while sees of its merged chains. */
  const run = async (
    act: (mining: MergedMining, work: () => readonly MergedBlock[]) => Promise<void>,
  ): Promise<void> => {
    const store = new Store({ database, network: NETWORK, clock: systemClock, log });
    await store.start();
    let offered: readonly MergedBlock[] = [];
    const mining = new MergedMining({
      settings: [{ url: url.href, address: null }],
      known: NETWORK.mergedChains,
      store: store.mergedBlocks,
      clock: systemClock,
      log,
      sharedChains: () => [98],
      onWork: (blocks) => {
        offered = blocks;
      },
      onEvent: (event) => events.push(event),
    });
    mining.resume();
    mining.start();
    await act(mining, () => offered);
    await mining.stop();
    await store.stop();
  };
  try {
    await run(async (mining, offers) => {
      await until(() => offers().length > 0);
      const { merged } = await mine(KEY, offers());
      wire.mode = { kind: "closed" };
      mining.found(merged!);
      mining.found(merged!);
      const [block] = mining.view().blocks;
      assert.deepEqual([block!.height, block!.accepted, block!.pays], [height + 1, null, "miners"]);
    });
    assert.equal(await child.height(), height);
    wire.mode = { kind: "pass" };
    await run(async (mining) => {
      await until(() => mining.view().blocks[0]?.accepted === true);
    });
    assert.equal(await child.height(), height + 1);
    await run(async (mining, offers) => {
      assert.equal(mining.view().blocks[0]!.accepted, true);
      await until(() => offers().length > 0);
    });
    assert.deepEqual(
      events.filter(({ type }) => type.startsWith("merged")).map((event) => "accepted" in event && event.accepted),
      // Found once, not judged, then accepted; nothing after that.
      [false, null, true],
    );
  } finally {
    await wire.stop();
  }
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}
