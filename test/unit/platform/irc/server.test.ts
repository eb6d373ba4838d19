import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseIrcServer } from "../../../../src/platform/irc/server.js";

const NONE = { password: null, channel: null };

describe("address of an IRC server", () => {
  const right: [string, object][] = [
    ["ircs://irc.libera.chat", { host: "irc.libera.chat", port: 6697, isTls: true, ...NONE }],
    ["irc://irc.example", { host: "irc.example", port: 6667, isTls: false, ...NONE }],
    ["ircs://irc.example:7000/", { host: "irc.example", port: 7000, isTls: true, ...NONE }],
    ["irc://[::1]:6667/p2pool", { host: "::1", port: 6667, isTls: false, password: null, channel: "#p2pool" }],
    ["irc://h/#pool-alt", { host: "h", port: 6667, isTls: false, password: null, channel: "#pool-alt" }],
    ["irc://h/%23pool", { host: "h", port: 6667, isTls: false, password: null, channel: "#pool" }],
    ["irc://h/&local", { host: "h", port: 6667, isTls: false, password: null, channel: "&local" }],
    ["ircs://:s%3Acret@h/x", { host: "h", port: 6697, isTls: true, password: "s:cret", channel: "#x" }],
  ];
  for (const [text, server] of right) test(text, () => assert.deepEqual(parseIrcServer(text), server));

  const wrong = [
    ["another protocol", "https://irc.example/"],
    ["no host", "irc:///#x"],
    ["no URL", "irc.example"],
    ["a user's name", "irc://me:word@h"],
    ["a channel twice", "irc://h/one#two"],
    ["two channels", "irc://h/one,%23two"],
    ["a word behind the channel", "irc://h/one%20two"],
    ["a line of its own", "irc://h/one%0D%0AQUIT"],
    ["a line of its own in the password", "irc://:a%0Ab@h/one"],
    ["a bad escape", "irc://h/%ff"],
    ["a question", "irc://h/one?key=1"],
  ] as const;
  for (const [why, text] of wrong) test(`wrong: ${why}`, () => assert.equal(parseIrcServer(text), null));
});
