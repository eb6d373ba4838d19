import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { concatBytes } from "../../../../src/core/bytes.js";
import { encodeFrame } from "../../../../src/core/frame.js";
import { HeaderRequestError } from "../../../../src/daemon/p2p/header-requests.js";
import { LIMITS, TIMERS } from "../../../../src/daemon/p2p/limits.js";
import { type DaemonLink, headerOn, PREFIX, Scene } from "./support/scripted-daemon.js";

const A = "aa".repeat(32);
const B = "bb".repeat(32);

describe("coin P2P", () => {
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene();
  });
  afterEach(async () => {
    await scene.stop();
    assert.deepEqual([scene.hosts.size, scene.time.size], [0, 0], "nothing is left");
  });

  describe("handshake and life", () => {
    test("says who we are, asks for no transactions, and answers pings", async () => {
      const daemon = await scene.connected();
      const [version] = daemon.of("version");
      assert.equal(version?.version, 70_002);
      assert.equal(version.relay, false);
      // Whoever serves no chain is not asked for one.
      assert.equal(version.services & 1n, 0n);
      assert.equal(new TextDecoder().decode(version.userAgent), "/P2Pool:test/");
      assert.equal(scene.p2p.hello?.userAgent, "/Satoshi:0.21.2.1/");
      assert.equal(scene.p2p.hello.startHeight, 7);
      daemon.send("ping", { nonce: 77n });
      await scene.time.run(100);
      assert.deepEqual(
        daemon.sent.map(({ command }) => command),
        ["version", "verack", "ping", "pong"],
      );
      assert.deepEqual(daemon.of("pong"), [{ nonce: 77n }]);
    });

    test("control characters of a user agent go nowhere", async () => {
      await scene.connected("/a\u001b[31m\n/");
      assert.equal(scene.p2p.hello?.userAgent, "/a?[31m?/");
    });

    test("pings every 30 s; a daemon that answers nothing for 90 s is left, and found again", async () => {
      const daemon = await scene.connected();
      await scene.time.run(TIMERS.ping * 2 + 2_000);
      assert.equal(daemon.of("ping").length, 3);
      assert.equal(daemon.isClosed, false);
      await scene.time.run(TIMERS.ping + 5_000);
      assert.equal(daemon.isClosed, true);
      assert.equal(scene.links.length, 2);
      assert.notEqual(scene.p2p.hello, null);
    });

    test("a daemon that says nothing is given up after 10 s", async () => {
      await scene.listen(null);
      scene.p2p.start();
      await scene.time.run(TIMERS.handshake - 100);
      assert.equal(scene.links.length, 1);
      assert.equal(scene.links[0]!.isClosed, false);
      await scene.time.run(2_000);
      assert.equal(scene.links[0]!.isClosed, true);
    });

    test("tries again after 1, 2, 4, 8 and then every 15 s, and quickly again after a handshake", async () => {
      const { attempts } = scene;
      scene.p2p.start();
      await scene.time.run(62_000);
      const pauses = attempts.slice(1).map((atMs, i) => Math.round((atMs - attempts[i]!) / 1_000));
      assert.deepEqual(pauses, [1, 2, 4, 8, 15, 15, 15]);
      await scene.listen();
      await scene.time.until(() => scene.p2p.hello !== null);
      attempts.length = 0;
      const leftMs = scene.time.monotonicMs();
      scene.links[0]!.link.abort();
      await scene.time.until(() => attempts.length > 0);
      assert.equal(Math.round((attempts[0]! - leftMs) / 1_000), 1);
    });

    test("the first attempt is over when there is a connection, or none", async () => {
      let isOver = false;
      void scene.p2p.firstAttempt.then(() => {
        isOver = true;
      });
      await scene.time.run(1_000);
      assert.equal(isOver, false);
      scene.p2p.start();
      await scene.time.run(1_000);
      assert.equal(isOver, true);
    });
  });

  describe("announcements", () => {
    test("each new block is told once; other kinds of inventory mean nothing", async () => {
      const daemon = await scene.connected();
      daemon.send("inv", {
        entries: [
          { type: 1, hash: B },
          { type: 5, hash: B },
          { type: 0x40000002, hash: B },
          { type: 2, hash: A },
        ],
      });
      daemon.announce(A);
      await scene.time.run(100);
      assert.deepEqual(scene.blocks, [A]);
      assert.equal(daemon.isClosed, false);
      assert.deepEqual(daemon.of("getdata"), []);
    });

    test("of a long list the newest blocks are told, and of a flood so many as there may be", async () => {
      const daemon = await scene.connected();
      const hashes = Array.from({ length: 300 }, (_, i) => i.toString(16).padStart(64, "0"));
      daemon.announce(...hashes.slice(0, 20));
      await scene.time.run(10);
      assert.deepEqual(scene.blocks, hashes.slice(20 - LIMITS.blocksOfList, 20));
      for (const hash of hashes.slice(20)) daemon.announce(hash);
      await scene.time.run(10);
      assert.equal(scene.blocks.length, LIMITS.blocks.burst);
      // Later there is room for more.
      await scene.time.run(1_000);
      daemon.announce(A);
      await scene.time.run(10);
      assert.equal(scene.blocks.at(-1), A);
    });

    test("a list as long as lists of transactions is passed over", async () => {
      const daemon = await scene.connected();
      daemon.announce(...Array.from({ length: 1_001 }, (_, i) => i.toString(16).padStart(64, "0")));
      daemon.announce(A);
      await scene.time.run(100);
      assert.deepEqual(scene.blocks, [A]);
      assert.equal(daemon.isClosed, false);
    });

    test("headers that were not asked for are an announcement", async () => {
      const daemon = await scene.connected();
      const first = headerOn(A);
      const second = headerOn(first.hash);
      daemon.send("headers", { headers: [first.header, second.header] });
      await scene.time.run(100);
      assert.deepEqual(scene.blocks, [second.hash]);
      assert.deepEqual(
        scene.headers.map(({ hash }) => hash),
        [first.hash, second.hash],
      );
    });

    test("a daemon that does not announce two blocks in a row is connected with anew", async () => {
      const daemon = await scene.connected();
      // The tip before the connection need not be announced, nor one that was short.
      const told = headerOn(null, 1).hash;
      daemon.announce(told);
      for (const tip of ["01", "02"]) {
        scene.p2p.tipIs(tip.repeat(32));
        await scene.time.run(500);
      }
      for (const tip of [told, "03".repeat(32), "04".repeat(32)]) {
        scene.p2p.tipIs(tip);
        await scene.time.run(3_000);
      }
      assert.equal(daemon.isClosed, false, "one was missed yet, and the newest may be on its way");
      scene.p2p.tipIs("05".repeat(32));
      await scene.time.run(3_000);
      assert.equal(daemon.isClosed, true);
      assert.equal(scene.links.length, 2);
    });

    test("blocks of our own count as announced", async () => {
      const daemon = await scene.connected();
      scene.p2p.tipIs("01".repeat(32));
      for (const tip of ["02", "03", "04", "05"]) {
        const hash = tip.repeat(32) as ReturnType<typeof headerOn>["hash"];
        scene.p2p.sendBlock({ hash, raw: new Uint8Array(81) });
        scene.p2p.tipIs(hash);
        await scene.time.run(3_000);
      }
      assert.equal(daemon.isClosed, false);
    });
  });

  describe("headers", () => {
    test("are asked for by hash; who asks for the same one shares its answer", async () => {
      const daemon = await scene.connected();
      const wanted = headerOn(A);
      const answers = [scene.p2p.header(wanted.hash), scene.p2p.header(wanted.hash)];
      await scene.time.run(100);
      assert.deepEqual(daemon.of("getheaders"), [{ version: 1, locator: [], stop: wanted.hash }]);
      daemon.send("headers", { headers: [wanted.header] });
      await scene.time.run(100);
      for (const answer of await Promise.all(answers)) assert.deepEqual(answer, wanted);
      assert.deepEqual(scene.blocks, [], "no announcement");
    });

    test("without an answer, without a connection, or too many: an error that says so", async () => {
      const isError = (code: string) => (error: unknown) => error instanceof HeaderRequestError && error.code === code;
      await assert.rejects(scene.p2p.header(A), isError("COIN_HEADER_NO_CONNECTION"));
      const daemon = await scene.connected();
      const late = assert.rejects(scene.p2p.header(A), isError("COIN_HEADER_TIMEOUT"));
      await scene.time.run(TIMERS.header + 100);
      await late;
      const lost = Array.from({ length: LIMITS.headerRequests }, (_, i) =>
        assert.rejects(scene.p2p.header(headerOn(A, i).hash), isError("COIN_HEADER_NO_CONNECTION")),
      );
      await assert.rejects(scene.p2p.header(B), isError("COIN_HEADER_BUSY"));
      daemon.link.abort();
      await scene.time.run(100);
      await Promise.all(lost);
    });
  });

  describe("blocks of ours", () => {
    const block = { hash: headerOn(A).hash, raw: concatBytes(headerOn(A).bytes, new Uint8Array(500_000)) };

    test("leave at once, and again on a connection that comes while they are not settled", async () => {
      const daemon = await scene.connected();
      scene.p2p.sendBlock(block);
      await scene.time.run(100);
      assert.deepEqual(
        daemon.of("block").map(({ raw }) => raw.length),
        [block.raw.length],
      );
      daemon.link.abort();
      await scene.time.until(() => scene.links.length === 2 && scene.links[1]!.of("block").length > 0);
      assert.deepEqual(scene.links[1]!.of("block")[0]?.raw, block.raw);
      scene.p2p.blockSettled(block.hash);
      scene.links[1]!.link.abort();
      await scene.time.until(() => scene.links.length === 3);
      await scene.time.run(1_000);
      assert.deepEqual(scene.links[2]!.of("block"), []);
    });

    test("found while there is no connection they wait for one, but not for ever", async () => {
      scene.p2p.start();
      scene.p2p.sendBlock(block);
      await scene.time.run(5_000);
      await scene.listen();
      await scene.time.until(() => scene.p2p.hello !== null);
      await scene.time.run(1_000);
      assert.equal(scene.links[0]!.of("block").length, 1);
      await scene.time.run(TIMERS.blockKept);
      const before = scene.links.length;
      scene.links.at(-1)!.link.abort();
      await scene.time.until(() => scene.links.length > before && scene.p2p.hello !== null);
      await scene.time.run(1_000);
      assert.deepEqual(scene.links.at(-1)!.of("block"), []);
    });

    test("a daemon that drops who sends unasked is told, and served", async () => {
      const daemon = await scene.connected("/bcoin:v1.0.2/");
      scene.p2p.sendBlock(block);
      await scene.time.run(100);
      assert.deepEqual(daemon.of("block"), []);
      assert.deepEqual(daemon.of("inv"), [{ entries: [{ type: 2, hash: block.hash }] }]);
      daemon.send("getheaders", { version: 70_016, locator: [A], stop: block.hash });
      daemon.send("getdata", {
        entries: [
          { type: 0x40000002, hash: block.hash },
          { type: 2, hash: block.hash },
          { type: 2, hash: A },
          { type: 1, hash: block.hash },
        ],
      });
      await scene.time.run(100);
      assert.equal(daemon.of("headers").length, 1);
      assert.deepEqual(
        daemon.of("block").map(({ raw }) => raw.length),
        [block.raw.length],
      );
    });
  });

  test("a block of ours that is asked for again and again is sent a few times only", async () => {
    const block = { hash: headerOn(A).hash, raw: concatBytes(headerOn(A).bytes, new Uint8Array(1_000)) };
    const daemon = await scene.connected("/bcoin:v1.0.2/");
    scene.p2p.sendBlock(block);
    for (let i = 0; i < 20; i++) daemon.send("getdata", { entries: [{ type: 2, hash: block.hash }] });
    await scene.time.run(100);
    assert.equal(daemon.of("block").length, LIMITS.answersOfBlock);
    assert.equal(daemon.isClosed, false);
  });

  describe("what the other side may send", () => {
    function frame(command: string, length: number): Uint8Array {
      return encodeFrame(PREFIX, command, new Uint8Array(length));
    }

    /** Sends it on a connection; whether that ended it. */
    async function ends(bytes: Uint8Array): Promise<boolean> {
      const daemon = await scene.connected();
      daemon.raw(bytes);
      await scene.time.run(500);
      return daemon.isClosed;
    }

    const faults: Readonly<Record<string, () => Uint8Array>> = {
      "bytes of another network": () => Uint8Array.of(0xf9, 0xbe, 0xb4, 0xd9),
      "a wrong checksum": () => frame("inv", 1).map((byte, i) => (i === 20 ? byte ^ 1 : byte)),
      "a list longer than its message": () => encodeFrame(PREFIX, "inv", Uint8Array.of(0xfd, 0xff, 0xff)),
      "a second version": () => frame("version", 86),
      "a ping of 9 bytes": () => frame("ping", 9),
      "an inventory over 50,000": () => frame("inv", LIMITS.payloads.inv + 1).subarray(0, 100),
      "a length over 32 MB": () => {
        const bytes = frame("block", 0);
        new DataView(bytes.buffer).setUint32(16, 32_000_001, true);
        return bytes;
      },
    };
    for (const [name, bytes] of Object.entries(faults)) {
      test(`${name} ends the connection`, async () => assert.equal(await ends(bytes()), true));
    }

    test("commands that we do not read are passed over, long ones without being held", async () => {
      const unread = concatBytes(frame("alert", 168), frame("block", 4_000_000), frame("reject", 3), frame("x", 0));
      assert.equal(await ends(unread), false);
      const [daemon] = scene.links;
      daemon!.announce(A);
      await scene.time.run(100);
      assert.deepEqual(scene.blocks, [A]);
    });

    test("too many messages, or too much that nobody reads, end it", async () => {
      const pongs = concatBytes(...Array.from({ length: LIMITS.messages.burst + 1 }, () => frame("pong", 8)));
      assert.equal(await ends(pongs), true);
    });

    test("a flood that nobody reads ends it", async () => {
      const blocks = concatBytes(...Array.from({ length: 17 }, () => frame("block", 4_000_000)));
      assert.equal(await ends(blocks), true);
    });

    test("news before the handshake is not believed, and a verack without a version ends it", async () => {
      await scene.listen(null);
      scene.p2p.start();
      await scene.time.until(() => scene.links.length === 1);
      const [daemon] = scene.links as [DaemonLink];
      daemon.announce(A);
      await scene.time.run(100);
      assert.deepEqual([scene.blocks, daemon.isClosed], [[], false]);
      daemon.send("verack", {});
      await scene.time.run(100);
      assert.equal(daemon.isClosed, true);
    });

    test("a message that does not come to its end is waited for a minute", async () => {
      const daemon = await scene.connected();
      daemon.raw(frame("inv", 73).subarray(0, 50));
      const keepAlive = scene.time.every(10_000, () => daemon.raw(new Uint8Array(0)));
      await scene.time.run(TIMERS.message - 2_000);
      assert.equal(daemon.isClosed, false);
      await scene.time.run(4_000);
      keepAlive.cancel();
      assert.equal(daemon.isClosed, true);
    });
  });
});
