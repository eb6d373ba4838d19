import { AddressError } from "../bitcoin/address.js";
import { errorMessage } from "../core/errors.js";
import { NetworkError } from "../networks/index.js";
import { LogFileError } from "../platform/rotating-file.js";
import { TransportError } from "../platform/transport.js";
import { StoreError } from "../store/errors.js";
import { StaticDirError } from "../web/static.js";
import { CoinbaseTextError } from "../work/coinbase-script.js";
import { WorkerPortError } from "../workers/errors.js";
import { UsageError } from "./options.js";

/** Exit codes (spec/13 §8). */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  daemonUnusable: 3,
  dataUnusable: 4,
  portTaken: 5,
  dataCorrupted: 6,
} as const;

/** A run that did not do what was asked, with its one line for standard error. */
export class RunError extends Error {}

/** The data folder cannot be written. */
export class DataFolderError extends Error {}

/** Wrong input ends with 2, what goes wrong later with 1. */
export function exitCode(error: unknown): number {
  const isUsage =
    error instanceof UsageError ||
    error instanceof NetworkError ||
    error instanceof AddressError ||
    error instanceof CoinbaseTextError ||
    error instanceof StaticDirError ||
    error instanceof WorkerPortError ||
    error instanceof LogFileError ||
    error instanceof TransportError;
  const isPortTaken =
    (error instanceof WorkerPortError && error.code === "WORKER_PORT_TAKEN") ||
    (error instanceof TransportError && error.code === "TRANSPORT_PORT_TAKEN");
  if (isPortTaken) return EXIT.portTaken;
  if (error instanceof DataFolderError) return EXIT.dataUnusable;
  if (error instanceof StoreError) return error.code === "STORE_CORRUPTED" ? EXIT.dataCorrupted : EXIT.dataUnusable;
  return isUsage ? EXIT.usage : EXIT.failed;
}

/** The line for standard error, without a stack trace. */
export function errorLine(error: unknown): string {
  return `p2pool: ${errorMessage(error).replaceAll(/\s*\n\s*/g, " ")}`;
}
