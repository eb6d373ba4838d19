import {
  ABSENT,
  formatAmount,
  formatCoins,
  formatCount,
  formatDifficulty,
  formatPercent,
  formatTime,
} from "../../../src/core/format.js";
import { type Child, h } from "../dom.js";
import {
  addressLink,
  ago,
  badge,
  explorerLink,
  hashLink,
  orAbsent,
  section,
  table,
  whenLoaded,
} from "../parts/parts.js";
import { shareBadges } from "../parts/shares.js";
import { ShareVerification } from "../parts/verify-share.js";
import type { Screen } from "../screen.js";
import type { Info, ShareDetail } from "../types.js";

export function share(screen: Screen): void {
  const hash = screen.parameter ?? "";
  const { info } = screen.shared;
  const path = `/shares/${hash}`;
  const loaded = screen.load<ShareDetail>(path);
  const verification = new ShareVerification(screen, hash);
  screen.on("tip", () => {
    if (loaded.value?.next === null) void screen.ask(path, loaded);
  });
  screen.show(() =>
    h(
      "div",
      null,
      h("h1", null, "Share"),
      h("p", { class: "subject" }, h("code", null, hash)),
      whenLoaded(loaded, (value) => [
        h("p", { class: "badges" }, shareBadges(value)),
        walk(value),
        verification.render(value),
        facts(info, value),
        gentx(info, value),
        header(info, value),
      ]),
    ),
  );
}

function walk({ parent, children, next }: ShareDetail): HTMLElement {
  return h(
    "nav",
    { class: "walk", "aria-label": "Along the share chain" },
    parent === null
      ? h("span", null, "the first share of the chain")
      : h("span", null, "← parent ", hashLink("share", parent)),
    children.length === 0
      ? h("span", null, "nothing on top yet")
      : h(
          "span",
          null,
          "on top: ",
          children.map((child) => [hashLink("share", child), child === next ? " (best chain) " : " "]),
          "→",
        ),
  );
}

function rows(label: string, ...entries: readonly (readonly [name: string, value: Child])[]): HTMLElement {
  return h(
    "dl",
    { class: "facts", "aria-label": label },
    ...entries.flatMap(([name, value]) => [h("dt", null, name), h("dd", null, value)]),
  );
}

function facts(info: Info, value: ShareDetail): HTMLElement {
  return section(
    "What it says",
    rows(
      "What it says",
      [
        "Pays as its finder",
        h("span", null, addressLink(value.address, true), " ", explorerLink(info, "address", value.address)),
      ],
      ["Made", h("span", null, formatTime(value.createdAt), " (", ago(value.createdAt), ")")],
      ["First seen here", value.seenAt === null ? "loaded from disk" : formatTime(value.seenAt)],
      ["Height", `${formatCount(value.height)} known here, ${formatCount(value.absheight)} since the chain began`],
      [
        "Difficulty",
        `${formatDifficulty(value.difficulty)}, the lowest allowed was ${formatDifficulty(value.maxDifficulty)}; its hash reached ${formatDifficulty(value.actualDifficulty)}`,
      ],
      ["Work", `${value.work} hashes expected`],
      ["Version", `${value.version}, votes for ${value.desiredVersion}`],
      ["Block value claimed", formatAmount(BigInt(value.subsidySat), info.symbol)],
      ["Donation of its miner", formatPercent(value.donationFraction, 2)],
      [
        "Announces",
        value.stale === null
          ? "no lost share"
          : value.stale === "doa"
            ? "a share of its miner that was dead on arrival"
            : value.stale === "orphan"
              ? "a share of its miner that was orphaned"
              : value.stale,
      ],
      ["Hundred shares before", value.farParent === null ? ABSENT : hashLink("share", value.farParent)],
      ["From", orAbsent(value.peer)],
      ["Size", `${formatCount(value.bytes)} bytes`],
      ["Raw", h("a", { href: `../api/v1/shares/${value.hash}/raw`, download: `${value.hash}.share` }, "download")],
    ),
  );
}

function header(info: Info, { header: head, hash, powHash, wtxidMerkleRoot, block }: ShareDetail): HTMLElement {
  return section(
    "Its header, as mined",
    rows(
      "Header",
      ["Hash", h("span", null, h("code", null, hash), " ", block ? explorerLink(info, "block", hash) : null)],
      ["Proof of work", powHash === hash ? "the same hash" : h("code", null, powHash)],
      ["Version", `${head.version} (0x${head.version.toString(16)})`],
      [
        "Previous block",
        head.previousBlock === null
          ? ABSENT
          : h("span", null, h("code", null, head.previousBlock), " ", explorerLink(info, "block", head.previousBlock)),
      ],
      ["Merkle root", h("code", null, head.merkleRoot)],
      ["Time", formatTime(head.timestamp)],
      ["Bits", h("code", null, head.bits)],
      ["Nonce", String(head.nonce)],
      ["Witness merkle root", wtxidMerkleRoot === null ? ABSENT : h("code", null, wtxidMerkleRoot)],
    ),
  );
}

type Gentx = NonNullable<ShareDetail["gentx"]>;
type Output = Gentx["outputs"][number];

function gentx(info: Info, { gentx: tx, gentxHash }: ShareDetail): HTMLElement {
  if (tx === null) {
    return section(
      "Generation transaction",
      h("p", null, h("code", null, gentxHash)),
      h(
        "p",
        { class: "none" },
        "Its outputs cannot be told here: too few shares are known below, or too many are being asked for.",
      ),
    );
  }
  return section(
    "Generation transaction",
    h("p", null, h("code", null, gentxHash), " ", explorerLink(info, "tx", gentxHash)),
    h(
      "p",
      null,
      `${tx.outputs.length} outputs, ${formatCount(tx.size)} bytes without witness. `,
      tx.referenceRight ? badge("good", "commits to this share") : badge("bad", "does not commit to this share"),
    ),
    table(
      "Outputs",
      [
        { title: "Output", isText: true, cell: ({ output }) => outputName(output) },
        { title: "To", isText: true, cell: ({ output }) => outputTo(output) },
        { title: `Amount (${info.symbol})`, cell: ({ output }) => formatCoins(BigInt(output.valueSat)) },
        { title: "Part", isExtra: true, cell: ({ output }) => formatPercent(output.fraction, 2) },
      ],
      tx.outputs.map((output, i) => ({ output, i })),
      ({ i }) => String(i),
      "It has no outputs.",
    ),
    h("h3", null, "Coinbase script"),
    rows(
      "Coinbase script",
      ["Block height", formatCount(tx.height)],
      [
        "Merged mining",
        tx.merged === null
          ? "none"
          : `merkle root ${tx.merged.root}, ${tx.merged.size} slots, nonce ${tx.merged.nonce}`,
      ],
      [
        "Texts and data",
        tx.pushes.length === 0
          ? "none"
          : h("ul", null, ...tx.pushes.map((push) => h("li", null, push.text ?? h("code", null, push.hex)))),
      ],
      ["Script", h("code", null, tx.scriptHex)],
    ),
    h("details", null, h("summary", null, "Raw, without witness"), h("pre", { tabindex: 0 }, tx.raw)),
  );
}

function outputName({ role, finder }: Output): Child {
  switch (role) {
    case "witness_commitment":
      return badge(
        "plain",
        "witness commitment",
        "Commits to the block's transactions with their signatures (BIP 141)",
      );
    case "donation":
      return badge(
        "plain",
        "donation and rounding",
        "To the authors of P2Pool: what miners give, and what rounding leaves",
      );
    case "reference":
      return badge(
        "plain",
        "share reference",
        "Commits to everything that the share says, so that nobody can change it",
      );
    case "payout":
      return [
        badge("info", "payout"),
        finder ? badge("good", "finder", "With half a percent of the block for finding it") : null,
      ];
    case "other":
      return badge("warn", "other");
  }
}

function outputTo({ address, scriptHex, opReturn, role }: Output): Child {
  if (opReturn === null) {
    return address === null
      ? h("code", { class: "wrap" }, scriptHex)
      : role === "payout"
        ? addressLink(address, true)
        : h("code", { class: "wrap" }, address);
  }
  const { protocol, text, payload, special } = opReturn;
  return h(
    "div",
    null,
    h("code", { class: "wrap" }, `OP_RETURN ${payload}`),
    text === null ? null : h("div", null, "text: ", h("q", null, text)),
    protocol === null ? null : h("div", null, protocol.confidence === "low" ? "possibly " : "", protocol.name),
    special === null || role !== "other" ? null : h("div", null, special.replaceAll("_", " ")),
  );
}
