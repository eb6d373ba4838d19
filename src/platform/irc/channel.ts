import type { Client } from "irc-framework";
import { errorMessage } from "../../core/errors.js";
import type { Random } from "../../core/random.js";
import { type Clock, sleep, type Timer } from "../clock.js";
import type { Logger } from "../log.js";
import type { IrcServer } from "./server.js";
import { ircSocket } from "./socket.js";

export interface IrcChannelOptions {
  readonly server: IrcServer;
  /** Where the server's address names none. */
  readonly channel: string;
  /** Certificates trusted beside the system's, PEM; none by default. */
  readonly trust?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** What anybody said in the channel. Strangers' text: never to be obeyed. */
  readonly onMessage: (text: string) => void;
}

/** To be in the channel within this time. */
const JOIN_MS = 60_000;
/** Until the next attempt; twice as long after each failure, and up to a half longer by chance. */
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 600_000;
/** Who was in the channel for so long begins anew with short pauses. */
const WELL_MS = 60_000;
const QUIT_MS = 1_000;
const MAX_TEXT = 128;

/**
 * Keeps in a channel of an IRC server, for a word now and then (spec/08 §14). Nothing that is said there has an effect here:
 * no questions are answered, invitations not followed. Who is sent away stays away for ten minutes at least.
 *
 * Life: `start` returns at once; after `stop` has resolved no connection or timer of it is left.
 */
export class IrcChannel {
  readonly name: string;
  private readonly options: IrcChannelOptions;
  private readonly ending = new AbortController();
  private loop: Promise<void> | null = null;
  /** While it is in the channel. */
  private joined: Client | null = null;
  private isTold = false;

  constructor(options: IrcChannelOptions) {
    this.options = options;
    this.name = options.server.channel ?? options.channel;
  }

  get isJoined(): boolean {
    return this.joined !== null;
  }

  start(): void {
    this.loop ??= this.run();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.loop;
  }

  /** Says a line, if it is in the channel. */
  say(text: string): void {
    this.joined?.say(this.name, text.replaceAll(/[\r\n\0]/g, " "));
  }

  private async run(): Promise<void> {
    const { clock, random, log } = this.options;
    const { signal } = this.ending;
    const IrcClient = await this.load();
    if (IrcClient === null) return;
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const { reason, wasWell, isSentAway } = await this.visit(IrcClient);
      if (signal.aborted) return;
      if (wasWell) pauseMs = FIRST_PAUSE_MS;
      if (isSentAway) pauseMs = LONGEST_PAUSE_MS;
      const fields = { server: this.options.server.host, channel: this.name, reason };
      if (this.isTold) log.debug(fields, "the IRC channel is still out of reach");
      else log.warn(fields, "the IRC channel is out of reach; it is tried again");
      this.isTold = true;
      await sleep(clock, pauseMs * (1 + random.uniform() / 2), signal);
    }
  }

  private async load(): Promise<typeof Client | null> {
    try {
      return (await import("irc-framework")).Client;
    } catch (error) {
      const text = "blocks are not announced on IRC: the package irc-framework is not installed";
      this.options.log.error({ error: errorMessage(error) }, text);
      return null;
    }
  }

  /** One connection, from its beginning to its end. */
  private visit(
    IrcClient: typeof Client,
  ): Promise<{ readonly reason: string; readonly wasWell: boolean; readonly isSentAway: boolean }> {
    const { server, clock, log, onMessage } = this.options;
    const { signal } = this.ending;
    const client = new IrcClient();
    const cut = (): void => client.connection.transport?.disposeSocket();
    let joinedMs: number | null = null;
    let reason: string | null = null;
    let isSentAway = false;
    return new Promise((resolve) => {
      const leave = (why: string, sentAway = false): void => {
        reason ??= why;
        isSentAway ||= sentAway;
        client.quit();
        timer.cancel();
        timer = clock.after(QUIT_MS, cut);
      };
      let timer: Timer = clock.after(JOIN_MS, () => leave("no way into the channel within a minute"));
      const onAbort = (): void => leave("this node ends");
      signal.addEventListener("abort", onAbort, { once: true });
      client.on("registered", () => client.join(this.name));
      const otherNick = (): void => client.changeNick(this.nick(3));
      client.on("nick in use", otherNick);
      client.on("nick invalid", otherNick);
      client.on("join", ({ nick, channel }) => {
        if (!client.caseCompare(nick, client.user.nick) || !client.caseCompare(channel, this.name)) return;
        timer.cancel();
        joinedMs = clock.monotonicMs();
        this.joined = client;
        this.isTold = false;
        log.info({ server: server.host, channel: this.name }, "blocks of the pool are announced on IRC");
      });
      client.on("kick", ({ kicked, channel }) => {
        if (client.caseCompare(kicked, client.user.nick) && client.caseCompare(channel, this.name)) {
          this.joined = null;
          leave("it was sent out of the channel", true);
        }
      });
      client.on("irc error", ({ error, reason: detail }) => {
        const text = printable(`${error}: ${detail ?? "no reason was given"}`);
        // With this one the server ends the connection.
        if (error === "irc") reason ??= text;
        else if (joinedMs === null) leave(text, true);
      });
      client.on("message", ({ target, message }) => {
        if (client.caseCompare(target, this.name)) onMessage(message);
      });
      client.on("socket close", (error) => {
        timer.cancel();
        signal.removeEventListener("abort", onAbort);
        this.joined = null;
        client.removeAllListeners();
        cut();
        reason ??= error === false ? "the connection ended" : printable(errorMessage(error));
        resolve({ reason, isSentAway, wasWell: joinedMs !== null && clock.monotonicMs() - joinedMs >= WELL_MS });
      });
      client.connect({
        nick: this.nick(2),
        username: "p2pool",
        gecos: "P2Pool node",
        ...(server.password === null ? {} : { password: server.password }),
        account: {},
        version: "",
        auto_reconnect: false,
        transport: ircSocket(this.options),
      });
    });
  }

  /** Nine characters at most, as some servers have it. */
  private nick(digits: number): string {
    const number = Math.floor(this.options.random.uniform() * 10 ** digits);
    return `p2pool${String(number).padStart(digits, "0")}`;
  }
}

/** A stranger's text for the log. */
function printable(text: string): string {
  return text.slice(0, MAX_TEXT).replaceAll(/[^\x20-\x7e]/g, "?");
}
