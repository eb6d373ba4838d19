import { type IrcServer, parseIrcServer } from "../../platform/irc/server.js";
import { type OptionRow, UsageError } from "../options.js";

const LIBERA = "ircs://irc.libera.chat";

const ircOption: OptionRow<IrcServer | null> = {
  name: "irc-announce",
  value: "[URL]",
  bare: { value: LIBERA, takes: /^ircs?:/i },
  help: `tell of the pool's blocks on IRC: ircs://HOST[:PORT][/CHANNEL], irc:// without TLS, :PASSWORD@ before the host; without URL ${LIBERA} and the network's channel`,
  secret: true,
  fallback: null,
  parse: (text) => {
    // As a switch in the environment.
    if (/^(?:0|false|no|off|)$/i.test(text)) return null;
    const server = parseIrcServer(/^(?:1|true|yes|on)$/i.test(text) ? LIBERA : text);
    if (server !== null) return server;
    // It may hold a password.
    throw new UsageError("--irc-announce: needs ircs://HOST[:PORT][/CHANNEL], or irc:// for no TLS", "irc-announce");
  },
};

export const announceOptions = { irc: ircOption };
