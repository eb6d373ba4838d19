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

const notifyOption: OptionRow<readonly string[] | null> = {
  name: "block-notify",
  value: "COMMAND",
  help: "is run for every block of the pool, without a shell: words apart by white space, %h hash, %a finder's address, %n height",
  fallback: null,
  parse: (text) => {
    const words = text.split(/\s+/).filter((word) => word !== "");
    if (words.length === 0) throw new UsageError("--block-notify: needs a program", "block-notify");
    return words;
  },
};

export const announceOptions = { blockNotify: notifyOption, irc: ircOption };
