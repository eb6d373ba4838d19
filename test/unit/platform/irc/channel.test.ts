import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { describe, type TestContext, test } from "node:test";
import { IrcChannel } from "../../../../src/platform/irc/channel.js";
import { createLogger } from "../../../../src/platform/log.js";
import { VirtualClock } from "../../workers/support/virtual-clock.js";

/** What no real server does: speaks by a script. `greet`: what it sends once the client has given its name. */
async function scripted(t: TestContext, greet: (nick: string) => string) {
  const received: string[] = [];
  const sockets: Socket[] = [];
  let wake = (): void => {};
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("close", () => wake());
    createInterface({ input: socket }).on("line", (line) => {
      received.push(line);
      if (line.startsWith("NICK ")) socket.write(greet(line.slice(5)));
      if (line.startsWith("JOIN ")) socket.write(`:${nick()}!u@h JOIN ${line.slice(5)}\r\n`);
      wake();
    });
  });
  const nick = (): string => received.findLast((line) => line.startsWith("NICK "))!.slice(5);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const clock = new VirtualClock();
  const lines: { msg: string; reason?: string }[] = [];
  const heard: string[] = [];
  const log = createLogger("debug", {
    write: (text) => {
      lines.push(JSON.parse(text) as { msg: string });
      wake();
    },
  });
  const channel = new IrcChannel({
    server: {
      host: "127.0.0.1",
      port: (server.address() as AddressInfo).port,
      isTls: false,
      password: null,
      channel: null,
    },
    channel: "#pool",
    clock,
    random: { uniform: () => 0, uint32: () => 0 },
    log,
    onMessage: (text) => void heard.push(text),
  });
  const until = async (is: () => boolean): Promise<void> => {
    while (!is()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const says = (msg: RegExp): Promise<void> => until(() => lines.some((line) => msg.test(line.msg)));
  t.after(async () => {
    await channel.stop();
    for (const socket of sockets) socket.destroy();
    server.close();
    assert.equal(clock.timers, 0);
  });
  channel.start();
  return { channel, clock, lines, received, sockets, heard, until, says };
}

const WELCOME = (nick: string): string => `:irc 001 ${nick} :hello\r\n`;

describe("an IRC server that means harm", () => {
  test("lines that the library stumbles over, lists without an end, commands: the node stays, and answers only PING", async (t) => {
    const garbage = [
      ":irc 352 me",
      ":irc 353 me",
      ":irc 005 me STATUSMSG=@ STATUSMSG=@ :x",
      ":irc 375 me",
      ...Array.from({ length: 2_000 }, () => `:irc 372 me :${"x".repeat(400)}`),
      ":irc 433",
      "KICK",
      "JOIN",
      "PRIVMSG",
      ":x PRIVMSG #pool",
      "CAP",
      "CAP * LS",
      ...Array.from({ length: 200 }, (_, i) => `CAP * NEW :server-time a${i}`),
      "\0",
      "@a=b",
      ":",
      "BATCH +a b",
      ":a!b@c INVITE me #elsewhere",
      ":a!b@c PRIVMSG me :\x01VERSION\x01",
      ":a!b@c PRIVMSG #pool :\x01PING 1\x01",
      ":a!b@c PRIVMSG #elsewhere :not for us",
      ":a!b@c PRIVMSG #POOL :for all\x07",
      "PING :token",
    ];
    const { channel, received, heard, until } = await scripted(
      t,
      (nick) => `${WELCOME(nick)}${garbage.join("\r\n")}\r\n`,
    );
    await until(() => received.some((line) => line.startsWith("PONG token")) && channel.isJoined);
    assert.deepEqual([...new Set(heard)], ["#pool", "for all\x07"]);
    const answers = received.map((line) => line.split(" ")[0]);
    assert.deepEqual([...new Set(answers)].sort(), ["CAP", "JOIN", "NICK", "PONG", "USER"]);
    assert.ok(answers.filter((word) => word === "CAP").length <= 51);
    channel.say("one\r\nQUIT :two");
    await until(() => received.some((line) => line.startsWith("PRIVMSG")));
    assert.deepEqual(
      received.filter((line) => /^(PRIVMSG|QUIT)/.test(line)),
      ["PRIVMSG #pool :one  QUIT :two"],
    );
  });

  test("a line without an end", async (t) => {
    const { clock, lines, sockets, until, says } = await scripted(t, () => "x".repeat(20_000));
    await says(/out of reach; it is tried again/);
    assert.equal(lines.at(-1)!.reason, "the server sent a line without an end");
    await until(() => clock.timers === 1);
    clock.advance(10_000);
    await until(() => sockets.length === 2);
  });

  test("silence: given up after a minute, and pauses grow up to ten minutes", async (t) => {
    const { clock, sockets, until } = await scripted(t, () => "");
    const pauses: number[] = [];
    for (let n = 1; pauses.length < 9; n++) {
      await until(() => sockets.length === n);
      // The time-out of the connection, and the one of the farewell.
      await until(() => clock.timers === 1);
      clock.advance(60_000);
      await until(() => sockets[n - 1]!.closed);
      for (;;) {
        // Its end reaches the client a little later.
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (clock.timers === 1) break;
      }
      const before = clock.now();
      while (sockets.length === n) {
        clock.advance(5_000);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      pauses.push(Math.round(clock.now() - before));
    }
    assert.deepEqual(
      pauses.slice(0, 3),
      pauses.slice(0, 3).toSorted((a, b) => a - b),
    );
    assert.ok(pauses.at(-1)! >= 600 && pauses[0]! <= 60, pauses.join(" "));
  });
});
