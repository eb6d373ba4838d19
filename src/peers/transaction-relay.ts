import { BoundedSet } from "../core/bounded.js";
import { hashToHex } from "../core/bytes.js";
import { TokenBucket } from "../core/token-bucket.js";
import type { Clock } from "../platform/clock.js";
import type { ShareNode, UnprovenShare } from "../sharechain/index.js";
import { LIMITS, TIMERS } from "./limits.js";
import type { Peer } from "./peer.js";
import { TransactionPool, type Transactions, transactionKey } from "./transaction-pool.js";
import type { Message, Payloads } from "./wire/messages.js";

/** What is known of one connection, in both directions (spec/06 §8.3). */
interface Account {
  /** Hashes that the peer says it knows. */
  readonly peerKnows: BoundedSet<string>;
  /** What it holds for us, with the cost of each. */
  readonly holdsForUs: Map<string, number>;
  holdsBytes: number;
  /** What it made us hold. */
  readonly remembered: Map<string, number>;
  rememberedBytes: number;
  readonly announcements: TokenBucket;
}

export interface TransactionRelayOptions {
  readonly clock: Clock;
  readonly isLegacy: () => boolean;
  readonly blockMaxSize: number;
  readonly each: (action: (peer: Peer) => void) => void;
  readonly best: () => ShareNode | null;
}

/** Shares of the best chain whose transactions are kept (spec/06 §8.6). */
const SHARES_KEPT = 120;

/**
 * Sends the bodies of transactions ahead of the shares that refer to them (spec/06 §8). Only while the chain may hold shares
 * below version 34; else nothing is sent, and what comes was discarded before.
 */
export class TransactionRelay {
  readonly pool: TransactionPool;
  private readonly options: TransactionRelayOptions;
  private readonly accounts = new Map<Peer, Account>();
  private nextHousekeepingMs = 0;

  constructor(options: TransactionRelayOptions) {
    this.options = options;
    this.pool = new TransactionPool(options.clock);
  }

  established(peer: Peer): void {
    if (this.options.isLegacy()) this.begin(peer);
  }

  closed(peer: Peer): void {
    this.accounts.delete(peer);
  }

  /** False if the message is none of ours. */
  received(peer: Peer, message: Message): boolean {
    const account = this.accounts.get(peer);
    switch (message.command) {
      case "have_tx":
        this.haveTx(peer, account, message.payload.hashes);
        return true;
      case "losing_tx":
        for (const hash of message.payload.hashes) account?.peerKnows.delete(hash);
        return true;
      case "remember_tx":
        if (account !== undefined) this.remember(peer, account, message.payload);
        return true;
      case "forget_tx":
        // One that is not remembered is ignored: timing makes it an honest event (spec/06 §8.6).
        for (const hash of message.payload.hashes) if (account !== undefined) release(account, hash);
        return true;
      default:
        return false;
    }
  }

  /** Transactions of a new template, best fees first. */
  setMining(transactions: Transactions): void {
    const { pool } = this;
    pool.setMining(transactions);
    if (!this.options.isLegacy()) return;
    this.options.each((peer) => {
      const account = this.accounts.get(peer);
      if (account === undefined) return;
      this.forget(
        peer,
        account,
        [...account.holdsForUs.keys()].filter((hash) => !transactions.has(hash)),
      );
      this.hand(peer, account, transactions.keys());
    });
    this.announce(pool.add(transactions, true), null);
  }

  /** Transactions that the daemon relayed. */
  addKnown(transactions: Transactions): void {
    if (this.options.isLegacy()) this.announce(this.pool.add(transactions), null);
  }

  /** Whether every transaction that a share lists anew is known, or was until a moment ago. */
  hasTransactions(share: UnprovenShare, peer: Peer): boolean {
    const lists = share.info.transactions;
    if (lists === null || !this.options.isLegacy()) return true;
    const remembered = this.accounts.get(peer)?.remembered;
    return lists.newHashes.every((bytes) => {
      const hash = hashToHex(bytes);
      return this.pool.find(hash) !== undefined || (remembered?.has(hash) ?? false);
    });
  }

  /** Sends shares with what a peer needs to read them; false, and nothing is sent, if we do not have it ourselves. */
  around(peer: Peer, shares: readonly ShareNode[], send: () => void): boolean {
    const account = this.accounts.get(peer);
    const hashes = new Set<string>();
    for (const { item } of shares) {
      for (const bytes of item.share.info.transactions?.newHashes ?? []) hashes.add(hashToHex(bytes));
    }
    if (account === undefined || hashes.size === 0) {
      send();
      return true;
    }
    const missing = [...hashes].filter((hash) => !account.peerKnows.has(hash) && !account.holdsForUs.has(hash));
    if (!missing.every((hash) => this.pool.find(hash) !== undefined)) return false;
    const handed = this.hand(peer, account, missing);
    if (handed.length < missing.length) {
      this.forget(peer, account, handed);
      return false;
    }
    send();
    this.forget(peer, account, handed);
    return true;
  }

  /** Once or twice a second. */
  sweep(): void {
    const { clock, isLegacy } = this.options;
    if (!isLegacy()) {
      this.accounts.clear();
      return;
    }
    // Connections from before the switch begin now (spec/06 §8.1).
    this.options.each((peer) => this.accounts.has(peer) || this.begin(peer));
    if (clock.monotonicMs() < this.nextHousekeepingMs) return;
    this.nextHousekeepingMs = clock.monotonicMs() + TIMERS.transactionHousekeeping;
    const lost = this.pool.retain(this.needed());
    if (lost.length > 0)
      this.options.each((peer) => this.accounts.has(peer) && peer.send("losing_tx", { hashes: lost }));
  }

  private begin(peer: Peer): void {
    const account: Account = {
      peerKnows: new BoundedSet(LIMITS.knownToPeer),
      holdsForUs: new Map(),
      holdsBytes: 0,
      remembered: new Map(),
      rememberedBytes: 0,
      announcements: new TokenBucket(LIMITS.announcedTransactions, this.options.clock.monotonicMs()),
    };
    this.accounts.set(peer, account);
    peer.send("have_tx", { hashes: this.pool.hashes() });
    // As the reference does it, also when there is nothing.
    if (this.hand(peer, account, this.pool.mining.keys()).length === 0) {
      peer.send("remember_tx", { hashes: [], transactions: [] });
    }
  }

  private haveTx(peer: Peer, account: Account | undefined, hashes: readonly string[]): void {
    if (hashes.length > LIMITS.hashesPerHaveTx) peer.offend("undecodable", "too many transactions in one message");
    else for (const hash of hashes) account?.peerKnows.add(hash);
  }

  private remember(peer: Peer, account: Account, { hashes, transactions }: Payloads["remember_tx"]): void {
    let isUnknown = false;
    for (const hash of hashes) {
      const raw = this.pool.find(hash);
      if (raw !== undefined) hold(account, hash, raw.length);
      else isUnknown = true;
    }
    if (isUnknown) peer.offend("share-unknown-transactions", "refers to transactions that are not known");
    const bodies: [string, Uint8Array][] = [];
    for (const raw of transactions) {
      if (raw.length > Math.min(LIMITS.transactionBytes, this.options.blockMaxSize)) {
        peer.offend("undecodable", "a transaction is larger than a block may hold");
        return;
      }
      const hash = transactionKey(raw);
      if (account.remembered.has(hash)) continue;
      hold(account, hash, raw.length);
      if (account.rememberedBytes >= LIMITS.rememberedBytesAccepted) break;
      bodies.push([hash, raw.slice()]);
    }
    if (account.rememberedBytes >= LIMITS.rememberedBytesAccepted) {
      peer.offend("remembers-too-much", "makes us hold more transactions than agreed");
      return;
    }
    this.announce(this.pool.add(bodies), account.announcements);
  }

  /** Makes a peer hold transactions, as far as it may; returns those that it did not hold before. */
  private hand(peer: Peer, account: Account, wanted: Iterable<string>): string[] {
    const hashes: string[] = [];
    const transactions: Uint8Array[] = [];
    const handed: string[] = [];
    for (const hash of wanted) {
      const raw = this.pool.mining.get(hash) ?? this.pool.find(hash);
      if (raw === undefined || account.holdsForUs.has(hash)) continue;
      const cost = LIMITS.transactionCost + raw.length;
      if (account.holdsBytes + cost > LIMITS.rememberedBytes) continue;
      account.holdsForUs.set(hash, cost);
      account.holdsBytes += cost;
      handed.push(hash);
      if (account.peerKnows.has(hash)) hashes.push(hash);
      else transactions.push(raw);
    }
    peer.transactionBytes = account.holdsBytes;
    if (handed.length > 0) peer.send("remember_tx", { hashes, transactions });
    return handed;
  }

  private forget(peer: Peer, account: Account, hashes: readonly string[]): void {
    if (hashes.length === 0) return;
    for (const hash of hashes) {
      account.holdsBytes -= account.holdsForUs.get(hash) ?? 0;
      account.holdsForUs.delete(hash);
    }
    peer.transactionBytes = account.holdsBytes;
    peer.send("forget_tx", { hashes });
  }

  private announce(hashes: readonly string[], budget: TokenBucket | null): void {
    const nowMs = this.options.clock.monotonicMs();
    const told = budget === null ? hashes : hashes.slice(0, Math.floor(budget.takeUpTo(nowMs, hashes.length)));
    if (told.length > 0) this.options.each((peer) => this.accounts.has(peer) && peer.send("have_tx", { hashes: told }));
  }

  /** What peers made us hold, and what the newest shares of the best chain list. */
  private needed(): Set<string> {
    const needed = new Set<string>();
    for (const { remembered } of this.accounts.values()) for (const hash of remembered.keys()) needed.add(hash);
    const best = this.options.best();
    if (best === null) return needed;
    for (const { item } of best.chain(Math.min(best.height, SHARES_KEPT))) {
      for (const bytes of item.share.info.transactions?.newHashes ?? []) needed.add(hashToHex(bytes));
    }
    return needed;
  }
}

function hold(account: Account, hash: string, length: number): void {
  if (account.remembered.has(hash)) return;
  account.remembered.set(hash, LIMITS.transactionCost + length);
  account.rememberedBytes += LIMITS.transactionCost + length;
}

function release(account: Account, hash: string): void {
  account.rememberedBytes -= account.remembered.get(hash) ?? 0;
  account.remembered.delete(hash);
}
