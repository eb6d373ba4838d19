import { isIP } from "node:net";
import { ConfigError } from "./errors.js";

/** Where a daemon answers, taken apart (spec/14 §2). */
export interface RpcEndpoint {
  /** The address without credentials, for messages. */
  readonly text: string;
  readonly isSecure: boolean;
  /** From the user information of the URL. */
  readonly auth: { readonly user: string; readonly password: string } | null;
  /** For `node:http`: host and port, or the path of a Unix domain socket. */
  readonly target: { readonly hostname: string; readonly port: string } | { readonly socketPath: string };
  /** Path of the URL, with a slash at its end. */
  readonly path: string;
}

const UNIX = "unix:";

/** `http://`, `https://`, or `unix:/path/of/socket`. @throws ConfigError, which does not repeat the text: it may hold a password. */
export function parseEndpoint(text: string): RpcEndpoint {
  if (text.startsWith(UNIX)) {
    const socketPath = text.slice(UNIX.length).replace(/^\/\/(?=\/)/, "");
    if (socketPath === "") throw configError("unix: needs the path of a socket");
    return { text: `${UNIX}${socketPath}`, isSecure: false, auth: null, target: { socketPath }, path: "/" };
  }
  if (!URL.canParse(text)) throw configError("the RPC address is no URL");
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw configError(`the RPC address begins with ${url.protocol}, not with http:, https: or unix:`);
  }
  const auth = authInUrl(url);
  url.username = "";
  url.password = "";
  url.search = "";
  url.hash = "";
  return {
    text: url.href,
    isSecure: url.protocol === "https:",
    auth,
    target: { hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"), port: url.port },
    path: url.pathname.endsWith("/") ? url.pathname : `${url.pathname}/`,
  };
}

/** Path of a wallet's calls; the default wallet has an empty name. */
export function walletPath({ path }: RpcEndpoint, wallet: string): string {
  return `${path}wallet/${encodeURIComponent(wallet)}`;
}

/** Whether a password would cross a network that others may listen to (spec/14 §11). */
export function isExposed({ isSecure, target }: RpcEndpoint): boolean {
  return !isSecure && "hostname" in target && !isPrivateHost(target.hostname);
}

/** Loopback, link-local and private addresses; of names only localhost is known. */
function isPrivateHost(host: string): boolean {
  const kind = isIP(host);
  if (kind === 4) return /^(?:127|10|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01]))\./.test(host);
  if (kind === 6) return /^(?:::1$|f[cd]|fe[89ab])/i.test(host);
  return host === "localhost" || host.endsWith(".localhost");
}

function authInUrl(url: URL): RpcEndpoint["auth"] {
  if (url.username === "" && url.password === "") return null;
  try {
    return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  } catch {
    throw configError("the user information of the RPC address has a percent sign that stands for nothing");
  }
}

function configError(message: string): ConfigError {
  return new ConfigError(message, { method: "", endpoint: "", durationMs: 0, code: "RPC_CONFIG" });
}
