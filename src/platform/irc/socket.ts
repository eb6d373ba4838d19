import { EventEmitter } from "node:events";
import { connect as open, type Socket } from "node:net";
import { connect as openTls } from "node:tls";
import type { Transport } from "irc-framework";
import { errorMessage } from "../../core/errors.js";
import type { Logger } from "../log.js";
import type { IrcServer } from "./server.js";

interface IrcSocketOptions {
  readonly server: IrcServer;
  /** Certificates trusted beside the system's, PEM. */
  readonly trust?: string;
  readonly log: Logger;
}

/** Longest line that is read: message and tags (IRCv3), with room. */
const MAX_LINE = 16_384;
/** Of the lines that negotiate abilities of the protocol, in one connection. */
const MAX_CAP_LINES = 50;
/** More than the library's ping and its time-out take together. */
const SILENCE_MS = 180_000;
/** The library keeps lists of what other lines say, without bounds; none is needed to say something in a channel. */
const NEEDED = new Set(
  "001 403 405 432 433 436 437 464 465 471 473 474 475 477 CAP ERROR JOIN KICK NICK NOTICE PING PONG PRIVMSG".split(
    " ",
  ),
);

/** The library's own connection has no bound for a line, and lets what a server sends raise errors in the event loop. */
class IrcSocket extends EventEmitter implements Transport {
  private readonly options: IrcSocketOptions;
  private socket: Socket | null = null;
  private isOpen = false;
  private rest = "";
  private capLines = 0;
  private failure: Error | null = null;

  constructor(options: IrcSocketOptions) {
    super();
    this.options = options;
  }

  isConnected(): boolean {
    return this.isOpen;
  }

  connect(): void {
    const { host, port, isTls } = this.options.server;
    // A certificate's names are those of hosts; numeric addresses are compared without one.
    const socket = isTls ? openTls({ host, port, ...this.trust() }) : open({ host, port });
    this.socket = socket;
    socket.setEncoding("utf8").setTimeout(SILENCE_MS, () => socket.destroy(new Error("the server fell silent")));
    socket.once(isTls ? "secureConnect" : "connect", () => {
      this.isOpen = true;
      this.emit("open");
    });
    socket.on("data", (chunk: Buffer | string) => this.received(String(chunk)));
    socket.on("error", (error) => {
      this.failure = error;
    });
    socket.once("close", () => {
      this.isOpen = false;
      this.emit("close", this.failure ?? false);
    });
  }

  writeLine(line: string, written?: () => void): void {
    if (this.socket !== null && this.isOpen) this.socket.write(`${line}\r\n`, () => written?.());
    else if (written !== undefined) process.nextTick(written);
  }

  close(force: boolean): void {
    if (force || !this.isOpen) this.socket?.destroy();
    else this.socket?.end();
  }

  disposeSocket(): void {
    this.socket?.destroy();
  }

  setEncoding(encoding: string): boolean {
    return encoding === "utf8";
  }

  private trust(): { readonly ca?: string; readonly servername?: string } {
    const { server, trust } = this.options;
    const isName = !/^[\d.]+$|:/.test(server.host);
    return { ...(trust === undefined ? {} : { ca: trust }), ...(isName ? { servername: server.host } : {}) };
  }

  private received(text: string): void {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop()!;
    if (this.rest.length > MAX_LINE) this.socket?.destroy(new Error("the server sent a line without an end"));
    for (const line of lines) {
      if (!this.isOpen) return;
      this.pass(line.replace(/\r$/, ""));
    }
  }

  private pass(line: string): void {
    const command = /^(?:@\S* +)?(?::\S* +)?(\S+)/.exec(line)?.[1]?.toUpperCase() ?? "";
    if (line.length > MAX_LINE || !NEEDED.has(command)) return;
    if (command === "CAP" && ++this.capLines > MAX_CAP_LINES) return;
    try {
      this.emit("line", line);
    } catch (error) {
      this.options.log.debug({ error: errorMessage(error) }, "a line of the IRC server could not be read");
    }
  }
}

/** For the library, which makes its connection itself. */
export function ircSocket(options: IrcSocketOptions): new () => Transport {
  return class extends IrcSocket {
    constructor() {
      super(options);
    }
  };
}
