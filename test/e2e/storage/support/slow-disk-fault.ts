import { closeSync, constants, existsSync, openSync } from "node:fs";
import { open } from "node:fs/promises";
import { ClassicLevel } from "classic-level";

// Loaded into the real program before its own code (`node --import`): every write that has to be on disk before it counts takes
// long, or hangs until the test lets go. As with a real disk that does so, each has one of the process's few threads for files
// meanwhile: the thread opens a pipe that nobody writes to.

const PIPE = process.env.SLOW_DISK_PIPE!;
/** While a file of this name is there. */
const HANGS = process.env.SLOW_DISK_HANGS!;
const DELAY_MS = Number(process.env.SLOW_DISK_MS);

/** Lets those threads go that wait at the pipe now. */
function letGo(): void {
  try {
    closeSync(openSync(PIPE, constants.O_WRONLY | constants.O_NONBLOCK));
  } catch (error) {
    // Nobody waits.
    if ((error as NodeJS.ErrnoException).code !== "ENXIO") throw error;
  }
}

async function onThread(): Promise<void> {
  const pipe = await open(PIPE, "r");
  await pipe.close();
}

async function slowly(): Promise<void> {
  if (DELAY_MS > 0) {
    const timer = setTimeout(letGo, DELAY_MS);
    await onThread();
    clearTimeout(timer);
  }
  while (existsSync(HANGS)) await onThread();
}

// LevelDB waits for the disk in native code, where nothing can be put in between: it begins later instead.
const level = ClassicLevel.prototype as unknown as { _batch(...args: readonly unknown[]): Promise<void> };
const batch = level._batch;
level._batch = async function (...args) {
  await slowly();
  return batch.call(this, ...args);
};

const some = await open(process.execPath, "r");
const files = Object.getPrototypeOf(some) as { sync(): Promise<void>; datasync(): Promise<void> };
await some.close();
for (const name of ["sync", "datasync"] as const) {
  const original = files[name];
  files[name] = async function () {
    await slowly();
    return original.call(this);
  };
}
