import { errorMessage } from "../../core/errors.js";
import { loadShare, ShareError, type Tracker } from "../../sharechain/index.js";
import { parseLogLine } from "../../store/share-log.js";

/** A line that holds no share that could be used. */
export interface BadLine {
  readonly line: number;
  readonly reason: string;
}

export interface LoadedLog {
  /** Put into the tracker, which did not have them. */
  readonly added: number;
  readonly duplicates: number;
  /** What the log says was verified, which is not trusted. */
  readonly marks: ReadonlySet<string>;
  readonly badLines: readonly BadLine[];
}

/** Takes the shares of a log into a tracker, each with its proof of work checked. */
export async function loadShareLog(tracker: Tracker, lines: AsyncIterable<string>): Promise<LoadedLog> {
  const badLines: BadLine[] = [];
  const marks = new Set<string>();
  let added = 0;
  let duplicates = 0;
  let line = 0;
  for await (const text of lines) {
    const record = parseLogLine(text, ++line);
    if (record === null) continue;
    if (record.kind === "bad") badLines.push(record);
    else if (record.kind === "verified") marks.add(record.id);
    else {
      try {
        if (tracker.add(loadShare(record.raw, tracker.rules), 0) === null) duplicates++;
        else added++;
      } catch (error) {
        if (!(error instanceof ShareError)) throw error;
        badLines.push({ line, reason: errorMessage(error) });
      }
    }
  }
  return { added, duplicates, marks, badLines };
}
