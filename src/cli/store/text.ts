import type { StoreSurvey } from "../../store/survey.js";
import type { CheckReport } from "./check.js";
import type { ExportReport } from "./export.js";
import type { ImportReport } from "./import.js";
import type { StatsReport } from "./stats.js";

/** At most this many problems are spelled out; the JSON has them all. */
const SHOWN = 20;

export function checkText({ network, ok, survey, problems, best, verified, heads }: CheckReport): string {
  return [
    `network ${network}`,
    ...surveyLines(survey),
    best === null
      ? "chain: no best share, nothing could be verified"
      : `chain: best share ${best.id}, height ${best.height}, ${best.verifiedHeight} verified again below it`,
    `${verified} shares verified again, ${heads} heads`,
    ...someOf("problem", problems),
    ok
      ? "the store is sound"
      : "the store has damaged records: the node leaves them out, and gets shares from others again",
  ].join("\n");
}

export function statsText({ network, directory, diskBytes, survey, heights, madeAt, blocks }: StatsReport): string {
  const fates = new Map<string, number>();
  for (const { fate } of blocks) fates.set(fate, (fates.get(fate) ?? 0) + 1);
  return [
    `network ${network}, ${directory}: ${megabytes(diskBytes)} on disk`,
    ...surveyLines(survey),
    ...(heights === null ? [] : [`share heights ${heights.from} to ${heights.to}`]),
    ...(madeAt === null ? [] : [`shares made from ${time(madeAt.from)} to ${time(madeAt.to)}`]),
    ...survey.records.map(({ name, bytes }) => `record ${name}: ${bytes} bytes`),
    `found blocks: ${[...fates].map(([fate, count]) => `${count} ${fate}`).join(", ") || "none"}`,
    ...blocks.map(
      ({ hash, height, foundAt, fate, reason }) =>
        `  ${time(foundAt)}  ${height}  ${hash}  ${fate}${reason === null ? "" : ` (${reason})`}`,
    ),
  ].join("\n");
}

export function exportText({ files, shares, verified, addresses }: ExportReport, directory: string): string {
  return `${shares} shares, ${verified} of them marked as verified, in ${count(files, "file")}, and ${addresses} addresses written to ${directory}`;
}

export function importText(report: ImportReport): string {
  const { files, added, shares, verified, best, badLines, refused, addresses, addressesProblem } = report;
  return [
    `${added} new shares read from ${count(files, "file")}; without stale branches the store now has ${shares}, ${verified} of them verified`,
    best === null ? "no best share: nothing could be verified" : `best share ${best}`,
    ...someOf(
      "unusable line",
      badLines.map(({ file, line, reason }) => `${file} line ${line}: ${reason}`),
    ),
    ...someOf(
      "refused share",
      refused.map(({ id, reason }) => `${id}: ${reason}`),
    ),
    addressesProblem ?? `${addresses} addresses of other nodes imported`,
  ].join("\n");
}

function surveyLines(survey: StoreSurvey): string[] {
  const { shares, ownShares, verifiedMarks, idleMarks, blocks, blocksWithBytes, historyBins, bytes } = survey;
  return [
    `${shares} shares, ${verifiedMarks} of them marked as verified, ${ownShares} found here`,
    ...(survey.mergedBlocks > 0 ? [`${survey.mergedBlocks} found blocks of chains that are mined along`] : []),
    ...(idleMarks > 0 ? [`${idleMarks} marks that count no more`] : []),
    `${blocks} found blocks, ${blocksWithBytes} of them whole; ${historyBins} bins of history; ${survey.records.length} other records`,
    `${megabytes(bytes)} of records`,
  ];
}

function someOf(what: string, texts: readonly string[]): string[] {
  if (texts.length === 0) return [];
  const more = texts.length > SHOWN ? [`  and ${texts.length - SHOWN} more`] : [];
  return [`${count(texts.length, what)}:`, ...texts.slice(0, SHOWN).map((text) => `  ${text}`), ...more];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function time(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
}
