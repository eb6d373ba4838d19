import assert from "node:assert/strict";
import { connect } from "node:net";
import { bytesToHex, concatBytes, hexToBytes } from "../../../src/core/bytes.js";
import { encodeFrame } from "../../../src/core/frame.js";
import { type Random, seededRandom } from "../../../src/core/random.js";
import { encodePayload } from "../../../src/peers/wire/messages.js";
import { NodeHandle } from "../../e2e/abuse/support/node-handle.js";
import { AbuseScene } from "../../e2e/abuse/support/scene.js";
import type { FakeReply, FakeScript } from "../../support/daemon-fake.js";
import { PAYEE } from "../../unit/peers/support/chain.js";
import { wrapped } from "../../unit/peers/support/shares.js";
import { CoinPeer, coinStream } from "./coin-peer.js";
import { RECORDED_FRAMES } from "./decoders.js";
import { below, mutated, mutatedJson, pick, pieces } from "./mutate.js";
import type { FuzzCase } from "./target.js";

/** Connections of one round; at the end of each the node must be what it was. */
export const CONNECTIONS = 12;
/** Time that passes for the node after a round, so that its limits of new connections let the next ones in. */
const ROUND_MS = 10_000;
/** Processor time that one connection may keep the event loop from all others, in the least of so many attempts. */
const MAX_TURN_MS = 50;
const ATTEMPTS = 3;

export type SocketTarget =
  | "P2P connections"
  | "Stratum connections"
  | "HTTP connections"
  | "daemon connections"
  | "coin P2P connections";
export const SOCKET_TARGETS: readonly SocketTarget[] = [
  "P2P connections",
  "Stratum connections",
  "HTTP connections",
  "daemon connections",
  "coin P2P connections",
];

/**
 * A running node with an honest peer, and strangers that send it changed streams over real sockets, cut and delayed as networks
 * do. After each round it serves as before, and stands on the chain that it stood on.
 */
export class SocketFuzzer {
  readonly scene: AbuseScene;
  private readonly handle: NodeHandle;
  private readonly coin: CoinPeer;
  private readonly tip: string;
  private strangers = 0;
  /** Most processor time of one turn in all rounds, whoever caused it, and in the last one. */
  longestTurnMs = 0;
  private lastTurnMs = 0;

  private constructor(scene: AbuseScene, handle: NodeHandle, coin: CoinPeer, tip: string) {
    this.scene = scene;
    this.handle = handle;
    this.coin = coin;
    this.tip = tip;
  }

  static async start(): Promise<SocketFuzzer> {
    const handle = new NodeHandle();
    const coin = await CoinPeer.start();
    try {
      const scene = await AbuseScene.start({ handle, memory: 64, httpRequestMs: 500, coinPort: coin.port });
      return new SocketFuzzer(scene, handle, coin, (await scene.state()).tip!);
    } catch (error) {
      await coin.stop();
      await handle.end();
      throw error;
    }
  }

  async end(): Promise<void> {
    // The process may be gone.
    await this.scene.stop().catch(() => {});
    await this.coin.stop();
    await this.handle.end();
  }

  /** Streams for a round, to be played. */
  make(target: SocketTarget, random: Random): Uint8Array[] {
    const { network } = this.scene;
    const one = {
      "P2P connections": () => this.peerStream(random),
      "Stratum connections": () => stratumStream(random),
      "HTTP connections": () => httpStream(random),
      "daemon connections": () => this.daemonBody(random),
      "coin P2P connections": () =>
        coinStream(network.coin.p2pPrefix, String(this.scene.template().previousblockhash), random),
    }[target];
    return Array.from({ length: CONNECTIONS }, one);
  }

  /** @throws AssertionError if the node is not what it was, Error if it is gone */
  async play(target: SocketTarget, streams: readonly Uint8Array[], random: Random): Promise<void> {
    await this.scene.call("longestTurnMs");
    const told = this.scene.honest.of("bestblock").length;
    if (target === "daemon connections") await this.playDaemon(streams);
    else if (target === "coin P2P connections") for (const stream of streams) await this.playCoin(stream, random);
    else if (target === "P2P connections") await Promise.all(streams.map((stream) => this.playPeer(stream, random)));
    else await Promise.all(streams.map((stream) => this.playClient(stream, random)));
    await this.scene.skip(ROUND_MS);
    await this.scene.settled();
    await this.scene.probe();
    assert.equal((await this.scene.state()).tip, this.tip, "the chain was moved");
    assert.equal(this.scene.honest.of("bestblock").length, told, "others were told of a block that there is not");
    this.lastTurnMs = await this.scene.call("longestTurnMs");
    this.longestTurnMs = Math.max(this.longestTurnMs, this.lastTurnMs);
  }

  /**
   * After a round with a turn that was too long: those of its streams that alone make it so every time. What a collection of
   * garbage, a compilation or many connections together took is not any one input's.
   */
  async holdingUp(target: SocketTarget, streams: readonly Uint8Array[]): Promise<FuzzCase | null> {
    if (this.lastTurnMs <= MAX_TURN_MS) return null;
    for (const stream of streams) {
      let least = Number.POSITIVE_INFINITY;
      for (let i = 0; i < ATTEMPTS && least > MAX_TURN_MS; i++) {
        await this.play(target, [stream], seededRandom(i));
        least = Math.min(least, this.lastTurnMs);
      }
      if (least <= MAX_TURN_MS) continue;
      const found = `keeps the event loop for ${Math.round(least)} ms of processor time`;
      return { target, input: bytesToHex(stream), found };
    }
    return null;
  }

  /** The node is as light as before, still takes shares, and has logged no failure of its own. */
  async finish(): Promise<void> {
    await this.scene.finish({ besides: /daemon|template|block/i });
  }

  private async playPeer(stream: Uint8Array, random: Random): Promise<void> {
    this.strangers++;
    const from = `127.${1 + (this.strangers % 250)}.${1 + (Math.floor(this.strangers / 250) % 250)}.1`;
    const peer = await this.scene.tryToConnect(from);
    if (peer === null) return;
    if (stream[0] === 1) peer.greet({ nonce: BigInt(this.strangers + 1_000) });
    for (const piece of pieces(stream.subarray(1), random)) {
      if (peer.isClosed) break;
      peer.sendBytes(piece);
      if (below(random, 4) === 0) await turn();
    }
    await this.scene.settled();
    peer.link.abort();
  }

  private async playClient(stream: Uint8Array, random: Random): Promise<void> {
    const socket = connect({ port: this.scene.workerPort, host: "127.0.0.1", noDelay: true });
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => {});
    socket.resume();
    for (const piece of pieces(stream, random)) {
      socket.write(piece);
      if (below(random, 4) === 0) await turn();
    }
    if (below(random, 2) === 0) socket.end();
    await this.scene.settled();
    socket.destroy();
    await closed;
  }

  /** The next polls are answered with these; the first byte says how. */
  private async playDaemon(bodies: readonly Uint8Array[]): Promise<void> {
    const { daemon } = this.scene;
    const honest: FakeScript = daemon.script;
    for (const body of bodies) {
      daemon.script = (request, response) => {
        if (request.method !== "getblocktemplate" && body[0]! < 0x80) return honest(request, response);
        const answer = Buffer.from(body.subarray(1)).toString("utf8");
        const reply: FakeReply = { body: answer.replace('"id":1}', `"id":${request.id}}`) };
        if (body[0]! % 4 !== 0) return { ...reply, status: body[0]! % 4 === 1 ? 500 : 200 };
        // Cut off.
        response.writeHead(200, { "Content-Length": String(2 * reply.body.length) });
        response.write(reply.body.slice(0, reply.body.length >> 1), () => response.destroy());
        return null;
      };
      daemon.closeConnections();
      await this.scene.skip(6_000);
    }
    daemon.script = honest;
    daemon.closeConnections();
    await this.scene.skip(20_000);
  }

  /** The node's next connection with the daemon's P2P port. */
  private async playCoin(stream: Uint8Array, random: Random): Promise<void> {
    const { coin, scene } = this;
    let peer = coin.take();
    for (; peer === null; peer = coin.take()) await scene.skip(1_000);
    for (const piece of pieces(stream, random)) {
      if (peer.isClosed) break;
      peer.link.write(piece);
      if (below(random, 4) === 0) await turn();
    }
    await scene.settled();
    peer.link.abort();
  }

  private peerStream(random: Random): Uint8Array {
    const { network, chain } = this.scene;
    const parts: Uint8Array[] = [Uint8Array.of(Number(below(random, 4) > 0))];
    for (let count = 1 + below(random, 5); count > 0; count--) {
      const share = pick(random, [...chain.best()!.chain(20)]).item.share;
      const frame = pick(random, [
        () => reframed(pick(random, RECORDED_FRAMES), network.prefix, random),
        () =>
          encodeFrame(network.prefix, "shares", mutated(encodePayload("shares", { shares: [wrapped(share)] }), random)),
        () => mutated(encodeFrame(network.prefix, "bestblock", share.headerBytes), random),
        () => encodeFrame(network.prefix, "bestblock", share.headerBytes),
        () => mutated(concatBytes(network.prefix, new Uint8Array(20)), random),
      ])();
      parts.push(frame);
    }
    return concatBytes(...parts);
  }

  private daemonBody(random: Random): Uint8Array {
    return concatBytes(Uint8Array.of(below(random, 256)), mutatedJson(this.template(), random));
  }

  private template(): Uint8Array {
    const result = this.scene.template();
    return new TextEncoder().encode(JSON.stringify({ result, error: null, id: 1 }));
  }
}

/** A recorded message for this network with a checksum that fits, its payload changed. */
function reframed(frame: Uint8Array, prefix: Uint8Array, random: Random): Uint8Array {
  const command = String.fromCharCode(...frame.subarray(8, 20)).replace(/\0+$/, "");
  return encodeFrame(
    prefix,
    command,
    below(random, 4) === 0 ? frame.subarray(28) : mutated(frame.subarray(28), random),
  );
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const STRATUM_LINES = [
  '{"id":1,"method":"mining.subscribe","params":["cgminer/4.10","ab"]}',
  `{"id":"x","method":"mining.authorize","params":["${PAYEE}.rig/0.5+1e3","d=16"]}`,
  `{"id":2,"method":"mining.submit","params":["${PAYEE}","1","00000001","5f5e1000","abcdef01","1fffe000"]}`,
  '{"id":3,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"1fffe000"}]}',
  '{"id":4,"method":"mining.suggest_target","params":["00ff"]}',
  '{"id":5,"method":"mining.suggest_difficulty","params":[0.5]}',
  '{"id":6,"method":"mining.extranonce.subscribe","params":[]}',
  '{"id":7,"result":"pong","error":null}',
];

function stratumStream(random: Random): Uint8Array {
  const lines: Uint8Array[] = [];
  const isGreeted = below(random, 4) > 0;
  if (isGreeted) for (const line of STRATUM_LINES.slice(0, 2)) lines.push(text(`${line}\n`));
  for (let count = 1 + below(random, 12); count > 0; count--) {
    const line = mutatedJson(text(pick(random, STRATUM_LINES)), random);
    lines.push(concatBytes(line, text(pick(random, ["\n", "\r\n", "", "\n\n", " \n"]))));
  }
  return concatBytes(...lines);
}

const GETWORK = '{"id":0,"method":"getwork","params":[]}';
const HTTP_REQUESTS = [
  "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  'GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip, br\r\nIf-None-Match: "x"\r\n\r\n',
  `GET /api/v1/miners?address=${PAYEE},x&limit=5&cursor=abc HTTP/1.1\r\nHost: a\r\n\r\n`,
  "GET /api/v1/shares?limit=2&format=csv HTTP/1.1\r\nHost: a\r\n\r\n",
  `GET /api/v1/shares/${"0".repeat(64)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  "GET /api/v1/series/pool_rates?view=last_day HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET /api/v1/events?types=status,tip HTTP/1.1\r\nHost: a\r\nLast-Event-ID: a-1\r\n\r\n",
  "GET /web/graph_data/pool_rates/last_hour HTTP/1.1\r\nHost: a\r\n\r\n",
  `GET /validate?username=${PAYEE}%2frig HTTP/1.1\r\nHost: a\r\n\r\n`,
  `GET /patron_sendmany/1e8/0.01 HTTP/1.1\r\nHost: a\r\n\r\n`,
  "HEAD /static/../../etc/passwd HTTP/1.1\r\nHost: a\r\nRange: bytes=0-\r\n\r\n",
  "GET /static/%2e%2e%2f%00 HTTP/1.0\r\n\r\n",
  `POST / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic ${Buffer.from(`${PAYEE}:x`).toString("base64")}\r\nX-Mining-Hashrate: 1e9\r\nContent-Length: ${GETWORK.length}\r\n\r\n${GETWORK}`,
  `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${GETWORK.length.toString(16)}\r\n${GETWORK}\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\n{"id":1,"method":"getwork","params":["${"00".repeat(128)}"]}`,
  "POST /long-polling HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
  `POST /hooks/block/${"ab".repeat(32)} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`,
  "OPTIONS * HTTP/1.1\r\nHost: \u00e4:99999\r\nExpect: 100-continue\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
];

function httpStream(random: Random): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let count = 1 + below(random, 4); count > 0; count--) {
    const request = Uint8Array.from(Buffer.from(pick(random, HTTP_REQUESTS), "latin1"));
    parts.push(below(random, 5) === 0 ? request : mutated(request, random));
  }
  return concatBytes(...parts);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** One round of a target against a running node; null if all is well, else what is not. */
export async function fuzzRound(fuzzer: SocketFuzzer, target: SocketTarget, random: Random): Promise<FuzzCase | null> {
  const streams = fuzzer.make(target, random);
  try {
    await fuzzer.play(target, streams, random);
    return await fuzzer.holdingUp(target, streams);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { target, input: streams.map(bytesToHex).join(","), found };
  }
}

/** @throws AssertionError or Error if the node still minds */
export async function replayRound(fuzzer: SocketFuzzer, { target, input }: FuzzCase): Promise<void> {
  const streams = input.split(",").map(hexToBytes);
  await fuzzer.play(target as SocketTarget, streams, seededRandom(1));
  assert.equal(await fuzzer.holdingUp(target as SocketTarget, streams), null);
}
