import { P2PoolError } from "../../core/errors.js";
import type { Alert } from "./alert.js";

export class AlertTargetError extends P2PoolError<{ code: "ALERT_TARGET" }> {}

/** A request that tells somebody of an alert. */
interface AlertRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Where alerts go. */
export interface AlertTarget {
  /** For messages: without what is secret. */
  readonly name: string;
  request(alert: Alert): AlertRequest;
}

const TELEGRAM = "https://api.telegram.org";
/** What ntfy understands, by how bad it is. */
const PRIORITY: Readonly<Record<Alert["severity"], string>> = { error: "5", warning: "4", info: "3" };

/**
 * `https://HOST/PATH` gets the alert as JSON, `ntfy://HOST/TOPIC` (`ntfy+http://` without TLS) as ntfy has it,
 * `telegram://TOKEN@CHAT` by a bot; `?api=URL` names another server of Telegram's interface.
 *
 * @throws AlertTargetError, which does not repeat the text: it holds secrets
 */
export function parseTarget(text: string): AlertTarget {
  const [, scheme = "", rest = ""] = /^([a-z+]+):\/\/(.+)$/i.exec(text) ?? [];
  switch (scheme.toLowerCase()) {
    case "http":
    case "https":
      return webhook(checked(text));
    case "ntfy":
    case "ntfy+https":
      return ntfy(checked(`https://${rest}`));
    case "ntfy+http":
      return ntfy(checked(`http://${rest}`));
    case "telegram":
      return telegram(rest);
    default:
      throw new AlertTargetError("is none of http://, https://, ntfy://, ntfy+http:// and telegram://", {
        code: "ALERT_TARGET",
      });
  }
}

function checked(text: string): URL {
  if (!URL.canParse(text)) throw new AlertTargetError("is no URL", { code: "ALERT_TARGET" });
  return new URL(text);
}

/** Node's `fetch` takes no credentials in a URL. */
function withAuth(url: URL): { readonly url: string; readonly headers: Readonly<Record<string, string>> } {
  const { username, password } = url;
  if (username === "" && password === "") return { url: url.href, headers: {} };
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  const basic = Buffer.from(`${unescaped(username)}:${unescaped(password)}`).toString("base64");
  return { url: bare.href, headers: { Authorization: `Basic ${basic}` } };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AlertTargetError("has a percent sign that stands for nothing", { code: "ALERT_TARGET" });
  }
}

function webhook(url: URL): AlertTarget {
  const { url: href, headers } = withAuth(url);
  return {
    name: url.origin,
    request: (alert) => ({
      url: href,
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify(alert),
    }),
  };
}

function ntfy(url: URL): AlertTarget {
  if (url.pathname === "/") throw new AlertTargetError("names no topic: ntfy://HOST/TOPIC", { code: "ALERT_TARGET" });
  const { url: href, headers } = withAuth(url);
  return {
    name: `ntfy at ${url.host}`,
    request: ({ title, text, severity, state }) => ({
      url: href,
      headers: {
        ...headers,
        "Content-Type": "text/plain; charset=utf-8",
        // A header holds nothing else.
        Title: title.replaceAll(/[^\x20-\x7e]/g, "?"),
        Priority: PRIORITY[severity],
        Tags: state === "over" ? "white_check_mark" : severity === "info" ? "moneybag" : "warning",
      },
      body: text,
    }),
  };
}

function telegram(rest: string): AlertTarget {
  const [, token, chat, query = ""] = /^([\w:-]+)@(-?\w+)\/?(?:\?(.*))?$/.exec(rest) ?? [];
  if (token === undefined || chat === undefined) {
    throw new AlertTargetError("is not telegram://TOKEN@CHAT", { code: "ALERT_TARGET" });
  }
  const api = checked(new URLSearchParams(query).get("api") ?? TELEGRAM);
  if (!/^https?:$/.test(api.protocol)) {
    throw new AlertTargetError("names an interface that is not http:// or https://", { code: "ALERT_TARGET" });
  }
  // A name of a channel begins with a sign that would end the address.
  const chatId = /^-?\d+$/.test(chat) ? chat : `@${chat}`;
  return {
    name: `Telegram at ${api.host}`,
    request: ({ title, text }) => ({
      url: new URL(`/bot${token}/sendMessage`, api).href,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ chat_id: chatId, text: `${title}\n${text}` }),
    }),
  };
}
