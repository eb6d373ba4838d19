import { P2PoolError } from "../core/errors.js";

/** What went wrong with the store. Nothing on disk is changed or removed because of any of these. */
export type StoreErrorCode =
  /** The database contradicts itself: a file was damaged or is missing. */
  | "STORE_CORRUPTED"
  | "STORE_DISK_FULL"
  /** The folder holds a database that is not ours. */
  | "STORE_FOREIGN"
  /** Reading or writing failed for another reason; the message holds the system's word. */
  | "STORE_IO"
  /** Another process, or another store of this one, has the folder. */
  | "STORE_LOCKED"
  /** The folder may not be written. */
  | "STORE_NOT_WRITABLE"
  /** There is none in the folder that was to be read. */
  | "STORE_MISSING"
  /** A call that needs the shares to have been loaded. */
  | "STORE_NOT_LOADED"
  /** A call before `start` has resolved. */
  | "STORE_NOT_STARTED"
  /** The store belongs to the share chain of another network. */
  | "STORE_OTHER_NETWORK"
  /** Written by a newer version of this program. */
  | "STORE_SCHEMA_NEWER"
  /** A call after `stop`. */
  | "STORE_STOPPED"
  /** No found block with this hash is stored. */
  | "STORE_UNKNOWN_BLOCK"
  /** The database's native part does not exist for this platform. */
  | "STORE_UNSUPPORTED"
  /** A value that cannot be stored: no JSON, or too large. */
  | "STORE_VALUE";

export class StoreError extends P2PoolError<{ code: StoreErrorCode }> {
  constructor(message: string, code: StoreErrorCode, options?: ErrorOptions) {
    super(message, { code }, options);
  }
}
