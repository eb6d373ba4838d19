import { formatDifficulty } from "../../../src/core/format.js";
import { get } from "../api.js";
import { type Child, h } from "../dom.js";
import { badge, copyable, section } from "../parts/parts.js";
import type { Screen } from "../screen.js";
import type { Validation } from "../types.js";

const CHECK_MS = 300;

export function connect(screen: Screen): void {
  const { info } = screen.shared;
  let username = "";
  let verdict: Validation | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const check = async (text: string): Promise<void> => {
    try {
      const found = await get<Validation>(`/validate?username=${encodeURIComponent(text)}`);
      if (text === username) verdict = found;
    } catch {
      verdict = null;
    }
    screen.update();
  };
  const typed = (event: Event): void => {
    username = (event.target as HTMLInputElement).value.trim();
    if (timer !== null) clearTimeout(timer);
    if (username === "") verdict = null;
    else timer = setTimeout(() => void check(username), CHECK_MS);
    screen.update();
  };
  screen.atEnd(() => timer !== null && clearTimeout(timer));
  screen.show(() => {
    const url = `stratum+tcp://${location.hostname.includes(":") ? `[${location.hostname.replace(/[[\]]/g, "")}]` : location.hostname}:${info.ports.stratum ?? ""}`;
    const user = username === "" ? "YOUR_ADDRESS.rig1" : username;
    return h(
      "div",
      null,
      h("h1", null, "Connect a miner"),
      section(
        "Where to",
        copyable(url),
        h(
          "p",
          null,
          "User name: your payout address. Any password. There is no account, and nothing to withdraw: a block pays you directly.",
        ),
      ),
      section(
        "Your user name",
        h("label", { for: "username" }, `A ${info.symbol} address, if you like with a name behind it: address.rig1`),
        h("input", {
          id: "username",
          oninput: typed,
          autocomplete: "off",
          autocapitalize: "off",
          spellcheck: "false",
          placeholder: "address.rig1",
          "aria-describedby": "username-verdict",
        }),
        h(
          "div",
          { id: "username-verdict", role: "status", "aria-live": "polite" },
          username === "" ? null : verdict === null ? "Checking…" : verdictOf(verdict),
        ),
        h(
          "details",
          null,
          h("summary", null, "What else a user name can say"),
          h(
            "ul",
            null,
            h(
              "li",
              null,
              h("code", null, "address.rig1"),
              " or ",
              h("code", null, "address_rig1"),
              " names the machine",
            ),
            h("li", null, h("code", null, "address+512"), " wants work of difficulty 512"),
            h(
              "li",
              null,
              h("code", null, "address/20000"),
              " wants shares of difficulty 20000, harder and rarer than they need to be",
            ),
          ),
        ),
      ),
      section("Ready to copy", commands(info.pow, url, user)),
      questions(info.sharePeriodSeconds),
    );
  });
}

function verdictOf({ address, payable, reason, worker, shareDifficulty, pseudoshareDifficulty }: Validation): Child {
  if (!payable) return [badge("bad", "cannot be paid"), ` ${reason ?? "This is no address."}`];
  return [
    badge("good", "can be paid"),
    ` ${address}`,
    worker === null ? null : `, worker ${worker}`,
    pseudoshareDifficulty === null ? null : `, work of difficulty ${formatDifficulty(pseudoshareDifficulty)}`,
    shareDifficulty === null ? null : `, shares of difficulty ${formatDifficulty(shareDifficulty)}`,
  ];
}

function commands(pow: string, url: string, user: string): Child {
  const quoted = /^[\w.+/:-]*$/.test(user) ? user : `'${user.replaceAll("'", "'\\''")}'`;
  const isScrypt = pow !== "sha256d";
  const list: readonly (readonly [string, string])[] = isScrypt
    ? [
        ["cpuminer", `minerd -a scrypt -o ${url} -u ${quoted} -p x`],
        ["cgminer for scrypt devices", `cgminer --scrypt -o ${url} -u ${quoted} -p x`],
        ["bfgminer", `bfgminer --scrypt -o ${url} -u ${quoted} -p x`],
      ]
    : [
        ["cgminer", `cgminer -o ${url} -u ${quoted} -p x`],
        ["bfgminer", `bfgminer -o ${url} -u ${quoted} -p x`],
        ["cpuminer", `minerd -a sha256d -o ${url} -u ${quoted} -p x`],
      ];
  return [
    list.map(([name, command]) => [h("h3", null, name), copyable(command)]),
    h("h3", null, "On an ASIC's own page"),
    h(
      "dl",
      { class: "facts" },
      h("dt", null, "Pool URL"),
      h("dd", null, copyable(url)),
      h("dt", null, "Worker"),
      h("dd", null, copyable(user)),
      h("dt", null, "Password"),
      h("dd", null, copyable("x")),
    ),
  ];
}

/** In our words; the questions are those that miners ask most. */
function questions(sharePeriod: number): HTMLElement {
  const list: readonly (readonly [string, string])[] = [
    [
      "Why does my miner report a new block so often?",
      `The share chain has a block of its own about every ${sharePeriod} seconds, and each one means new work. That is normal.`,
    ],
    [
      "Are orphans and dead shares bad?",
      "Only more of them than others have. Everybody loses some; what counts is your part against the pool's, which the efficiency shows: near 100 % is fine.",
    ],
    [
      "My efficiency is low. What can I do?",
      "Work that comes late is lost. Let the miner take new work at once (a short queue), give the node and the coin daemon enough processor and memory, and keep the network between them quick.",
    ],
    [
      "Why do I find so few shares?",
      "A share is much harder than the work that your miner hands in every few seconds. The expected time to a share is on the overview and on your miner's page.",
    ],
    [
      "Why does my miner count so many more shares?",
      "It counts work of low difficulty that this node asks for only to measure it and to see that the miner lives. Payouts come from the shares in the share chain.",
    ],
    [
      "Can who finds a block keep it?",
      "No. The proof of work holds only for the one generation transaction that pays everybody. Changing it means finding another block.",
    ],
    ["Why are my coins immature?", "Coins of a new block can be spent 100 blocks later; wallets show some more."],
    ["Are transaction fees paid to miners?", "Yes, all of them, like the subsidy."],
    ["Do I need a full node?", "To run this program, yes. To mine at somebody else's node, no."],
  ];
  return section(
    "Questions",
    ...list.map(([question, answer]) => h("details", null, h("summary", null, question), h("p", null, answer))),
  );
}
