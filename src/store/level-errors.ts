import { errorMessage } from "../core/errors.js";
import { StoreError } from "./errors.js";

/** The innermost error: the library wraps what LevelDB said into errors of its own. */
function rootCause(error: unknown): unknown {
  let root = error;
  while (root instanceof Error && root.cause !== undefined) root = root.cause;
  return root;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

// LevelDB hands the system's error on as text only.
const FULL = /no space left|quota exceeded|file too large|not enough space|disk is full/i;
const NOT_WRITABLE = /permission denied|access is denied|read-only file system|operation not permitted/i;
const NOT_WRITABLE_CODES = new Set(["EACCES", "EPERM", "EROFS"]);

export function damagedError(directory: string, reason: string, options?: ErrorOptions): StoreError {
  return new StoreError(
    `the store in ${directory} is damaged: ${reason}; nothing was removed; see what is left with p2pool store check --salvage, and move the folder away to start anew`,
    "STORE_CORRUPTED",
    options,
  );
}

/** One clear line for whatever LevelDB, its library or the file system said. */
export function toStoreError(error: unknown, directory: string): StoreError {
  if (error instanceof StoreError) return error;
  const root = rootCause(error);
  const text = errorMessage(root);
  const code = codeOf(root);
  const options = { cause: error };
  // Before the lock: a lock file that may not be opened is reported as a failure to lock by some systems.
  if (NOT_WRITABLE_CODES.has(code) || NOT_WRITABLE.test(text)) {
    return new StoreError(`the store in ${directory} cannot be written: ${text}`, "STORE_NOT_WRITABLE", options);
  }
  if (code === "LEVEL_LOCKED") {
    return new StoreError(`the store in ${directory} is in use by another process`, "STORE_LOCKED", options);
  }
  if (code === "ENOSPC" || code === "EDQUOT" || FULL.test(text)) {
    return new StoreError(`the disk of the store in ${directory} is full: ${text}`, "STORE_DISK_FULL", options);
  }
  // What LevelDB says of a folder with some of its files, and of a table that is too short; a missing folder is created.
  if (code === "LEVEL_CORRUPTION" || /^corruption|does not exist|no such file|\.(?:ldb|sst): invalid/i.test(text)) {
    return damagedError(directory, text, options);
  }
  return new StoreError(`the store in ${directory} failed: ${text}`, "STORE_IO", options);
}
