import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hexToBytes } from "../../../../src/core/bytes.js";
import type { Command, MessageOf } from "../../../../src/peers/wire/messages.js";
import { decodePayload, isCommand } from "../../../../src/peers/wire/messages.js";
import { FrameParser } from "../../../../src/peers/wire/parser.js";
import { loadShare, type ShareNode } from "../../../../src/sharechain/index.js";
import { TestChain } from "./chain.js";

export interface LogLine {
  readonly event?: string;
  readonly dir?: "from_node" | "to_node";
  readonly command?: string;
  readonly frame?: string;
  readonly note?: string;
}

export interface Recording {
  readonly prefix: string;
  readonly log: readonly LogLine[];
}

export function readRecording(name: string): Recording {
  const path = new URL(`../../../../../test/vectors/data/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(fileURLToPath(path), "utf8")) as Recording;
}

/** The payload of a recorded frame. */
export function payloadOf<C extends Command>({ frame }: LogLine, command: C): MessageOf<C>["payload"] {
  const bytes = hexToBytes(frame!);
  const parser = new FrameParser({ prefix: bytes.subarray(0, 8), admit: () => "collect" });
  parser.push(bytes);
  const found = parser.next()!;
  if (!isCommand(found.command) || found.command !== command) throw new Error(`a ${found.command}, not a ${command}`);
  return decodePayload(command, found.payload!) as MessageOf<C>["payload"];
}

/** The chain as the recording shows it: shares without their whole history, so nothing is verified and the tip is said. */
export class RecordedChain extends TestChain {
  private said: ShareNode | null = null;

  override best(): ShareNode | null {
    return this.said;
  }

  override evaluate(): void {}

  /** Takes in a share of the recording, if it is new. */
  take(raw: Uint8Array): ShareNode {
    const share = loadShare(raw.slice(), this.rules);
    return this.tracker.main.get(share.id) ?? this.tracker.add(share, 0)!;
  }

  say(tip: ShareNode): void {
    this.said = tip;
  }
}
