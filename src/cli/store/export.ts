import { mkdirSync, readdirSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { readSavedPeers } from "../../peers/peer-store.js";
import { PEERS_RECORD } from "../../store/record-names.js";
import { shareLine, verifiedLine } from "../../store/share-log.js";
import type { Store } from "../../store/store.js";
import { UsageError } from "../options.js";
import { shareLogsAmong } from "./reference-folder.js";

export interface ExportReport {
  readonly files: number;
  readonly shares: number;
  readonly verified: number;
  readonly addresses: number;
}

/** A log is full at this size (spec/05 §1.4). */
const LOG_BYTES = 10_000_000;

/**
 * Writes shares and addresses as the Python node has them (spec/05 §1, §2). Never over what is there. @throws StoreError,
 * UsageError if the folder holds such files already or cannot be written
 */
export async function exportReference(store: Store, directory: string): Promise<ExportReport> {
  mkdirSync(directory, { recursive: true });
  const present = readdirSync(directory);
  const inTheWay = shareLogsAmong(present)[0] ?? present.find((name) => name === "addrs");
  if (inTheWay !== undefined) throw new UsageError(`${join(directory, inTheWay)} exists: export into an empty folder`);
  const logs = new ShareLogs(directory);
  let shares = 0;
  let verified = 0;
  try {
    for await (const portion of store.shares.load()) {
      const lines: string[] = [];
      for (const { id, raw, isVerified } of portion) {
        shares++;
        lines.push(shareLine(raw));
        if (!isVerified) continue;
        verified++;
        lines.push(verifiedLine(id));
      }
      await logs.write(lines);
    }
  } finally {
    await logs.close();
  }
  const addresses = await addressPairs(store);
  await writeNew(join(directory, "addrs"), JSON.stringify(addresses));
  return { files: logs.count, shares, verified, addresses: addresses.length };
}

/** `[[HOST, PORT], [SERVICES, FIRST_SEEN, LAST_SEEN]]` (spec/08 §6.3). */
async function addressPairs(store: Store): Promise<readonly unknown[]> {
  const saved = readSavedPeers(await store.records.load(PEERS_RECORD));
  const addresses = saved?.book.addresses ?? [];
  return addresses.map(([host, port, , , firstSeen, lastSeen]) => [
    [host, port],
    [0, firstSeen, lastSeen],
  ]);
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

class ShareLogs {
  count = 0;
  private readonly directory: string;
  private file: FileHandle | null = null;
  private bytes = 0;

  constructor(directory: string) {
    this.directory = directory;
  }

  async write(lines: readonly string[]): Promise<void> {
    let text = "";
    for (const line of lines) {
      text += `${line}\n`;
      if (this.bytes + text.length < LOG_BYTES) continue;
      await this.append(text);
      await this.close();
      text = "";
    }
    if (text !== "") await this.append(text);
  }

  async close(): Promise<void> {
    await this.file?.sync();
    await this.file?.close();
    this.file = null;
    this.bytes = 0;
  }

  private async append(text: string): Promise<void> {
    this.file ??= await open(join(this.directory, `shares.${this.count++}`), "wx");
    await this.file.appendFile(text);
    this.bytes += text.length;
  }
}
