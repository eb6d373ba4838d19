import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { hexToBytes } from "../../src/core/bytes.js";
import { loadShare, ShareRules, Tracker } from "../../src/sharechain/index.js";
import { chainNetwork, NO_DAEMON, NOW } from "./chains.js";

// Prints the resident bytes of this process, with the shares of a file in a tracker if one is named.
const tracker = new Tracker(new ShareRules(chainNetwork()));
const file = process.argv[2];
if (file !== undefined) {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const node = tracker.add(loadShare(hexToBytes(line), tracker.rules), 0)!;
    if (!tracker.verify(node, NOW, NO_DAEMON).ok) throw new Error("not verified");
  }
}
for (let i = 0; i < 5; i++) {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 50));
}
process.stdout.write(String(process.memoryUsage.rss()));
if (tracker.main.size < 0) throw new Error("keeps the tracker alive");
