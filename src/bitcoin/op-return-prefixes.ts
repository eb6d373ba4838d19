import { asciiToBytes, hexToBytes } from "../core/bytes.js";

/** A convention for the first bytes of an OP_RETURN's data; there is no registry (spec/15 §5). */
export interface OpReturnPrefix {
  readonly prefix: Uint8Array;
  /** How it is written. */
  readonly label: string;
  readonly protocol: string;
  readonly url: string;
}

/** `hex:` in front stands for bytes that are no text. In the order of the community's list. */
const TABLE: readonly (readonly [label: string, protocol: string, url: string])[] = [
  ["SPK", "CoinSpark", "coinspark.org/developers"],
  ["DOCPROOF", "Proof of Existence", "www.proofofexistence.com"],
  ["CryptoTests-", "Crypto Copyright", "crypto-copyright.com"],
  ["CryptoProof-", "Crypto Copyright", "crypto-copyright.com"],
  ["BS", "BlockSign", "blocksignit.com"],
  ["OA", "Open Assets", "github.com/OpenAssets/open-assets-protocol"],
  ["STAMPD##", "stampd", "stampd.io"],
  ["Factom!!", "Factom", "factom.org"],
  ["FACTOM00", "Factom", "factom.org"],
  ["Fa", "Factom", "factom.org"],
  ["FA", "Factom", "factom.org"],
  ["tradle", "Tradle", "tradle.io"],
  ["LaPreuve", "LaPreuve", "www.lapreuve.net"],
  ["hex:5888", "Blockstore", "blog.onename.com/blockstore-bitcoin"],
  ["hex:5808", "Blockstore", "blog.onename.com/blockstore-bitcoin"],
  ["id", "Blockstore", "blog.onename.com/blockstore-bitcoin"],
  ["BITPROOF", "Bitproof", "bitproof.io"],
  ["S1", "Stampery", "stampery.co"],
  ["S2", "Stampery", "stampery.co"],
  ["S3", "Stampery", "stampery.co"],
  ["S4", "Stampery", "stampery.co"],
  ["S5", "Stampery", "stampery.co"],
  ["ASCRIBE", "Ascribe", "www.ascribe.io"],
  ["ProveBit", "ProveBit", "github.com/thereal1024/ProveBit"],
  ["EW ", "Eternity Wall", "eternitywall.it"],
  ["CC", "Colu", "colu.co"],
  ["omni", "Omni Layer", "www.omnilayer.org"],
  ["MG", "Monegraph", "monegraph.com"],
  ["RMBd", "Remembr", "app.remembr.io"],
  ["RMBe", "Remembr", "app.remembr.io"],
  ["ORIGMY", "OriginalMy", "originalmy.com"],
  ["BID", "Identity", "bitpos.me"],
];

export const OP_RETURN_PREFIXES: readonly OpReturnPrefix[] = TABLE.map(([label, protocol, url]) => ({
  prefix: label.startsWith("hex:") ? hexToBytes(label.slice(4)) : asciiToBytes(label),
  label,
  protocol,
  url,
}));
