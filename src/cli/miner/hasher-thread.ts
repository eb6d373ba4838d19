import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../platform/clock.js";
import { Hasher } from "./hasher.js";
import type { HasherOptions, ToHasher } from "./protocol.js";

/** Entry of the hashing thread. Its real time is the processor's, so the system's clock is the right one. */
const port = parentPort!;
const hasher = new Hasher({
  ...(workerData as HasherOptions),
  clock: systemClock,
  send: (message) => port.postMessage(message),
});
port.on("message", (message: ToHasher) => hasher.receive(message));
