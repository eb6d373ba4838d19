import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ConfFileError,
  type ConfFileErrorCode,
  type ConfSection,
  ConfValues,
  parseConf,
} from "../../../src/daemon/discovery/conf-file.js";

function valueIn(text: string, name: string, section: ConfSection = "main"): string | null {
  return new ConfValues(parseConf(text, "x.conf").entries, section).get(name)?.value ?? null;
}

describe("the coin daemon's configuration file (spec/14 §9)", () => {
  const values: [what: string, text: string, name: string, section: ConfSection, value: string | null][] = [
    ["space around both", "  rpcuser \t=  me  ", "rpcuser", "main", "me"],
    ["more equals signs", "rpcpassword=a=b==", "rpcpassword", "main", "a=b=="],
    ["a comment ends the line", "rpcuser=me # you", "rpcuser", "main", "me"],
    ["a comment in a password too", "rpcpassword=ab#cd", "rpcpassword", "main", "ab"],
    ["blank lines and CRLF", "\r\n\r\nrpcuser=me\r\nrpcport=1\r\n", "rpcuser", "main", "me"],
    ["a byte order mark", "\uFEFFrpcuser=me", "rpcuser", "main", "me"],
    ["the first of two wins", "rpcuser=a\nrpcuser=b", "rpcuser", "main", "a"],
    ["the section over the global value", "rpcuser=a\n[regtest]\nrpcuser=b", "rpcuser", "regtest", "b"],
    ["a section of another chain", "[regtest]\nrpcuser=b", "rpcuser", "main", null],
    ["a global value on a test chain", "rpcuser=a\n[test]\nrpcport=1", "rpcuser", "test", "a"],
    ["a section named with a dot", "regtest.rpcuser=b\nrpcuser=a", "rpcuser", "regtest", "b"],
    ["main is a section as well", "[main]\nrpcport=5", "rpcport", "main", "5"],
    ["a global port on the main chain", "rpcport=5", "rpcport", "main", "5"],
    ["a global port on a test chain is ignored", "rpcport=5", "rpcport", "signet", null],
    ["a port of the test chain's section", "rpcport=5\n[signet]\nrpcport=6", "rpcport", "signet", "6"],
    ["negation", "noserver=1", "server", "main", "0"],
    ["double negation", "noserver=0", "server", "main", "1"],
    ["an empty value", "rpcuser=", "rpcuser", "main", ""],
    ["the first of a section that comes twice", "[test]\nrpcuser=a\n[main]\n[test]\nrpcuser=b", "rpcuser", "test", "a"],
    ["nothing", "", "rpcuser", "main", null],
  ];
  for (const [what, text, name, section, value] of values) {
    test(what, () => assert.equal(valueIn(text, name, section), value));
  }

  const refused: [what: string, text: string, place: string][] = [
    ["a dash before a name", "rpcuser=me\n-server=1", "x.conf:2"],
    ["no equals sign", "\n\nserver", "x.conf:3"],
    ["a lone password", "hunter2", "x.conf:1"],
  ];
  for (const [what, text, place] of refused) {
    test(`refuses ${what}, without repeating it`, () => {
      assert.throws(
        () => parseConf(text, "x.conf"),
        (error) =>
          error instanceof ConfFileError &&
          error.code === ("CONF_LINE" satisfies ConfFileErrorCode) &&
          error.data.place === place &&
          !error.message.includes("hunter2"),
      );
    });
  }

  test("a port must be one", () => {
    const values = new ConfValues(parseConf("rpcport=secret", "x.conf").entries, "main");
    assert.throws(() => values.port("rpcport"), { code: "CONF_VALUE", message: "x.conf:1: rpcport is no port" });
  });

  test("warns of # in a password and of unknown sections", () => {
    const { warnings } = parseConf("rpcpassword=a#b\n[mainnet]\nrpcuser=x#y", "x.conf");
    assert.equal(warnings.length, 2);
    assert.match(warnings[0] ?? "", /^x\.conf:1: # begins a comment/);
    assert.match(warnings[1] ?? "", /^x\.conf:2: no chain has this section's name/);
  });

  const chains: [text: string, chain: ConfSection | null][] = [
    ["rpcuser=a", null],
    ["testnet=1", "test"],
    ["testnet=0", null],
    ["regtest=1", "regtest"],
    ["testnet4=1", "testnet4"],
    ["signet=1", "signet"],
    ["chain=test", "test"],
    ["chain=main", "main"],
    ["[regtest]\nregtest=1", null],
    ["test=1\nmain=1", null],
  ];
  for (const [text, chain] of chains) {
    test(`${JSON.stringify(text)} chooses ${chain}`, () => {
      const chosen = new ConfValues(parseConf(text, "x.conf").entries, "main").chosenChain();
      assert.equal(chosen?.chain ?? null, chain);
    });
  }
});
