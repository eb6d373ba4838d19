import { basename } from "node:path";
import type { Random } from "../../core/random.js";
import type { PoolNetwork } from "../../networks/index.js";
import { loadStoredShares } from "../../node/load-shares.js";
import { AddressBook } from "../../peers/address-book.js";
import { readSavedPeers, type SavedPeers } from "../../peers/peer-store.js";
import type { Clock } from "../../platform/clock.js";
import { prune, ShareRules, Tracker } from "../../sharechain/index.js";
import { PEERS_RECORD } from "../../store/record-names.js";
import type { Store } from "../../store/store.js";
import { evaluateUnaided } from "../inspect/evaluate.js";
import { readLines } from "../inspect/read-lines.js";
import { type BadLine, loadShareLog } from "../inspect/share-log.js";
import type { ReferenceFolder } from "./reference-folder.js";

export interface ImportJob {
  /** Started, its shares not loaded yet. */
  readonly store: Store;
  readonly network: PoolNetwork;
  readonly folder: ReferenceFolder;
  readonly clock: Clock;
  readonly random: Random;
  /** `part`: 0 to 1. */
  readonly progress: (what: string, part: number) => void;
}

export interface ImportReport {
  readonly files: number;
  /** Usable shares of the logs that the store did not have. */
  readonly added: number;
  /** Shares that the store has now, and how many of them were verified. */
  readonly shares: number;
  readonly verified: number;
  readonly best: string | null;
  readonly badLines: readonly (BadLine & { readonly file: string })[];
  /** Shares that follow no rule. */
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
  /** Nodes that the address book did not have. */
  readonly addresses: number;
  readonly addressesProblem: string | null;
}

/**
 * Takes a Python node's shares and addresses into a store (spec/05 §2). Every share is checked with its proof of work and
 * verified; what the other node had verified counts for nothing. @throws StoreError
 */
export async function importReference(job: ImportJob): Promise<ImportReport> {
  const { store, network, folder, clock, progress } = job;
  const tracker = new Tracker(new ShareRules(network));
  await loadStoredShares(store.shares, tracker);
  const badLines: (BadLine & { file: string })[] = [];
  let added = 0;
  for (const [i, path] of folder.shareLogs.entries()) {
    const lines = readLines(path, (part) => progress("reading", (i + part) / folder.shareLogs.length));
    const log = await loadShareLog(tracker, lines);
    added += log.added;
    for (const bad of log.badLines) badLines.push({ file: basename(path), ...bad });
  }
  const evaluation = evaluateUnaided(tracker, clock.now(), (part) => progress("verifying", part));
  const { decision, refused } = evaluation;
  // The logs hold what was forgotten long ago, too; a node would drop it at once.
  prune(tracker, decision, clock.now());
  store.shares.attach(tracker);
  await store.flush();
  return {
    files: folder.shareLogs.length,
    added,
    shares: tracker.main.size,
    verified: tracker.verified.size,
    best: decision.outcome === "decided" ? (decision.best?.id ?? null) : null,
    badLines,
    refused: [...refused.values()].map(({ node, verdict }) => ({ id: node.id, reason: verdict.reason })),
    ...(await importAddresses(job)),
  };
}

async function importAddresses({
  store,
  folder,
  clock,
  random,
}: ImportJob): Promise<Pick<ImportReport, "addresses" | "addressesProblem">> {
  if (folder.addresses === undefined) return { addresses: 0, addressesProblem: folder.addressesProblem };
  const theirs = Array.isArray(folder.addresses) ? readSavedPeers(folder.addresses) : null;
  if (theirs === null) return { addresses: 0, addressesProblem: "addrs is no list of nodes" };
  const ours = readSavedPeers(await store.records.load(PEERS_RECORD));
  const book = new AddressBook({ clock, random });
  if (ours !== null) book.restore(ours.book);
  const before = book.size;
  book.restore(theirs.book);
  const saved: SavedPeers = { version: 1, book: book.save(), bans: ours?.bans ?? [], anchors: ours?.anchors ?? [] };
  await store.records.save(PEERS_RECORD, saved);
  return { addresses: book.size - before, addressesProblem: null };
}
