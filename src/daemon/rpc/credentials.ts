import { readFile } from "node:fs/promises";
import { inspect } from "node:util";
import { ConfigError, type RpcCallContext } from "./errors.js";

export type RpcAuth =
  | { readonly user: string; readonly password: string }
  | {
      readonly cookieFile: string;
      /** Added to the error when the file is missing: why there is nothing else to log in with. */
      readonly hint?: string;
    };

/** The cookie is one short line. */
const MAX_COOKIE_LENGTH = 4096;

/**
 * Makes the Authorization header (spec/14 §3). There may be several ways to log in, such as a cookie and the password of the
 * daemon's configuration file (spec/07 §2.3): the first stands until the daemon refuses it and another one works. A cookie
 * changes with every start of the daemon: it is read when first used, and again after `forget` and a refusal. Secrets are
 * in private fields, which no inspection prints.
 */
export class Credentials {
  readonly #sources: readonly RpcAuth[];
  /** `user:password` of each source; null for a cookie that has not been read. */
  readonly #known: (string | null)[];
  #current = 0;

  constructor(auth: RpcAuth | readonly RpcAuth[] | null) {
    this.#sources = auth === null ? [] : isList(auth) ? [...auth] : [auth];
    this.#known = this.#sources.map((source) => ("user" in source ? `${source.user}:${source.password}` : null));
  }

  /** Ways to log in. */
  get count(): number {
    return this.#sources.length;
  }

  /** What to log in with first; null for calls without credentials. @throws ConfigError without a usable cookie file. */
  async first(context: () => RpcCallContext): Promise<string | null> {
    if (this.#sources.length === 0) return null;
    const header = await this.#header(this.#current);
    if (typeof header === "string") return header;
    for (let i = 0; i < this.#sources.length; i++) {
      if (i === this.#current) continue;
      const other = await this.#header(i);
      if (typeof other === "string") {
        this.#current = i;
        return other;
      }
    }
    throw new ConfigError(header.reason, { ...context(), code: "RPC_CONFIG" }, { cause: header.cause });
  }

  /** What else may work after a refusal: never what was `tried` in this call, since that only floods the daemon's log. */
  async next(tried: ReadonlySet<string | null>): Promise<string | null> {
    this.forget();
    const order = [this.#current, ...this.#sources.keys()];
    for (const i of order) {
      if (this.#sources[i] === undefined) continue;
      const header = await this.#header(i);
      if (typeof header !== "string" || tried.has(header)) continue;
      this.#current = i;
      return header;
    }
    return null;
  }

  /** The daemon may have a new cookie by now. */
  forget(): void {
    for (const [i, source] of this.#sources.entries()) if ("cookieFile" in source) this.#known[i] = null;
  }

  /** The text without whatever of the credentials somebody echoed in it. */
  redact(text: string): string {
    let out = text;
    for (const known of this.#known) {
      if (known === null) continue;
      const password = known.slice(known.indexOf(":") + 1);
      const encoded = Buffer.from(known, "utf8").toString("base64");
      for (const secret of [encoded, password]) if (secret !== "") out = out.replaceAll(secret, "***");
    }
    return out;
  }

  [inspect.custom](): string {
    return "Credentials {}";
  }

  async #header(index: number): Promise<string | CookieProblem> {
    const source = this.#sources[index]!;
    const known = this.#known[index] ?? null;
    const userPassword = known ?? ("cookieFile" in source ? await readCookie(source) : "");
    if (typeof userPassword !== "string") return userPassword;
    this.#known[index] = userPassword;
    return `Basic ${Buffer.from(userPassword, "utf8").toString("base64")}`;
  }
}

interface CookieProblem {
  readonly reason: string;
  readonly cause?: unknown;
}

function isList(auth: RpcAuth | readonly RpcAuth[]): auth is readonly RpcAuth[] {
  return Array.isArray(auth);
}

async function readCookie(source: {
  readonly cookieFile: string;
  readonly hint?: string;
}): Promise<string | CookieProblem> {
  const { cookieFile, hint } = source;
  let text: string;
  try {
    text = await readFile(cookieFile, "utf8");
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    const what = isMissing ? "is missing: the daemon is not running, or keeps its data elsewhere" : "cannot be read";
    return { reason: `the cookie file ${cookieFile} ${what}${hint === undefined ? "" : `; ${hint}`}`, cause };
  }
  const line = text.trim();
  if (!line.includes(":") || line.length > MAX_COOKIE_LENGTH || line.includes("\n")) {
    return { reason: `the cookie file ${cookieFile} does not hold one line user:password` };
  }
  return line;
}
