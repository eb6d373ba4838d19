import { asciiToBytes } from "../../../../src/core/bytes.js";
import { MAX_PAYLOAD_BYTES } from "../../../../src/core/frame.js";
import type { PoolNetwork } from "../../../../src/networks/index.js";
import { encodeFrames } from "../../../../src/peers/wire/encode.js";
import {
  type Command,
  decodePayload,
  isCommand,
  type Message,
  type MessageOf,
  type Payloads,
  type VersionMessage,
  type WrappedShare,
} from "../../../../src/peers/wire/messages.js";
import { FrameParser } from "../../../../src/peers/wire/parser.js";
import type { Link } from "../../../../src/platform/transport.js";
import { type Hosts, PORT } from "./test-node.js";

/** The other side of a connection, under the test's control: sends what it is told, honest or not. */
export class ScriptedPeer {
  readonly messages: Message[] = [];
  readonly link: Link;
  isClosed = false;
  /** Answers requests for share 0, as every node does. */
  answersNull = true;
  /** Answers all other requests too, with nothing. */
  answersEmpty = false;
  /** Answers them with these shares instead. */
  serve: ((request: Payloads["sharereq"]) => readonly WrappedShare[]) | null = null;
  /** Called after a message was taken in. */
  onMessage: (message: Message) => void = () => {};
  private readonly network: PoolNetwork;
  private readonly parser: FrameParser;

  constructor(link: Link, network: PoolNetwork) {
    this.link = link;
    this.network = network;
    this.parser = new FrameParser({
      prefix: network.prefix,
      admit: (_, length) => {
        if (length > MAX_PAYLOAD_BYTES) throw new Error("too long");
        return "collect";
      },
    });
    link.open({
      received: (chunk) => this.received(chunk),
      drained: () => {},
      closed: () => {
        this.isClosed = true;
      },
    });
  }

  static async connect(
    hosts: Hosts,
    from: string,
    to: string,
    network: PoolNetwork,
    port = PORT,
  ): Promise<ScriptedPeer> {
    const link = await hosts.host(from).connect({ host: to, port }, { timeoutMs: 5_000 });
    return new ScriptedPeer(link, network);
  }

  send<C extends Command>(command: C, payload: Payloads[C]): void {
    for (const frame of encodeFrames(this.network.prefix, command, payload)) this.link.write(frame);
  }

  sendBytes(bytes: Uint8Array): void {
    this.link.write(bytes);
  }

  greet(overrides: Partial<VersionMessage> = {}): void {
    const address = { services: 0n, address: "0.0.0.0", port: 0 };
    this.send("version", {
      version: 3501,
      services: 0n,
      addrTo: address,
      addrFrom: address,
      nonce: 12345n,
      subVersion: asciiToBytes("16.0-192-g6dac42e"),
      mode: 1,
      bestShare: null,
      ...overrides,
    });
  }

  of<C extends Command>(command: C): MessageOf<C>["payload"][] {
    return this.messages
      .filter((message): message is Extract<Message, MessageOf<C>> => message.command === command)
      .map(({ payload }) => payload as MessageOf<C>["payload"]);
  }

  last<C extends Command>(command: C): MessageOf<C>["payload"] | undefined {
    return this.of(command).at(-1);
  }

  private received(chunk: Uint8Array): void {
    this.parser.push(chunk);
    for (let frame = this.parser.next(); frame !== null; frame = this.parser.next()) {
      if (!isCommand(frame.command)) throw new Error(`unknown command ${frame.command}`);
      const payload = decodePayload(frame.command, frame.payload!.slice());
      const message = { command: frame.command, payload } as Message;
      this.messages.push(message);
      if (frame.command === "sharereq") this.answer(payload as Payloads["sharereq"]);
      this.onMessage(message);
    }
  }

  private answer(request: Payloads["sharereq"]): void {
    const { id, hashes } = request;
    const isNull = hashes.length === 1 && /^0+$/.test(hashes[0]!);
    if (isNull ? !this.answersNull : !this.answersEmpty && this.serve === null) return;
    this.send("sharereply", { id, result: 0, shares: isNull ? [] : (this.serve?.(request) ?? []) });
  }
}
