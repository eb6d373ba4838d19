import { BLOCK_KEYS } from "./block-store.js";
import type { Database, ScanSize } from "./database.js";
import { unseal, unsealJson } from "./seal.js";
import { isMarkValid, parseShareKey, recordToShare } from "./share-record.js";

/** A record that cannot be used; no other is affected. */
interface DamagedRecord {
  readonly key: string;
  readonly reason: string;
}

/** What lies in a database, record by record. */
export interface StoreSurvey {
  readonly shares: number;
  readonly ownShares: number;
  readonly verifiedMarks: number;
  /** Marks that count no more: by older rules, or of shares that are gone. The next start removes them. */
  readonly idleMarks: number;
  readonly blocks: number;
  readonly blocksWithBytes: number;
  /** Found blocks of chains that are mined along. */
  readonly mergedBlocks: number;
  /** Small records by name, with their size in bytes. */
  readonly records: readonly { readonly name: string; readonly bytes: number }[];
  readonly historyBins: number;
  /** Of keys and values, without what the database itself adds or saves. */
  readonly bytes: number;
  readonly damaged: readonly DamagedRecord[];
}

const PORTION: ScanSize = { count: 1000, bytes: 2 ** 20 };

/** Reads every record and checks its seal; changes nothing. @throws StoreError */
export async function surveyStore(database: Database): Promise<StoreSurvey> {
  const surveyor = new Surveyor();
  for await (const portion of database.scan("", "\x7f", PORTION)) {
    for (const [key, value] of portion) surveyor.look(key, value);
  }
  const { counts, records, damaged } = surveyor;
  return { ...counts, records, damaged };
}

class Surveyor {
  readonly counts = {
    shares: 0,
    ownShares: 0,
    verifiedMarks: 0,
    idleMarks: 0,
    blocks: 0,
    blocksWithBytes: 0,
    mergedBlocks: 0,
    historyBins: 0,
    bytes: 0,
  };
  readonly records: { name: string; bytes: number }[] = [];
  readonly damaged: DamagedRecord[] = [];
  private lastShare = "";

  look(key: string, value: Uint8Array): void {
    this.counts.bytes += key.length + value.length;
    const reason = this.damageOf(key, value);
    if (reason !== null) this.damaged.push({ key, reason });
  }

  private damageOf(key: string, value: Uint8Array): string | null {
    switch (key[0]) {
      case "a":
        return jsonDamage(key, value, "the schema record");
      case "s":
        return this.shareDamage(key, value);
      case BLOCK_KEYS.own.block:
        this.counts.blocks++;
        return jsonDamage(key, value, "a found block");
      case BLOCK_KEYS.own.raw:
        this.counts.blocksWithBytes++;
        return unseal(key, value) === null ? "the bytes of a found block do not fit their checksum" : null;
      case BLOCK_KEYS.merged.block:
        this.counts.mergedBlocks++;
        return jsonDamage(key, value, "a found block of a merged chain");
      case BLOCK_KEYS.merged.raw:
        return unseal(key, value) === null ? "the bytes of a merged block do not fit their checksum" : null;
      case "r":
        this.records.push({ name: key.slice(1), bytes: value.length });
        return jsonDamage(key, value, `the record ${key.slice(1)}`);
      case "h":
        this.counts.historyBins++;
        return jsonDamage(key, value, "a bin of the history");
      default:
        return "is none of this program's";
    }
  }

  private shareDamage(key: string, value: Uint8Array): string | null {
    const { counts } = this;
    const parsed = parseShareKey(key);
    if (parsed === null) return "is no share's key";
    if (parsed.kind === "mark") {
      if (parsed.id === this.lastShare && isMarkValid(key, value)) counts.verifiedMarks++;
      else counts.idleMarks++;
      return null;
    }
    counts.shares++;
    const share = recordToShare(key, parsed.id, value);
    if (share === null) return "a share does not fit its checksum";
    this.lastShare = parsed.id;
    if (share.isOwn) counts.ownShares++;
    return null;
  }
}

function jsonDamage(key: string, value: Uint8Array, what: string): string | null {
  return unsealJson(key, value) === undefined ? `${what} does not fit its checksum` : null;
}
