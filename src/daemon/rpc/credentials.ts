import { readFile } from "node:fs/promises";
import { inspect } from "node:util";
import { ConfigError, type RpcCallContext } from "./errors.js";

export type RpcAuth = { readonly user: string; readonly password: string } | { readonly cookieFile: string };

/** The cookie is one short line. */
const MAX_COOKIE_LENGTH = 4096;

/**
 * Makes the Authorization header (spec/14 §3). A cookie changes with every start of the daemon: it is read when first used,
 * and again after `forget`. Secrets are in private fields, which no inspection prints.
 */
export class Credentials {
  readonly cookieFile: string | null;
  #userPassword: string | null;

  constructor(auth: RpcAuth | null) {
    this.cookieFile = auth !== null && "cookieFile" in auth ? auth.cookieFile : null;
    this.#userPassword = auth !== null && "user" in auth ? `${auth.user}:${auth.password}` : null;
  }

  /** Null for calls without credentials. @throws ConfigError without a usable cookie file. */
  async header(context: () => RpcCallContext): Promise<string | null> {
    if (this.#userPassword === null && this.cookieFile !== null) {
      this.#userPassword = await readCookie(this.cookieFile, context);
    }
    return this.#userPassword === null ? null : `Basic ${Buffer.from(this.#userPassword, "utf8").toString("base64")}`;
  }

  /** The daemon may have a new cookie by now. */
  forget(): void {
    if (this.cookieFile !== null) this.#userPassword = null;
  }

  /** The text without whatever of the credentials somebody echoed in it. */
  redact(text: string): string {
    if (this.#userPassword === null) return text;
    const password = this.#userPassword.slice(this.#userPassword.indexOf(":") + 1);
    const encoded = Buffer.from(this.#userPassword, "utf8").toString("base64");
    let out = text;
    for (const secret of [encoded, password]) if (secret !== "") out = out.replaceAll(secret, "***");
    return out;
  }

  [inspect.custom](): string {
    return "Credentials {}";
  }
}

async function readCookie(file: string, context: () => RpcCallContext): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    const reason =
      cause instanceof Error && "code" in cause && cause.code === "ENOENT"
        ? "is missing: the daemon is not running, or keeps its data elsewhere"
        : "cannot be read";
    throw new ConfigError(`the cookie file ${file} ${reason}`, { ...context(), code: "RPC_CONFIG" }, { cause });
  }
  const line = text.trim();
  if (!line.includes(":") || line.length > MAX_COOKIE_LENGTH || line.includes("\n")) {
    throw new ConfigError(`the cookie file ${file} does not hold one line user:password`, {
      ...context(),
      code: "RPC_CONFIG",
    });
  }
  return line;
}
