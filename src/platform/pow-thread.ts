import { parentPort } from "node:worker_threads";
import { type PowName, powHash } from "../core/hash/index.js";
import { HASH_BYTES, HEADER_BYTES } from "./pow-pool.js";

// The other side of PowPool: headers in, hashes out, both one after the other in one array.

parentPort!.on("message", ({ pow, headers }: { readonly pow: PowName; readonly headers: Uint8Array }) => {
  const count = headers.length / HEADER_BYTES;
  const hashes = new Uint8Array(count * HASH_BYTES);
  for (let i = 0; i < count; i++) {
    hashes.set(powHash(pow, headers.subarray(i * HEADER_BYTES, (i + 1) * HEADER_BYTES)), i * HASH_BYTES);
  }
  parentPort!.postMessage(hashes);
});
