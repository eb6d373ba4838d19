import { tryHexToBytes } from "../../core/bytes.js";
import { targetToDifficulty } from "../../core/compact.js";
import { parseDifficulty } from "../../work/username.js";
import { StratumError } from "../errors.js";

/** Checked parameters of Stratum requests (spec/11 §4.2, §4.5). Everything throws StratumError 20 with a reason. */
export interface SubmitParams {
  readonly worker: string;
  readonly jobId: string;
  readonly extranonce2: Uint8Array;
  readonly time: number;
  readonly nonce: number;
  /** Null if the version was not rolled. */
  readonly versionBits: number | null;
}

export const EXTRANONCE2_SIZE = 4;

export function parseSubmit(params: readonly unknown[]): SubmitParams {
  return {
    worker: text(params, 0, "worker").trim(),
    jobId: text(params, 1, "job id").trim().toLowerCase(),
    extranonce2: extranonce(hexText(params, 2, "extranonce2")),
    time: word(hexText(params, 3, "ntime"), "ntime"),
    nonce: word(hexText(params, 4, "nonce"), "nonce"),
    versionBits: versionBits(params[5]),
  };
}

/** A string, or a number where the miner clearly means its digits. */
function text(params: readonly unknown[], index: number, name: string): string {
  const value = params[index];
  if (value === undefined) throw new StratumError(20, `Missing ${name}`);
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") throw new StratumError(20, `Invalid ${name}`);
  return value;
}

/** Numbers are not converted here: nobody can tell whether 10 means ten or the hex digits "10". */
function hexText(params: readonly unknown[], index: number, name: string): string {
  const value = params[index];
  if (value === undefined) throw new StratumError(20, `Missing ${name}`);
  if (typeof value !== "string") throw new StratumError(20, `Invalid ${name}`);
  return value.trim();
}

/** No tolerance: servers that pad do not agree on the side, so a padded value is only wrong later (spec/11 §4.5). */
function extranonce(hex: string): Uint8Array {
  if (hex.length !== 2 * EXTRANONCE2_SIZE) throw new StratumError(20, "Invalid extranonce2 length");
  const bytes = tryHexToBytes(hex);
  if (bytes === null) throw new StratumError(20, "Invalid extranonce2");
  return bytes;
}

/** Up to eight hex digits, most significant first. */
function word(hex: string, name: string): number {
  if (hex.length === 0 || hex.length > 8) throw new StratumError(20, `Invalid ${name} length`);
  const value = parseWord(hex);
  if (value === null) throw new StratumError(20, `Invalid ${name}`);
  return value;
}

function parseWord(hex: string): number | null {
  return /^[0-9a-fA-F]{1,8}$/.test(hex) ? Number.parseInt(hex, 16) : null;
}

function versionBits(value: unknown): number | null {
  if (value === undefined || value === null || value === "") return null;
  const bits = typeof value === "string" ? parseWord(value.trim().replace(/^0[xX]/, "")) : null;
  if (bits === null) throw new StratumError(20, "Invalid version bits");
  return bits;
}

export interface AuthorizeParams {
  readonly username: string;
  /** `d=` and `sd=` of the password, in the units of user names; anything else in it is ignored (spec/11 §4.2). */
  readonly pseudoDifficulty: number | null;
  readonly shareDifficulty: number | null;
}

export function parseAuthorize(params: readonly unknown[], maximumLength: number): AuthorizeParams {
  const username = text(params, 0, "username").trim();
  if (username.length > maximumLength) throw new StratumError(20, "Username too long");
  const password = typeof params[1] === "string" ? params[1].slice(0, maximumLength) : "";
  let pseudoDifficulty: number | null = null;
  let shareDifficulty: number | null = null;
  for (const option of password.split(",")) {
    const [name = "", value = ""] = option.split("=");
    if (name.trim() === "d") pseudoDifficulty = parseDifficulty(value) ?? pseudoDifficulty;
    if (name.trim() === "sd") shareDifficulty = parseDifficulty(value) ?? shareDifficulty;
  }
  return { username, pseudoDifficulty, shareDifficulty };
}

/** The number of a suggestion, a number or a numeric string; in the miner's own units, positive. */
export function parseSuggestedDifficulty(params: readonly unknown[]): number {
  const value = params[0];
  if (value === undefined) throw new StratumError(20, "Missing difficulty");
  const difficulty = typeof value === "string" ? Number(value.trim() || "x") : value;
  if (typeof difficulty !== "number" || !Number.isFinite(difficulty) || difficulty <= 0) {
    throw new StratumError(20, "Invalid difficulty");
  }
  return difficulty;
}

/** A target as 64 hex digits, most significant first; returned as an un-multiplied difficulty. */
export function parseSuggestedTarget(params: readonly unknown[]): number {
  const hex = hexText(params, 0, "target");
  if (!/^[0-9a-fA-F]{64}$/.test(hex)) throw new StratumError(20, "Invalid target");
  const target = BigInt(`0x${hex}`);
  if (target === 0n) throw new StratumError(20, "Invalid target");
  return targetToDifficulty(target);
}

export interface ConfigureParams {
  /** Requested names, as they were asked for. */
  readonly names: readonly string[];
  /** What the miner may roll; null if it sent something that is no mask. */
  readonly versionMask: number | null;
  /** In the miner's units; null if missing or no number. */
  readonly minimumDifficulty: number | null;
  /** What the device tells about itself, untrusted. */
  readonly device: string;
}

export function parseConfigure(params: readonly unknown[]): ConfigureParams {
  const list = params[0];
  if (list === undefined) throw new StratumError(20, "Missing extensions");
  if (!Array.isArray(list)) throw new StratumError(20, "Invalid extensions");
  const values: Readonly<Record<string, unknown>> =
    typeof params[1] === "object" && params[1] !== null ? (params[1] as Record<string, unknown>) : {};
  // The minimum bit count is ignored: clients leave it out or send nonsense, and the mask is as large as it can be (§5).
  const mask = values["version-rolling.mask"] ?? "ffffffff";
  const minimum = values["minimum-difficulty.value"];
  return {
    names: list.filter((name): name is string => typeof name === "string"),
    versionMask: typeof mask === "string" ? parseWord(mask.trim().replace(/^0[xX]/, "")) : null,
    minimumDifficulty: typeof minimum === "number" && Number.isFinite(minimum) && minimum >= 0 ? minimum : null,
    device: [values["info.hw-version"], values["info.sw-version"]].filter((part) => typeof part === "string").join(" "),
  };
}
