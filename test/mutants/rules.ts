/** One rule of consensus broken once: a text of a compiled file of src/sharechain, which must stand there exactly once. */
export interface Mutant {
  readonly rule: string;
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

/** The rest of a file's mutants: what the rule says, what stands there, what to put. */
function of(file: string, rows: readonly (readonly [rule: string, find: string, put: string])[]): Mutant[] {
  return rows.map(([rule, find, put]) => ({ file, rule, find, put }));
}

/*
 * Not in the table, since nothing can tell: the number of new hashes (loading demands that references and hashes agree), and that
 * new hashes are compared (where the references are equal, the one that names a new hash makes it the same on both sides).
 */

/** What is removed never holds. */
const NEVER = "if (false)";

export const MUTANTS: readonly Mutant[] = [
  ...of("verify", [
    ["no share lies more than 600 s ahead", "if (ahead > MAX_FUTURE_SECONDS)", NEVER],
    ["600 s ahead are allowed", "ahead > MAX_FUTURE_SECONDS", "ahead >= MAX_FUTURE_SECONDS"],
    ["600 s, not 601", "MAX_FUTURE_SECONDS = 600", "MAX_FUTURE_SECONDS = 601"],
    ["versions succeed each other", "if (error !== null) {", "if (false) {"],
    ["messages are signed", "workspace.signatures.check) === null) {", "workspace.signatures.check) === undefined) {"],
    ["what the chain demands of a share's info", "if (difference !== null)", NEVER],
    ["far share", '    "farShareId",\n', ""],
    ["max_bits", '    "maxBits",\n', ""],
    ["bits", '    "bits",\n', ""],
    ["timestamp", '    "timestamp",\n', ""],
    ["absheight", '    "absheight",\n', ""],
    ["abswork", '    "abswork",\n', ""],
    ["commitment to payouts of merged chains", '    "mergedPayoutHash",\n', ""],
    ["transactions are listed canonically", "if (!sameLists(claimed.transactions, demanded.transactions))", NEVER],
    ["references are compared", "a.refs.every((ref, i) => ref === b.refs[i]) &&", ""],
    ["generation transaction", "if (!equalBytes(hash256(gentx), share.gentxHash)) {", "if (false) {"],
    ["merkle branch of listed transactions", "!sameBranch(share.contents.merkleBranch, transactions)", "false"],
    ["length of the merkle branch", "branch.length === expected.length && ", ""],
    ["proofs of child blocks", "if (problem !== null)", NEVER],
    ["taking too much is naughty", "        naughty = 1;", "        naughty = 0;"],
    ["exactly the allowed is not too much", "share.info.data.subsidy > allowed", "share.info.data.subsidy >= allowed"],
    ["fees count", "allowed += fee", "allowed -= fee"],
    ["subsidy of the block's own height", '?? "") + 1)', '?? "") + 0)'],
    ["naughtiness is inherited", "if (inherited > 0)", NEVER],
    ["naughtiness ends after six", "MAX_NAUGHTY = 6", "MAX_NAUGHTY = 7"],
  ]),
  ...of("draft", [
    ["the parent is the one named", "if ((parent?.id ?? null) !== parentId) {", "if (false) {"],
    ["a whole window is known", "parent.last !== null && parent.height < rules.network.realChainLength", "false"],
    [
      "one share less than a window is too few",
      "parent.height < rules.network.realChainLength",
      "parent.height < rules.network.realChainLength - 1",
    ],
    ["far share: the hundredth ancestor", "FAR_SHARE_DISTANCE = 99", "FAR_SHARE_DISTANCE = 98"],
    ["far share: none below a hundred", "height < FAR_SHARE_DISTANCE", "height <= FAR_SHARE_DISTANCE"],
    ["absheight counts by one", "(above?.absheight ?? 0) + 1", "(above?.absheight ?? 0) + 2"],
    ["absheight wraps at 2^32", "% 2 ** 32", "% 2 ** 33"],
    ["abswork is the share's own work too", "+ targetToAttempts(bitsToTarget(bits))", "+ 0n"],
    ["abswork wraps", " % format.absworkModulus", ""],
    [
      "the committed window is the payout window",
      "Math.min(parent?.height ?? 0, rules.network.realChainLength)",
      "Math.min(parent?.height ?? 0, rules.network.realChainLength - 1)",
    ],
  ]),
  ...of("targets", [
    ["at most 30 times harder", "MAX_HARDER = 30n", "MAX_HARDER = 31n"],
    ["no share is harder than that", "clip(desired, easiest / MAX_HARDER, easiest)", "clip(desired, 0n, easiest)"],
    [
      "no share is easier than the easiest",
      "clip(desired, easiest / MAX_HARDER, easiest)",
      "clip(desired, easiest / MAX_HARDER, 2n * easiest)",
    ],
    [
      "retargeting begins at TARGET_LOOKBEHIND shares",
      "parent.height >= network.targetLookbehind",
      "parent.height > network.targetLookbehind",
    ],
    ["the rate is over that many shares", "near.ancestor(shares - 1)", "near.ancestor(shares - 2)"],
    ["the rate counts the easiest allowed work", '"minWork");', '"work");'],
    ["no time counts as a second", "seconds <= 0 ? 1 : seconds", "seconds <= 0 ? 2 : seconds"],
    ["the wanted target is one less", "* rate) - 1n : MAX_256", "* rate) : MAX_256"],
    ["down by a tenth at most", "(previous * 9n) / 10n", "(previous * 8n) / 10n"],
    ["up by a tenth at most", "(previous * 11n) / 10n", "(previous * 12n) / 10n"],
    [
      "never easier than MAX_TARGET",
      "network.minTarget, network.maxTarget);",
      "network.minTarget, 2n * network.maxTarget);",
    ],
    ["never harder than MIN_TARGET", "clip(limited, network.minTarget,", "clip(limited, 0n,"],
    ["targets ease after a silence", "if (wish.format.easesAfterSilence)", NEVER],
    ["a silence is 20 periods", "SILENCE = 20", "SILENCE = 21"],
    ["and more than them", "seconds > SILENCE * network.sharePeriod", "seconds >= SILENCE * network.sharePeriod"],
    ["doubling every ten periods", "DOUBLING = 10", "DOUBLING = 11"],
    ["in straight lines between", "(past % doubling))", "0)"],
    ["easing ends at MAX_TARGET", "between < network.maxTarget ? between : network.maxTarget", "between"],
    ["a share is later than its parent", "earliest = parentTimestamp + 1", "earliest = parentTimestamp"],
    ["by a second, not two", "earliest = parentTimestamp + 1", "earliest = parentTimestamp + 2"],
    ["version 17 bounds the time from above", "if (!format.boundsTimestampAbove)", "if (true)"],
    ["at less than two periods", "2 * sharePeriod - 1)", "2 * sharePeriod)"],
  ]),
  ...of("versions", [
    [
      "votes decide from CHAIN_LENGTH on",
      "if (parent.height < chainLength)\n        return null",
      "if (parent.height <= chainLength)\n        return null",
    ],
    ["those of the oldest tenth", "(chainLength * 9) / 10", "(chainLength * 8) / 10"],
    ["of a tenth", "Math.floor(chainLength / 10)", "Math.floor(chainLength / 9)"],
    ["no switch on a young chain", 'version === above.successor ? "NOT_ENOUGH_HISTORY" : null', "null"],
    ["only a successor follows", 'return "NOT_A_SUCCESSOR"', "return null"],
    ["60 % let the successor in", "(votes.total * 60n) / 100n", "(votes.total * 61n) / 100n"],
    ["less does not", '? "NOT_ENOUGH_VOTES" : null', "? null : null"],
    [
      "exactly 60 % do",
      "votesFor(version, votes) < (votes.total * 60n)",
      "votesFor(version, votes) <= (votes.total * 60n)",
    ],
    ["a step back to the predecessor", "if (rules.newest.allowsStepBack && format.successor === above.version)", NEVER],
    [
      "95 % raise the lowest protocol",
      "votesFor(version, votes) >= (votes.total * 95n)",
      "votesFor(version, votes) > (votes.total * 95n)",
    ],
    ["95 %, not 94", "(votes.total * 95n) / 100n;\n", "(votes.total * 94n) / 100n;\n"],
  ]),
  ...of("tracker", [
    ["the lowest protocol only rises", "this.minimumProtocol < format.minimumProtocolVersion", "true"],
    ["it rises by an overwhelming vote", "isOverwhelming(version, verdict.votes)", "false"],
    ["a chain that is cut off needs CHAIN_LENGTH + 1", "node.height < chainLength + 1", "node.height < chainLength"],
  ]),
  ...of("share", [
    ["coinbase of 2 bytes", "coinbase.length < 2", "coinbase.length < 3"],
    ["not of 1", "coinbase.length < 2", "coinbase.length < 1"],
    ["coinbase of 100 bytes", "coinbase.length > 100", "coinbase.length > 99"],
    ["not of 101", "coinbase.length > 100", "coinbase.length > 101"],
    [
      "votes for 16 past the hard fork",
      'rules.network.name === "bitcoin" && info.absheight > HARDFORK_ABSHEIGHT',
      "false",
    ],
    ["only past it", "info.absheight > HARDFORK_ABSHEIGHT", "info.absheight > HARDFORK_ABSHEIGHT - 1"],
    [
      "references reach less than 110 back",
      "refs[i] >= MAX_TRANSACTION_REF_DEPTH",
      "refs[i] > MAX_TRANSACTION_REF_DEPTH",
    ],
    ["109 are allowed", "MAX_TRANSACTION_REF_DEPTH = 110n", "MAX_TRANSACTION_REF_DEPTH = 109n"],
    ["own transactions are referred to exactly", "if (!allOwn)", NEVER],
    ["segwit data is there", "if (segwitActive && info.segwit === null) {", "if (false) {"],
    ["target within MAX_TARGET", "if (target > rules.network.maxTarget) {", "if (false) {"],
    [
      "target within max_bits (36)",
      "if (format.checksMaxBits && target > rules.targetOf(info.maxBits).target) {",
      "if (false) {",
    ],
    ["proof of work", "if (!hashMeetsBits(pow, share.info.bits)) {", "if (false) {"],
    [
      "the block's root comes from the txid branch",
      "info.segwit?.txidBranch ?? contents.merkleBranch",
      "contents.merkleBranch",
    ],
    ["what a block solution is", "hashMeetsBits(pow, share.header.bits)", "false"],
    ["hash links have no surplus", "if (link.rest.length !== missing)", NEVER],
    ["versions before 17 are obsolete", "wrapper.version < BigInt(OLDEST_SHARE_VERSION)", "false"],
    [
      "the reference hash covers messages",
      "concatBytes(infoBytes, encode(varstr, messages ?? NO_MESSAGES))",
      "infoBytes",
    ],
    ["the network's identifier keeps chains apart", "rules.identified(infoBytes)", "infoBytes"],
  ]),
  ...of("flat-payouts", [
    ["199 of 200 parts by weight", "199n * subsidy", "198n * subsidy"],
    ["the finder's part", "subsidy / 200n", "subsidy / 199n"],
    ["the finder's part is not the donation's", "if (finder === donationAddress)", NEVER],
    ["the window starts at the grandparent", "window.sums(parent?.parent ?? null,", "window.sums(parent,"],
    ["and is one share shorter", "rules.network.realChainLength) - 1)", "rules.network.realChainLength))"],
    ["SPREAD blocks of work", "BigInt(rules.network.spread) *", "BigInt(rules.network.spread + 1) *"],
    ["4000 payees", "MAX_PAYEES = 4000", "MAX_PAYEES = 3999"],
    ["the rest is the donation's", "rest = subsidy - sumOf(payees)", "rest = subsidy - sumOf(payees) + 1n"],
    ["less the finder's part", "rest - ofFinder", "rest"],
    ["the finder stands where its amount belongs", "const place = placeAmong(payees, after)", "const place = to"],
    ["and has one output", "{ from: before.place + 1, to: place }", "{ from: before.place, to: place }"],
    ["the donation has no output of its own twice", "if (ofDonation !== undefined)", NEVER],
  ]),
  ...of("payout-window", [
    ["the last share counts in part", "this.total + DONATION_SCALE * next.item.work > maxWeight", "false"],
    [
      "rounded down to units",
      "const units = (maxWeight - this.total) / DONATION_SCALE",
      "const units = (maxWeight - this.total) / DONATION_SCALE + 1n",
    ],
    ["donations are taken off", "total - donation, sign", "total, sign"],
    ["of the last share too", "units * (DONATION_SCALE - donated)", "units * DONATION_SCALE"],
  ]),
  ...of("decayed-payouts", [
    ["4000 payees", "MAX_PAYEES = 4000", "MAX_PAYEES = 3999"],
    ["a satoshi for the donation", "subsidy > 0n && sumOf(payees) === subsidy", "false"],
    ["taken from the greatest", "amountOf(greatest) - 1n", "amountOf(greatest) - 2n"],
    ["the rest is the donation's", "MAX_PAYEES, subsidy - sumOf(payees)", "MAX_PAYEES, subsidy - sumOf(payees) + 1n"],
    [
      "the window starts at the parent",
      "Math.min(parent?.height ?? 0, rules.network.realChainLength)",
      "Math.min(parent?.height ?? 0, rules.network.realChainLength - 1)",
    ],
    ["the donation has no output of its own twice", "if (ofDonation !== undefined) {", "if (false) {"],
  ]),
  ...of("decay", [
    ["half after a quarter of the chain", "Math.floor(chainLength / 4)", "Math.floor(chainLength / 3)"],
    ["ln 2 as six digits", "693147n", "693148n"],
    [
      "rounded down at every depth",
      "(factor * ratio) >> 40n;\n            exact",
      "((factor * ratio) >> 40n) + 1n;\n            exact",
    ],
  ]),
  ...of("payees", [
    ["outputs ascend by amount", "return a.high < b.high", "return a.high > b.high"],
    ["in the low half too", "a.low < b.low", "a.low > b.low"],
    ["then by key", "a.key < b.key", "a.key > b.key"],
    ["who gets nothing has no output", "return high === 0 && low === 0", "return false"],
  ]),
  ...of("output-sheet", [
    ["amounts are written anew", "view.setUint32(start, payee.low, true);", ""],
    ["in both halves", "view.setUint32(start + 4, payee.high, true);", ""],
    ["whose place another takes is written anew", "isShifted || laid[i] !== payee", "isShifted"],
    ["and what stands behind a longer one", "isShifted = starts[i + 1] !== end", "isShifted = false"],
    ["what is behind the end is forgotten", "laid.length = payees.length;", ""],
    ["scripts are those of the version", "if (isOutdated) {", "if (payee.scriptOf === null) {"],
  ]),
  ...of("split", [
    ["payees without a script are refused", "if (script !== null)\n                continue;", "continue;"],
    ["the greatest are paid", "withoutFirst(parts, count - most)", "withoutFirst(parts, count - most - 1)"],
  ]),
  ...of("recent-payees", [
    ["payees are told apart by all their bytes", "equalBytes(known.bytes, bytes)", "true"],
    ["and by their type", "known.type === type && ", ""],
  ]),
  ...of("gentx", [
    ["the witness commitment comes first", "put(witnessCommitment(wtxidMerkleRoot))", "put(wtxidMerkleRoot)"],
    ["number of outputs", "+ split.count + 2)", "+ split.count + 1)"],
    ["sequence", "const SEQUENCE = Uint8Array.of(0xff", "const SEQUENCE = Uint8Array.of(0xfe"],
  ]),
  ...of("transaction-lists", [
    ["a hundred ancestors", "MAX_DEPTH = 100", "MAX_DEPTH = 99"],
    ["the nearest one counts", "if (!places.has(key))", "if (true)"],
    ["ancestors list theirs", "if (lists === null) {\n            throw", "if (false) {\n            throw"],
    ["references lead somewhere", "if (depth >= node.height)", "if (depth > node.height + 1)"],
  ]),
  ...of("choose-best", [
    ["five shares do not count", "UNCOUNTED_SHARES = 5", "UNCOUNTED_SHARES = 4"],
    ["a chain's age is that at 15/16 of its length", "(chainLength * 15) / 16", "(chainLength * 14) / 16"],
    ["over a sixteenth", "Math.floor(chainLength / 16)", "Math.floor(chainLength / 8)"],
    ["the newest block in it", "Math.max(newestBlock,", "Math.min(newestBlock,"],
    ["the time is one block more", "BigInt(1 - newestBlock)", "BigInt(2 - newestBlock)"],
    ["longer before heavier", "return a.height - b.height", "return b.height - a.height"],
    ["work per block", "return left < right ? -1 : 1", "return left < right ? 1 : -1"],
    [
      "a chain of full length is scored by work",
      "if (head.height < chainLength)\n        return { height",
      "if (head.height <= chainLength)\n        return { height",
    ],
    ["the heaviest head speaks for its tail", "head.work > heaviest.work", "head.work < heaviest.work"],
    ["heads by work", "compareBigints(a.work, b.work) ||\n        b.punish", "b.punish"],
    ["punished heads lose", "b.punish - a.punish ||", ""],
    ["the earlier seen wins", "b.node.item.seenAt - a.node.item.seenAt ||", ""],
    ["a punished head's own work is taken off", "countedWork(node, tracker) - own", "countedWork(node, tracker)"],
    ["ties by the hash", "compareIds(a.node.id, b.node.id));", "compareIds(b.node.id, a.node.id));"],
    ["away from punished shares", "while (punish > 0) {", "while (false) {"],
    ["to the deepest good descendant", "found.generations > best.generations", "found.generations < best.generations"],
    ["ties of descendants by the greatest hash", "found.node.id > best.node.id", "found.node.id < best.node.id"],
    ["not over naughty ones", "if (child.item.naughty !== 0)", NEVER],
    ["twenty generations", "DESCENDANT_GENERATIONS = 20", "DESCENDANT_GENERATIONS = 1"],
    ["what is refused is dropped", "tracker.remove(node.id);", ""],
    [
      "five attempts on a chain that is cut off",
      "Math.min(UNCOUNTED_SHARES, Math.max(0, height - chainLength))",
      "Math.max(0, height - chainLength)",
    ],
    ["verified chains grow down to CHAIN_LENGTH", "Math.max(chainLength - height, 0)", "0"],
    ["one share stays unverified", "mainHeight - 1 - chainLength", "mainHeight - chainLength"],
    ["missing parents are wanted for an hour", "WANTED_MAX_AGE = 3600", "WANTED_MAX_AGE = 1"],
  ]),
  ...of("punish", [
    ["block solutions are welcome", "return -1", "return 0"],
    ["naughty shares are not", "return node.item.naughty", "return 0"],
    ["blocks that are too large", "&& blockIsTooLarge(node, tracker, view) ? 1 : 0", "&& false ? 1 : 0"],
    ["weight", "4 * sizes + 320 + gentx.weight > blockMaxWeight", "false"],
    ["size", "sizes + 80 + gentx.stripped > blockMaxSize", "false"],
    ["easing by a time to come loses against an equal", "return isSilence(", "return !isSilence("],
  ]),
  ...of("prune", [
    ["five heads stay", "KEPT_HEADS = 5", "KEPT_HEADS = 4"],
    ["a head may go after 300 s", "HEAD_MIN_AGE = 300", "HEAD_MIN_AGE = 301"],
    ["an unverified one after 120 s of silence", "UNVERIFIED_MIN_AGE = 120", "UNVERIFIED_MIN_AGE = 121"],
    [
      "chains are cut at twice CHAIN_LENGTH and ten",
      "2 * tracker.rules.network.chainLength + 10",
      "2 * tracker.rules.network.chainLength + 11",
    ],
  ]),
  ...of("messages", [
    ["by one of two authors", "if (!equalBytes(hmacSha256(key, ciphertext), mac))", NEVER],
    [
      "every message is signed",
      "signed.length > 0 && signed.every(({ digest, signature }) => check(digest, signature, author))",
      "signed.length > 0",
    ],
    ["at least one message", "signed.length > 0 && ", ""],
    ["of 220 bytes at most", "MAX_PAYLOAD_BYTES = 220", "MAX_PAYLOAD_BYTES = 219"],
    ["three are read", "MAX_MESSAGES = 3", "MAX_MESSAGES = 2"],
    ["envelope version", "envelope[0] !== ENVELOPE_VERSION", "false"],
    ["inner version", "reader.u8() !== INNER_VERSION", "reader.u8() === undefined"],
    ["signatures in DER of the exact length", "der[1] !== der.length - 2", "false"],
    ["integers in their shortest form", "if (length > 1 && bytes[1] < 0x80)", NEVER],
  ]),
  ...of("merged/child-proof", [
    ["a proof needs a commitment", "if (commitment === null)", NEVER],
    ["only on a full window", "parent === null || parent.height < realChainLength", "parent === null"],
    ["only of chains that are mined along", "if (!mergedChains.some((chain) => chain.chainId === chainId))", NEVER],
    ["the coinbase pays what the chain demands", "if (!root)", NEVER],
    ["one slot", "if (commitment.size !== 1)", NEVER],
    ["the block committed to", "if (!equalBytes(hash256(header), commitment.merkleRoot))", NEVER],
  ]),
  ...of("merged/payout-commitment", [
    ["payees of weight 0 are left out", "if (weight === 0n) {", "if (false) {"],
    ["in the order of their scripts", "entries[middle].key < key", "entries[middle].key > key"],
    ["total and donation", "|D:", "|E:"],
  ]),
  ...of("merged/counted-window", [
    ["only those who vote for merged payouts", "if (desiredVersion < MERGED_PAYOUTS_SINCE)", NEVER],
    ["donations are taken off", "payee.weight += total - donated", "payee.weight += total"],
  ]),
  ...of("merged/child-coinbase", [
    ["donations come off first", "value - (value * donation) / total", "value"],
    ["outputs ascend by script", "a.script < b.script ? -1 : 1", "a.script < b.script ? 1 : -1"],
    ["a satoshi for the donation", "donation > 0n || value === 0n || parts.length === 0", "true"],
    ["who gets nothing has no output", ".filter(({ amount }) => amount > 0n)", ""],
    ["scripts of owners are converted", 'kind === "entry" ? known : childForm(known)', "known"],
  ]),
  ...of("merged/child-weights", [
    ["a share's own entry counts first", "if (entry !== undefined)", NEVER],
    ["then what was remembered", "mark === OWNER ? memory.find(chainId, owner, foreseen) : null", "null"],
  ]),
  ...of("merged/address-memory", [
    ["first come, first kept", "!this.scripts.has(key) && ", ""],
    [
      "also under the form to a key's hash",
      "for (const known of form === null ? [owner] : [owner, form])",
      "for (const known of [owner])",
    ],
  ]),
  ...of("mint", [
    [
      "the wtxid root has zeros in the first place",
      "merkleApply(new Uint8Array(32), byHash)",
      "merkleApply(new Uint8Array(32).fill(1), byHash)",
    ],
  ]),
  ...of("formats/v17", [["bounds the time", "boundsTimestampAbove: true", "boundsTimestampAbove: false"]]),
  ...of("formats/v35", [
    ["pads addresses as mended", 'padding: "fixed"', 'padding: "old"'],
    ["is followed by 36", "successor: 36", "successor: null"],
  ]),
  ...of("formats/v34", [
    ["pads addresses as before", 'padding: "old"', 'padding: "fixed"'],
    ["lists no transactions", "listsTransactions: false", "listsTransactions: true"],
  ]),
  ...of("formats/v36", [
    ["pays decayed", 'payouts: "decayed"', 'payouts: "flat"'],
    ["abswork of 64 bits", "absworkModulus: 1n << 64n", "absworkModulus: 1n << 128n"],
    ["may step back", "allowsStepBack: true", "allowsStepBack: false"],
  ]),
];
