/** An IRC server and a channel there. */
export interface IrcServer {
  readonly host: string;
  readonly port: number;
  /** With the certificate checked, as anywhere. */
  readonly isTls: boolean;
  /** For servers that want one before anything else; null for none. */
  readonly password: string | null;
  /** Null for the usual one. */
  readonly channel: string | null;
}

const PORTS: Readonly<Record<string, number>> = { "irc:": 6667, "ircs:": 6697 };

/**
 * `ircs://HOST`, also with `:PORT`, with `/CHANNEL` or `/#CHANNEL` behind it, and with `:PASSWORD@` before the host; `irc://` is
 * without TLS. Null for anything else.
 */
export function parseIrcServer(text: string): IrcServer | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  const port = PORTS[url?.protocol ?? ""];
  if (url === null || port === undefined || url.hostname === "" || url.username !== "" || url.search !== "")
    return null;
  const isNamed = url.pathname.length > 1;
  if (isNamed && url.hash !== "") return null;
  const channel = decoded(isNamed ? url.pathname.slice(1).replace(/^(?!#|%23|&)/i, "#") : url.hash);
  const password = decoded(url.password);
  if (channel === null || password === null) return null;
  // Neither may end a word or a line of the protocol.
  if (channel !== "" && !/^[#&][\x21-\x2b\x2d-\x7e]{1,49}$/.test(channel)) return null;
  if (!/^[\x21-\x7e]{0,200}$/.test(password)) return null;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? port : Number(url.port),
    isTls: url.protocol === "ircs:",
    password: password === "" ? null : password,
    channel: channel === "" ? null : channel,
  };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
