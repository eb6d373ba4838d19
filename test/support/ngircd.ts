import { type ChildProcess, spawn } from "node:child_process";
import { getDiffieHellman } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { TEST_CERTIFICATE, TEST_KEY } from "./daemon-tls.js";
import { freePort } from "./daemons.js";

const NGIRCD = process.env.NGIRCD ?? "/usr/sbin/ngircd";

/** Why tests with a real IRC server cannot run here; false if they can. */
export const noNgircd: string | false = existsSync(NGIRCD) ? false : `${NGIRCD} is not installed`;

/** A real IRC server on two ports of this machine. */
export class Ngircd {
  readonly port: number;
  readonly tlsPort: number;
  private readonly directory: string;
  private child: ChildProcess | null = null;

  private constructor(port: number, tlsPort: number, directory: string) {
    this.port = port;
    this.tlsPort = tlsPort;
    this.directory = directory;
  }

  /** `settings`: lines for the section `[Global]`. */
  static async start(settings: readonly string[] = []): Promise<Ngircd> {
    const directory = await mkdtemp(join(tmpdir(), "ngircd-"));
    const server = new Ngircd(await freePort(), await freePort(), directory);
    const file = (name: string): string => join(directory, name);
    await writeFile(file("certificate.pem"), TEST_CERTIFICATE);
    await writeFile(file("key.pem"), TEST_KEY);
    await writeFile(file("parameters.pem"), diffieHellman());
    await writeFile(file("motd"), "A server for tests.\n");
    const user = process.getuid?.() === 0 ? ["ServerUID = nobody", "ServerGID = nogroup"] : [];
    const lines = [
      ...["[Global]", "Name = irc.test", "Info = test", "AdminInfo1 = test", "Listen = 127.0.0.1"],
      ...[`Ports = ${server.port}`, `MotdFile = ${file("motd")}`, ...user, ...settings],
      ...["[Limits]", "MaxConnectionsIP = 0", "MaxJoins = 0"],
      ...["[Options]", "DNS = no", "Ident = no", "PAM = no"],
      ...["[SSL]", `Ports = ${server.tlsPort}`, `CertFile = ${file("certificate.pem")}`],
      ...[`KeyFile = ${file("key.pem")}`, `DHFile = ${file("parameters.pem")}`],
    ];
    await writeFile(file("ngircd.conf"), `${lines.join("\n")}\n`);
    // It gives up its rights after it has read the keys, and then is in a folder that it may not enter.
    await server.run();
    return server;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true });
  }

  async kill(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child === null || child.exitCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "close");
  }

  async run(): Promise<void> {
    const child = spawn(NGIRCD, ["-n", "-f", join(this.directory, "ngircd.conf")], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    const said: string[] = [];
    let listening = 0;
    await new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", () => reject(new Error(`ngircd ended: ${said.join("\n")}`)));
      for (const stream of [child.stdout!, child.stderr!]) {
        createInterface({ input: stream }).on("line", (line) => {
          said.push(line);
          if (/Now listening on/.test(line) && ++listening === 2) resolve();
        });
      }
    });
  }

  /** Somebody else in a channel. */
  async visitor(nick: string, channel: string): Promise<IrcVisitor> {
    const visitor = new IrcVisitor(connect(this.port, "127.0.0.1"));
    visitor.send(`NICK ${nick}`);
    visitor.send(`USER ${nick} 0 * :${nick}`);
    await visitor.until(/ 001 /);
    visitor.send(`JOIN ${channel}`);
    await visitor.until(/ 366 /);
    return visitor;
  }
}

/** A client that shows every line. */
export class IrcVisitor {
  readonly lines: string[] = [];
  private readonly socket: Socket;
  private wake = (): void => {};

  constructor(socket: Socket) {
    this.socket = socket;
    createInterface({ input: socket }).on("line", (line) => {
      if (line.startsWith("PING ")) this.send(line.replace("PING", "PONG"));
      this.lines.push(line);
      this.wake();
    });
    socket.on("error", () => {});
  }

  send(line: string): void {
    this.socket.write(`${line}\r\n`);
  }

  /** The first line from number `from` on that fits. */
  async until(pattern: RegExp, from = 0): Promise<string> {
    for (;;) {
      const found = this.lines.slice(from).find((line) => pattern.test(line));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Parameters of RFC 3526 as PKCS #3: without them the server makes its own, which takes long. */
function diffieHellman(): string {
  const prime = getDiffieHellman("modp14").getPrime();
  const head = Buffer.from("308201080282010100", "hex");
  const der = Buffer.concat([head, prime, Buffer.from("020102", "hex")]);
  const lines = der.toString("base64").match(/.{1,64}/g)!;
  return `-----BEGIN DH PARAMETERS-----\n${lines.join("\n")}\n-----END DH PARAMETERS-----\n`;
}
