/** What is used of irc-framework 4.14, which has no types of its own. */
declare module "irc-framework" {
  /** What the library asks of a connection; it is made by `new` with the client's options. */
  export interface Transport {
    isConnected(): boolean;
    connect(): void;
    writeLine(line: string, written?: () => void): void;
    close(force: boolean): void;
    disposeSocket(): void;
    setEncoding(encoding: string): boolean;
  }

  export interface ClientOptions {
    readonly nick: string;
    readonly username: string;
    readonly gecos: string;
    readonly password?: string;
    /** With no account in it nothing is signed in to. */
    readonly account: Record<string, never>;
    /** Empty: who asks for it gets no answer. */
    readonly version: string;
    readonly auto_reconnect: false;
    readonly transport: new () => Transport;
  }

  interface Events {
    registered: [];
    join: [{ readonly nick: string; readonly channel: string }];
    kick: [{ readonly kicked: string; readonly channel: string }];
    "nick in use": [];
    "nick invalid": [];
    "irc error": [{ readonly error: string; readonly reason?: string }];
    message: [{ readonly target: string; readonly message: string }];
    "socket close": [Error | false];
  }

  export class Client {
    readonly user: { readonly nick: string };
    readonly connection: { readonly transport: Transport | null };
    connect(options: ClientOptions): void;
    join(channel: string): void;
    say(channel: string, text: string): void;
    quit(): void;
    changeNick(nick: string): void;
    caseCompare(one: string, other: string): boolean;
    on<Name extends keyof Events>(event: Name, listener: (...args: Events[Name]) => void): this;
    removeAllListeners(): this;
  }
}
