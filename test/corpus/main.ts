import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hexToBytes } from "../../src/core/bytes.js";
import { shareLine } from "../../src/store/share-log.js";
import { makeCorpus } from "./make.js";

// `npm run corpus [-- DIR]`: writes the files of test/corpus/data anew; with a folder, into that one their share logs and network
// files, for `p2pool inspect chain` and for other programs.

const DATA = fileURLToPath(new URL("../../../test/corpus/data/", import.meta.url));
const folder = process.argv[2];
const write = (file: string, text: string): void => {
  writeFileSync(file, text);
  console.log(file);
};
if (folder !== undefined) mkdirSync(folder, { recursive: true });
for (const version of [35, 36] as const) {
  const text = makeCorpus(version);
  if (folder === undefined) {
    write(`${DATA}corpus-v${version}.json`, text);
    continue;
  }
  const { shares, network } = JSON.parse(text) as { shares: { raw: string }[]; network: object };
  write(`${folder}/shares-v${version}.log`, `${shares.map(({ raw }) => shareLine(hexToBytes(raw))).join("\n")}\n`);
  write(`${folder}/network-v${version}.json`, `${JSON.stringify(network, null, 1)}\n`);
}
