import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type AuxpowProof, auxpowProof } from "../../src/bitcoin/auxpow.js";
import { type BlockHeader, encodeBlockHeader } from "../../src/bitcoin/block.js";
import type { BlockHash, Template } from "../../src/bitcoin/template.js";
import { bigIntToBytesLE, bytesToHex, hexToBytes } from "../../src/core/bytes.js";
import { decode, encode } from "../../src/core/codec.js";
import { MAX_256 } from "../../src/core/compact.js";
import { hash256, hashMeetsTarget } from "../../src/core/hash/index.js";
import { seededRandom } from "../../src/core/random.js";
import { readAuxWork } from "../../src/daemon/merged/aux-work.js";
import { COINS, networkByName } from "../../src/networks/index.js";
import { ShareRules } from "../../src/sharechain/rules.js";
import { Tracker } from "../../src/sharechain/tracker.js";
import type { MergedBlock } from "../../src/work/merged-work.js";
import { WorkMaker } from "../../src/work/work-maker.js";
import { ChildChain } from "../support/merged-child/child-chain.js";

// Proofs of our work maker before the daemon of a real child chain, which checks them with code of its own: the right one is
// taken into its chain, wrong ones are refused for what is wrong with them.

const NOW = 1_800_000_000;
const ADDRESS = "mmhAcDRZyy4QLeGNf82xELqjcoay7nWmwF";

interface Found {
  readonly block: MergedBlock;
  readonly proof: Uint8Array;
}

/** Works until each of the blocks has a proof. */
function findProofs(networkName: string, blocks: readonly MergedBlock[], text?: Uint8Array): Map<number, Found> {
  const found = new Map<number, Found>();
  const work = new WorkMaker({
    tracker: new Tracker(new ShareRules(networkByName(networkName))),
    drawAddress: () => (networkName === "demo" ? ADDRESS : "rltc1qqurswpc8qurswpc8qurswpc8qurswpc8ntpxlg"),
    now: () => NOW,
    random: seededRandom(4),
    feePercent: 0,
    donationPercent: 0,
    coinbaseTexts: text === undefined ? [] : [text],
    solo: true,
    peerCount: () => 0,
    knownCoins: COINS,
    effects: {
      block() {},
      mergedBlock: ({ block, proof }) => found.set(block.chainId, { block, proof }),
      share() {},
      failed: (error) => assert.fail(error as Error),
    },
  });
  const template: Template = {
    previousBlock: "11".repeat(32) as BlockHash,
    height: 300,
    bits: 0x1e04cccc,
    version: 0x20000000,
    requiredVersionBits: 0,
    minTime: NOW - 3600,
    time: NOW,
    subsidy: 5_000_000_000n,
    transactions: [],
    coinbaseFlags: new Uint8Array(0),
    rules: ["segwit"],
    mweb: null,
    receivedAt: NOW,
  };
  work.setTemplate(template);
  work.setMergedBlocks(blocks);
  const job = work.job({ payee: null, shareDifficulty: null });
  assert.ok(!("refused" in job));
  for (let nonce = 0; found.size < blocks.length; nonce++) {
    const { time, version: jobVersion } = job.header;
    const solution = { job: job.id, extranonce: new Uint8Array(8), nonce, time, version: jobVersion };
    work.submit({ ...solution, pseudoTarget: MAX_256, worker: "w" });
  }
  return found;
}

async function workOf(child: ChildChain): Promise<MergedBlock> {
  const answer = await child.rpc.request("getauxblock", []);
  assert.ok(typeof answer !== "boolean");
  return readAuxWork(answer);
}

for (const { name, network, pow } of [
  { name: "sha256d", network: "demo", pow: "sha256d" },
  { name: "scrypt", network: "litecoin_regtest", pow: "scrypt" },
] as const) {
  test(`a chain of its own takes our proofs (${name})`, async () => {
    const child = await ChildChain.start({ chainId: 98, pow });
    try {
      for (let height = 1; height <= 3; height++) {
        const block = await workOf(child);
        const { proof } = findProofs(network, [block]).get(98)!;
        assert.equal(await child.rpc.request("submitauxblock", [block.hash, bytesToHex(proof)]), true);
        assert.equal(await child.height(), height);
      }
      assert.deepEqual((await child.history()).refusals, []);
    } finally {
      await child.stop();
    }
  });
}

test("several chains in one tree, each with its own slot and target, take our proofs", async () => {
  // 1 and 17 meet in every tree up to 16 slots.
  const settings = [
    { chainId: 1, bits: 0x207fffff },
    { chainId: 17, bits: 0x201fffff },
    { chainId: 98, bits: 0x200fffff },
  ];
  const children = await Promise.all(settings.map((options) => ChildChain.start(options)));
  try {
    const found = findProofs("demo", await Promise.all(children.map(workOf)));
    for (const child of children) {
      const { block, proof } = found.get(child.chainId)!;
      assert.equal(decode(auxpowProof, proof).chainLink.branch.length, 5);
      assert.equal(await child.rpc.request("submitauxblock", [block.hash, bytesToHex(proof)]), true);
      assert.equal(await child.height(), 1);
    }
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
});

describe("a child's daemon refuses", () => {
  let child: ChildChain;
  let block: MergedBlock;
  let proof: Uint8Array;
  let parts: AuxpowProof;

  before(async () => {
    child = await ChildChain.start({ chainId: 98, bits: 0x200fffff });
    block = await workOf(child);
    // A neighbour, so that there is a tree.
    const neighbour: MergedBlock = { chainId: 1, hash: "0b".repeat(32), target: MAX_256, previousBlock: null };
    proof = findProofs("demo", [block, neighbour]).get(98)!.proof;
    parts = decode(auxpowProof, proof);
  });
  after(async () => {
    // Whatever was wrong, the right one still is right.
    assert.equal(await child.rpc.request("submitauxblock", [block.hash, bytesToHex(proof)]), true);
    assert.equal(await child.height(), 1);
    await child.stop();
  });

  async function refusalOf(bytes: Uint8Array): Promise<string | undefined> {
    assert.equal(await child.rpc.request("submitauxblock", [block.hash, bytesToHex(bytes)]), false);
    return (await child.history()).refusals[0];
  }

  const other = new Uint8Array(32).fill(9);
  const wrong: [string, (right: AuxpowProof) => AuxpowProof, string][] = [
    ["a header with too little work", (right) => withHeader(right, {}, false), "too little work"],
    [
      "a parent of its own chain",
      (right) => withHeader(right, { version: 98 << 16 }, true),
      "the parent is of the same chain",
    ],
    [
      "another parent's hash",
      (right) => ({ ...right, coinbase: { ...right.coinbase, blockHash: other } }),
      "not the hash of the parent block",
    ],
    [
      "a coinbase that is not the first transaction",
      (right) => ({ ...right, coinbase: { ...right.coinbase, link: { ...right.coinbase.link, index: 1 } } }),
      "the coinbase is not the first transaction",
    ],
    [
      "a coinbase of another block",
      (right) => ({
        ...right,
        coinbase: { ...right.coinbase, transaction: { ...right.coinbase.transaction, lockTime: 1 } },
      }),
      "the coinbase is not in the parent block",
    ],
    [
      "a branch too many under the parent",
      (right) => ({ ...right, coinbase: { ...right.coinbase, link: { branch: [other], index: 0 } } }),
      "the coinbase is not in the parent block",
    ],
    [
      "another branch in the tree of chains",
      (right) => ({ ...right, chainLink: { ...right.chainLink, branch: [other] } }),
      "the coinbase does not commit to the block",
    ],
    [
      "another slot",
      (right) => ({ ...right, chainLink: { ...right.chainLink, index: 1 - right.chainLink.index } }),
      "the coinbase does not commit to the block",
    ],
    [
      "no branch",
      (right) => ({ ...right, chainLink: { branch: [], index: 0 } }),
      "the coinbase does not commit to the block",
    ],
    [
      "a tree that is too large",
      (right) => ({ ...right, chainLink: { branch: Array.from({ length: 31 }, () => other), index: 0 } }),
      "the tree of chains is too large",
    ],
  ];
  for (const [name, change, reason] of wrong) {
    test(name, async () => assert.equal(await refusalOf(encode(auxpowProof, change(parts))), reason));
  }

  test("bytes that are no proof", async () => {
    assert.match((await refusalOf(proof.subarray(0, proof.length - 1))) ?? "", /^cannot be decoded/);
    assert.match((await refusalOf(Uint8Array.from([...proof, 0]))) ?? "", /^cannot be decoded/);
  });

  test("a second commitment in the coinbase", async () => {
    const { proof: double } = findProofs("demo", [block], hexToBytes("fabe6d6d")).get(98)!;
    assert.equal(await refusalOf(double), "more than one commitment");
  });

  test("another chain's slot", async () => {
    // The work of chain 1, told to be chain 98's, in a tree in which they have different slots.
    const strangers: MergedBlock[] = [
      { ...block, chainId: 1 },
      { chainId: 98, hash: "0c".repeat(32), target: MAX_256, previousBlock: null },
    ];
    const { proof: stolen } = findProofs("demo", strangers).get(1)!;
    assert.equal(await refusalOf(stolen), "the block stands in another chain's slot");
  });

  test("a proof of a block that it does not know", async () => {
    const unknown = child.rpc.request("submitauxblock", ["0d".repeat(32), bytesToHex(proof)]);
    await assert.rejects(unknown, { rpcCode: -8 });
  });

  /** The same with another header, whose hash is right and meets the target or does not. */
  function withHeader(right: AuxpowProof, changes: Partial<BlockHeader>, isEnough: boolean): AuxpowProof {
    assert.ok(typeof block.target === "bigint");
    const target = bigIntToBytesLE(block.target, 32);
    for (let nonce = 0; ; nonce++) {
      const parentHeader = { ...right.parentHeader, ...changes, nonce };
      const blockHash = hash256(encodeBlockHeader(parentHeader));
      if (hashMeetsTarget(blockHash, target) !== isEnough) continue;
      return { ...right, parentHeader, coinbase: { ...right.coinbase, blockHash } };
    }
  }
});
