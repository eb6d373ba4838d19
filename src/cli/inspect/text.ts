import { targetToDifficulty } from "../../core/compact.js";
import type { Json, JsonRecord, Share } from "../../sharechain/index.js";
import { formatAmount } from "../demo/report.js";
import type { ChainReport } from "./chain.js";

/** Everything a share says, for people: one `name: value` a line, structures indented. */
export function shareText(description: JsonRecord, share: Share): string {
  const { target, header } = share;
  return [
    `share ${share.id}`,
    `  version ${share.version}, work ${share.work}, difficulty ${targetToDifficulty(target)}`,
    `  pays ${share.address} as its finder`,
    `  made ${time(share.info.timestamp)}, mined ${time(header.timestamp)}`,
    share.isBlockSolution ? "  meets the coin's target that its header claims: a block" : "  is no block",
    "",
    ...lines(description, ""),
  ].join("\n");
}

function lines(value: JsonRecord, indent: string): string[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    if (Array.isArray(inner)) {
      return inner.length === 0
        ? [`${indent}${key}: none`]
        : [`${indent}${key}:`, ...inner.flatMap((item: Json) => listItem(item, `${indent}  `))];
    }
    if (typeof inner === "object" && inner !== null)
      return [`${indent}${key}:`, ...lines(inner as JsonRecord, `${indent}  `)];
    return [`${indent}${key}: ${scalar(inner)}`];
  });
}

function listItem(item: Json, indent: string): string[] {
  if (item === null || typeof item !== "object") return [`${indent}${scalar(item)}`];
  const [first = "", ...rest] = lines(item as JsonRecord, `${indent}  `);
  return [`${indent}- ${first.trimStart()}`, ...rest];
}

function scalar(value: Json): string {
  if (value === null) return "none";
  return value === "" ? "(empty)" : String(value);
}

/** At most this many bad lines and refused shares are spelled out; the JSON has them all. */
const SHOWN = 20;

export function chainText(report: ChainReport): string {
  const { best } = report;
  const out = [
    `network ${report.network}: ${report.shares} shares, ${report.verified} verified`,
    ...(report.duplicates > 0 ? [`${report.duplicates} lines repeat a share`] : []),
    ...problems(
      "unusable line",
      report.badLines.map(({ line, reason }) => `line ${line}: ${reason}`),
    ),
    ...problems(
      "refused share",
      report.refused.map(({ id, code, reason }) => `${id}  ${code}: ${reason}`),
    ),
  ];
  if (best === null) return [...out, "no best share: nothing could be verified"].join("\n");
  out.push(
    `best share ${best.id}`,
    `  version ${best.version}, height ${best.height}, ${best.verifiedHeight} verified below, ${time(best.timestamp)}`,
    `  difficulty ${best.difficulty}`,
    `  votes by work: ${best.votes.map(({ version, part }) => `${(100 * part).toFixed(2)} % for ${version}`).join(", ")}`,
    `  the next share would be of version ${best.nextVersion}`,
    `pool ${report.poolHashRate === null ? "hash rate not known yet" : `${formatRate(report.poolHashRate)}`}`,
    `${report.heads.length} heads:`,
    ...report.heads.map(({ id, height, verified }) => `  ${id}  height ${height}${verified ? "" : "  not verified"}`),
    `ends at ${report.tails.map((tail) => tail ?? "the start of the chain").join(", ")}`,
  );
  if (report.payouts !== null) {
    out.push("a block now would pay:");
    out.push(...report.payouts.map(({ address, amount }) => `  ${formatAmount(amount).padStart(16)}  ${address}`));
  }
  return out.join("\n");
}

function problems(what: string, texts: readonly string[]): string[] {
  if (texts.length === 0) return [];
  const more = texts.length > SHOWN ? [`  and ${texts.length - SHOWN} more`] : [];
  return [
    `${texts.length} ${what}${texts.length === 1 ? "" : "s"}:`,
    ...texts.slice(0, SHOWN).map((text) => `  ${text}`),
    ...more,
  ];
}

function time(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().replace(".000Z", "Z")} (${seconds})`;
}

function formatRate(hashesPerSecond: number): string {
  const units = ["H/s", "kH/s", "MH/s", "GH/s", "TH/s", "PH/s", "EH/s"];
  let rate = hashesPerSecond;
  let unit = 0;
  while (rate >= 1000 && unit < units.length - 1) {
    rate /= 1000;
    unit++;
  }
  return `${rate.toPrecision(4)} ${units[unit]}`;
}
