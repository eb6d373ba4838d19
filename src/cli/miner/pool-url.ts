import { quote, UsageError } from "../options.js";

export interface PoolUrl {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Null if there is none in it. */
  readonly username: string | null;
}

const SCHEMES: ReadonlyMap<string, { readonly isTls: boolean }> = new Map([
  ["stratum+tcp", { isTls: false }],
  ["stratum", { isTls: false }],
  ["tcp", { isTls: false }],
  ["stratum+ssl", { isTls: true }],
  ["stratum+tls", { isTls: true }],
  ["stratums", { isTls: true }],
]);

/** `stratum+tcp://[USER@]HOST:PORT`, also with `ssl` for `tcp`; without a scheme it is TCP. @throws UsageError */
export function parsePoolUrl(text: string): PoolUrl {
  const [, scheme = "stratum+tcp", rest = ""] = /^(?:([a-z+]+):\/\/)?(.*)$/is.exec(text) ?? [];
  const kind = SCHEMES.get(scheme.toLowerCase());
  if (kind === undefined) {
    throw new UsageError(`${quote(text)}: ${scheme} is not spoken, only ${[...SCHEMES.keys()].join(", ")}`);
  }
  // The parser of URLs knows ports and IPv6; it takes no port for what it has a default for, so the scheme is made up.
  let url: URL;
  try {
    url = new URL(`pool://${rest}`);
  } catch {
    throw new UsageError(`${quote(text)} is not stratum+tcp://HOST:PORT`);
  }
  const { hostname, port, username } = url;
  if (hostname === "" || port === "") throw new UsageError(`${quote(text)} is not stratum+tcp://HOST:PORT`);
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port),
    isTls: kind.isTls,
    username: username === "" ? null : unescaped(username),
  };
}

function unescaped(username: string): string {
  try {
    return decodeURIComponent(username);
  } catch {
    throw new UsageError(`the user name ${quote(username)} holds a % that no two hex digits follow`);
  }
}
