import { wrapShare } from "../../../../src/peers/wire/messages.js";
import type { Clock } from "../../../../src/platform/clock.js";
import { systemClock } from "../../../../src/platform/clock.js";
import { TcpTransport } from "../../../../src/platform/transport-tcp.js";
import type { ShareNode } from "../../../../src/sharechain/index.js";
import { TestChain } from "../../../unit/peers/support/chain.js";
import { ScriptedPeer } from "../../../unit/peers/support/scripted-peer.js";
import { relabelled, wrapped } from "../../../unit/peers/support/shares.js";
import { type ChainNode, NETWORK } from "./chain-node.js";

/** Shares that stand on the bad one: more than have been found on the honest side since. */
const LENGTH = 12;
/** Shares below the tip from where on the liar's chain is another. */
const DEPTH = 3;

/**
 * A peer that says its best share is the head of a longer chain, and serves it: shares with proof of work that are all right
 * but the lowest, which pays what it must not. It also sends the top of it unasked, and the true tip under a false version.
 */
export class Liar {
  readonly bad: string;
  readonly address: string;
  private readonly peer: ScriptedPeer;

  private constructor(peer: ScriptedPeer, address: string, bad: string) {
    this.peer = peer;
    this.address = address;
    this.bad = bad;
  }

  /** `from`: an address of 127/8 of its own. */
  static async tell(node: ChainNode, from: string, clock: Clock): Promise<Liar> {
    const chain = new TestChain({ network: NETWORK, clock });
    const tip = node.tip!;
    for (const { item } of [...tip.chain(tip.height)].reverse()) {
      chain.tracker.markVerified(chain.tracker.add(item.share, item.seenAt)!);
    }
    const base = chain.get(tip.ancestor(DEPTH)!.id)!;
    const line: ShareNode[] = [];
    for (let i = 0; i < LENGTH; i++) {
      const share = chain.mintOn(line.at(-1) ?? base, i === 0 ? { isInvalid: true } : {});
      line.push(chain.tracker.add(share, clock.now())!);
    }
    const head = line.at(-1)!;
    const transport = new TcpTransport({ clock: systemClock, localAddress: from });
    const link = await transport.connect({ host: "127.0.0.1", port: node.port }, { timeoutMs: 10_000 });
    const peer = new ScriptedPeer(link, NETWORK);
    peer.serve = ({ hashes, parents }) => {
      const start = chain.get(hashes[0]!);
      if (start === undefined) return [];
      return [...start.chain(Math.min(start.height, Number(parents) + 1))].map(({ item }) => wrapped(item.share));
    };
    peer.greet({ nonce: BigInt(from.replaceAll(".", "")), bestShare: head.id });
    peer.send("shares", { shares: [...head.chain(5)].map(({ item }) => wrapped(item.share)) });
    peer.send("shares", { shares: [relabelled(tip.item.share, 34n), wrapShare(36n, new Uint8Array(40))] });
    return new Liar(peer, from, line[0]!.id);
  }

  end(): void {
    this.peer.link.abort();
  }
}
