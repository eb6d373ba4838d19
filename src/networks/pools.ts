import { hexToBytes } from "../core/bytes.js";
import {
  bitcoin,
  bitcoinDemo,
  bitcoinRegtest,
  bitcoinSignet,
  bitcoinTestnet,
  bitcoinTestnet4,
  btcregtest,
  SIGNET_EASIEST,
} from "./coins/bitcoin.js";
import { bitcoincash, bitcoincashTestnet, bitcoinsv, bitcoinsvTestnet } from "./coins/cash.js";
import { litecoin, litecoinRegtest, litecoinTestnet } from "./coins/litecoin.js";
import { fastcoin, terracoin, terracoinTestnet } from "./coins/small.js";
import type { PoolNetwork } from "./pool-network.js";

/** Every share chain of spec/02 §4, the two of the recorded regtest sessions, and our own of testnet4, signet and the demo. */
type PoolFacts = Omit<
  PoolNetwork,
  "name" | "identifier" | "prefix" | "realChainLength" | "minTarget" | DefaultedField
> & {
  readonly name?: string;
  readonly identifier: string;
  readonly prefix: string;
} & Partial<Pick<PoolNetwork, DefaultedField>>;

type DefaultedField =
  | "targetLookbehind"
  | "spread"
  | "minimumProtocolVersion"
  | "softforksRequired"
  | "blockMaxSize"
  | "blockMaxWeight"
  | "bootstrapHosts"
  | "ircChannel"
  | "newestShareVersion"
  | "mergedChains"
  | "genesisShareVersion";

/** What a network has that says nothing about it (spec/02 §1 and §4). */
const DEFAULTS: Pick<PoolNetwork, DefaultedField> = {
  targetLookbehind: 200,
  spread: 3,
  minimumProtocolVersion: 1400,
  softforksRequired: [],
  blockMaxSize: 1_000_000,
  blockMaxWeight: 4_000_000,
  bootstrapHosts: [],
  ircChannel: "#p2pool-alt",
  newestShareVersion: 35,
  mergedChains: [],
  genesisShareVersion: 35,
};

/** Litecoin mines version 36, and Dogecoin along with it (spec/20 §9, §13): with these versions of its addresses. */
function withDogecoin(
  addressVersion: number,
  addressP2shVersion: number,
): Pick<PoolNetwork, "newestShareVersion" | "mergedChains" | "genesisShareVersion"> {
  return {
    newestShareVersion: 36,
    mergedChains: [{ chainId: 98, name: "Dogecoin", addressVersion, addressP2shVersion }],
    genesisShareVersion: 36,
  };
}

function pool(facts: PoolFacts): PoolNetwork {
  return {
    ...DEFAULTS,
    ...facts,
    name: facts.name ?? facts.coin.name,
    identifier: hexToBytes(facts.identifier),
    prefix: hexToBytes(facts.prefix),
    realChainLength: facts.chainLength,
    minTarget: 0n,
  };
}

const SEGWIT_FORKS = ["bip65", "csv", "segwit"];
const TESTNET_HOSTS = ["forre.st", "liteco.in", "78.158.149.247"];

/** Our own: a chain to look at, with a share a second on the embedded node's coin. */
const DEMO = {
  coin: bitcoinDemo,
  // Timestamps grow by a second a share at least, so a period of one could not become slower.
  sharePeriod: 2,
  chainLength: 120,
  targetLookbehind: 20,
  spread: 1000,
  maxTarget: (1n << 238n) - 1n,
  persist: false,
  minimumProtocolVersion: 3301,
  segwitActivationVersion: 15,
  softforksRequired: SEGWIT_FORKS,
};

export const POOL_NETWORKS: readonly PoolNetwork[] = [
  pool({
    coin: bitcoin,
    identifier: "fc70035c7a81bc6f",
    prefix: "2472ef181efcd37b",
    sharePeriod: 30,
    chainLength: 8640,
    maxTarget: (1n << 224n) - 1n,
    persist: true,
    p2pPort: 9333,
    workerPort: 9332,
    minimumProtocolVersion: 3301,
    segwitActivationVersion: 33,
    softforksRequired: SEGWIT_FORKS,
    bootstrapHosts: [
      "ml.toom.im",
      "ml.toom.im:9336",
      "ml.toom.im:9334",
      "btc-fork.coinpool.pw:9335",
      "crypto.office-on-the.net:9335",
      "btc.p2pool.leblancnet.us",
    ],
    ircChannel: "#p2pool",
  }),
  pool({
    coin: bitcoinTestnet,
    identifier: "5fc2be2d4f0d6bfb",
    prefix: "3f6057a15036f441",
    sharePeriod: 30,
    chainLength: 360,
    maxTarget: (1n << 224n) - 1n,
    persist: false,
    p2pPort: 19333,
    workerPort: 19332,
    minimumProtocolVersion: 3200,
    segwitActivationVersion: 15,
    softforksRequired: SEGWIT_FORKS,
    bootstrapHosts: TESTNET_HOSTS,
  }),
  pool({
    // Ours: the reference knows neither chain (docs/ARCHITECTURE.md).
    coin: bitcoinTestnet4,
    identifier: "6274637465737434",
    prefix: "91c4e6a85d3f0b27",
    sharePeriod: 30,
    chainLength: 360,
    maxTarget: (1n << 224n) - 1n,
    persist: false,
    p2pPort: 49333,
    workerPort: 49332,
    minimumProtocolVersion: 3301,
    segwitActivationVersion: 15,
    softforksRequired: SEGWIT_FORKS,
  }),
  pool({
    coin: bitcoinSignet,
    identifier: "6274637369676e31",
    prefix: "d49b61e83af7205c",
    sharePeriod: 30,
    chainLength: 360,
    // Easier than the easiest block there is, so that every block is a share.
    maxTarget: SIGNET_EASIEST,
    persist: false,
    p2pPort: 39333,
    workerPort: 39332,
    minimumProtocolVersion: 3301,
    segwitActivationVersion: 15,
    softforksRequired: SEGWIT_FORKS,
  }),
  pool({
    ...withDogecoin(30, 22),
    coin: litecoin,
    identifier: "e037d5b8c6923410",
    prefix: "7208c1a53ef629b0",
    sharePeriod: 15,
    chainLength: 8640,
    maxTarget: (1n << 236n) - 1n,
    persist: true,
    p2pPort: 9326,
    workerPort: 9327,
    minimumProtocolVersion: 3301,
    segwitActivationVersion: 17,
    softforksRequired: SEGWIT_FORKS,
    bootstrapHosts: [
      "crypto.office-on-the.net",
      "ltc.p2pool.leblancnet.us",
      "51.148.43.34",
      "68.131.29.131",
      "87.102.46.100",
      "89.237.60.231",
      "95.79.35.133",
      "96.255.61.32",
      "174.56.93.93",
      "178.238.236.130",
      "194.190.93.235",
    ],
    ircChannel: "#p2pool-ltc",
  }),
  pool({
    ...withDogecoin(113, 196),
    coin: litecoinTestnet,
    identifier: "cca5e24ec6408b1e",
    prefix: "ad9614f6466a39cf",
    sharePeriod: 4,
    chainLength: 400,
    maxTarget: (1n << 256n) / 20n - 1n,
    persist: false,
    p2pPort: 19338,
    workerPort: 19327,
    minimumProtocolVersion: 3301,
    segwitActivationVersion: 17,
    softforksRequired: SEGWIT_FORKS,
    bootstrapHosts: ["forre.st"],
  }),
  pool({
    coin: bitcoincash,
    identifier: "b826c0a51ddc2d2b",
    prefix: "ac9a8fda9a911bce",
    sharePeriod: 60,
    chainLength: 4320,
    maxTarget: (1n << 224n) - 1n,
    persist: true,
    p2pPort: 9349,
    workerPort: 9348,
    minimumProtocolVersion: 3301,
    segwitActivationVersion: null,
    blockMaxSize: 32_000_000,
    blockMaxWeight: 128_000_000,
    bootstrapHosts: [
      "ml.toom.im",
      "bch.p2pool.leblancnet.us",
      "siberia.mine.nu",
      "5.8.79.155",
      "18.209.181.17",
      "95.79.35.133",
      "193.29.58.47",
    ],
    ircChannel: "#p2pool",
  }),
  pool({
    coin: bitcoincashTestnet,
    identifier: "c9f3de8d9508faef",
    prefix: "08c5541df85a8a65",
    sharePeriod: 60,
    chainLength: 4320,
    maxTarget: (1n << 224n) - 1n,
    persist: false,
    p2pPort: 19339,
    workerPort: 19338,
    minimumProtocolVersion: 3301,
    segwitActivationVersion: null,
    blockMaxSize: 32_000_000,
    blockMaxWeight: 128_000_000,
    bootstrapHosts: TESTNET_HOSTS,
  }),
  pool({
    coin: bitcoinsv,
    identifier: "1c051dec1abcd71d",
    prefix: "1c051dee6ec8bb1e",
    sharePeriod: 30,
    chainLength: 2880,
    maxTarget: (1n << 224n) - 1n,
    persist: true,
    p2pPort: 6338,
    workerPort: 6339,
    minimumProtocolVersion: 3301,
    segwitActivationVersion: null,
    softforksRequired: ["bip65", "csv"],
    blockMaxSize: 32_000_000,
    blockMaxWeight: 128_000_000,
    bootstrapHosts: ["p2p-usa.xyz", "p2p-south.xyz", "p2p-ekb.xyz", "msk.p2pool.site", "nn.p2pool.site"],
  }),
  pool({
    coin: bitcoinsvTestnet,
    identifier: "1c051dee6ec8bb1e",
    prefix: "4b62545b1a631a5c",
    sharePeriod: 30,
    chainLength: 2880,
    maxTarget: (1n << 224n) - 1n,
    persist: false,
    p2pPort: 16338,
    workerPort: 16339,
    minimumProtocolVersion: 3301,
    segwitActivationVersion: null,
    softforksRequired: ["bip65", "csv"],
    blockMaxSize: 32_000_000,
    blockMaxWeight: 128_000_000,
  }),
  pool({
    // The reference also requires segwit2x, which no daemon knows (spec/13 §9).
    coin: btcregtest,
    identifier: "5ad2c6ecbd7d9372",
    prefix: "8f2c8d54b3278bc8",
    sharePeriod: 30,
    chainLength: 360,
    maxTarget: (1n << 255n) - 1n,
    persist: false,
    p2pPort: 19444,
    workerPort: 19443,
    minimumProtocolVersion: 3200,
    segwitActivationVersion: 15,
    softforksRequired: SEGWIT_FORKS,
  }),
  pool({
    coin: terracoin,
    identifier: "a42a265ad1b6d42b",
    prefix: "56a3f62173d2a9b5",
    sharePeriod: 45,
    chainLength: 2880,
    spread: 10,
    maxTarget: (1n << 224n) - 1n,
    persist: true,
    p2pPort: 9323,
    workerPort: 9322,
    segwitActivationVersion: null,
    bootstrapHosts: [
      "seed1.p2pool.terracoin.org",
      "seed2.p2pool.terracoin.org",
      "seed3.p2pool.terracoin.org",
      "forre.st",
    ],
  }),
  pool({
    coin: terracoinTestnet,
    identifier: "b41a282ca5b2d85a",
    prefix: "16d2b91182dab8a4",
    sharePeriod: 45,
    chainLength: 120,
    spread: 10,
    maxTarget: (1n << 224n) - 1n,
    persist: false,
    p2pPort: 19323,
    workerPort: 19322,
    segwitActivationVersion: null,
    bootstrapHosts: [
      "seed1.p2pool.terracoin.org",
      "seed2.p2pool.terracoin.org",
      "seed3.p2pool.terracoin.org",
      "forre.st",
    ],
  }),
  pool({
    coin: fastcoin,
    identifier: "9f2e390aa41ffade",
    prefix: "50f713ab040dfade",
    sharePeriod: 6,
    chainLength: 8640,
    targetLookbehind: 60,
    spread: 150,
    maxTarget: (1n << 236n) - 1n,
    persist: true,
    p2pPort: 23660,
    workerPort: 5150,
    segwitActivationVersion: null,
    bootstrapHosts: ["inetrader.com"],
    ircChannel: "#p2pool-fst",
  }),
  pool({
    ...withDogecoin(111, 196),
    coin: litecoinRegtest,
    identifier: "6c74637265673031",
    prefix: "a7c1e0b26c7d9f31",
    sharePeriod: 3,
    chainLength: 120,
    targetLookbehind: 20,
    spread: 1_000_000,
    maxTarget: (1n << 248n) - 1n,
    persist: false,
    p2pPort: 29338,
    workerPort: 29327,
    minimumProtocolVersion: 3301,
    segwitActivationVersion: 17,
    softforksRequired: [...SEGWIT_FORKS, "taproot", "testdummy"],
  }),
  pool({
    coin: bitcoinRegtest,
    identifier: "6274637265673031",
    prefix: "b8d2f1c37d8eaf42",
    sharePeriod: 3,
    chainLength: 120,
    targetLookbehind: 20,
    spread: 1_000_000_000,
    maxTarget: (1n << 240n) - 1n,
    persist: false,
    p2pPort: 29333,
    workerPort: 29332,
    minimumProtocolVersion: 3301,
    segwitActivationVersion: 15,
    softforksRequired: [...SEGWIT_FORKS, "taproot", "testdummy"],
  }),
  pool({
    ...DEMO,
    name: "demo",
    identifier: "d39b6f2ae81c0574",
    prefix: "4e1fa9c7725db803",
    p2pPort: 29533,
    workerPort: 29532,
  }),
  pool({
    // The same with the shares that Litecoin's network has.
    ...DEMO,
    name: "demo36",
    identifier: "d39b6f2ae81c0536",
    prefix: "4e1fa9c7725db836",
    p2pPort: 29543,
    workerPort: 29542,
    newestShareVersion: 36,
    genesisShareVersion: 36,
  }),
];
