import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errorMessage } from "../../src/core/errors.js";

/**
 * Runs recorded vectors. Each JSON file of a folder has a handler, by its base name, that says how to check every top-level
 * key; a file or key without one is a problem, so that nothing is ever skipped unseen.
 */
export interface VectorCase {
  readonly name: string;
  /** Throws if the case fails. */
  readonly run: () => void;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** Makes cases of the value under one key; `file` is the whole file, for what several keys share. */
export type KeyHandler = (value: unknown, file: JsonObject) => Iterable<VectorCase>;
export type FileHandler = Readonly<Record<string, KeyHandler>>;
export type VectorHandlers = Readonly<Record<string, FileHandler>>;

/** Keys that say something about a file and hold no cases. */
const REMARKS: readonly string[] = ["description", "seed"];

/** Most failures whose texts are kept for one key. */
const MAX_FAILURES = 5;

export interface KeyResult {
  readonly file: string;
  readonly key: string;
  readonly passed: number;
  readonly failed: number;
  /** Texts of the first failures. */
  readonly failures: readonly string[];
}

export interface VectorReport {
  readonly results: readonly KeyResult[];
  /** Files and keys that no handler knows, and what could not be read; one line each. */
  readonly problems: readonly string[];
}

export interface VectorTask {
  readonly file: string;
  readonly key: string;
  run(): KeyResult;
}

/** Everything there is to run in a folder, before any of it runs. */
export interface VectorPlan {
  readonly tasks: readonly VectorTask[];
  readonly problems: readonly string[];
}

export function planVectorFolder(dir: string, handlers: VectorHandlers): VectorPlan {
  const tasks: VectorTask[] = [];
  const problems: string[] = [];
  const files = listJsonFiles(dir);
  if (typeof files === "string") return { tasks, problems: [files] };
  if (files.length === 0) problems.push(`${dir}: no vector files`);
  for (const file of files) {
    const handler = own(handlers, file.replace(/\.json$/, ""));
    if (handler === undefined) {
      problems.push(`${file}: unknown vector file`);
      continue;
    }
    const content = readObject(join(dir, file));
    if (typeof content === "string") {
      problems.push(`${file}: ${content}`);
      continue;
    }
    for (const [key, value] of Object.entries(content)) {
      if (REMARKS.includes(key)) continue;
      const keyHandler = own(handler, key);
      if (keyHandler === undefined) problems.push(`${file}: unknown key ${JSON.stringify(key)}`);
      else tasks.push({ file, key, run: () => runKey(file, key, () => keyHandler(value, content)) });
    }
  }
  return { tasks, problems };
}

export function runVectorFolder(dir: string, handlers: VectorHandlers): VectorReport {
  const { tasks, problems } = planVectorFolder(dir, handlers);
  return { results: tasks.map((task) => task.run()), problems };
}

function runKey(file: string, key: string, makeCases: () => Iterable<VectorCase>): KeyResult {
  let passed = 0;
  let failed = 0;
  const failures: string[] = [];
  const fail = (name: string, error: unknown): void => {
    failed++;
    if (failures.length < MAX_FAILURES) failures.push(`${name}: ${errorMessage(error)}`);
  };
  try {
    for (const { name, run } of makeCases()) {
      try {
        run();
        passed++;
      } catch (error) {
        fail(name, error);
      }
    }
  } catch (error) {
    // The handler could not make sense of the value.
    fail(key, error);
  }
  return { file, key, passed, failed, failures };
}

/** Names, sorted; or what is wrong with the folder. */
function listJsonFiles(dir: string): string[] | string {
  try {
    return readdirSync(dir)
      .filter((name) => name.endsWith(".json"))
      .sort();
  } catch {
    return `${dir}: no such folder`;
  }
}

function readObject(path: string): JsonObject | string {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as JsonObject) : "not a JSON object";
  } catch (error) {
    return errorMessage(error);
  }
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Cases of a list, named by their place in it. */
export function* eachCase<T>(items: readonly T[], run: (item: T) => void): Iterable<VectorCase> {
  for (const [i, item] of items.entries()) yield { name: `[${i}]`, run: () => run(item) };
}

export function* oneCase(run: () => void): Iterable<VectorCase> {
  yield { name: "value", run };
}
