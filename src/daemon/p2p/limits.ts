/**
 * Every bound on what comes from the daemon's side of its P2P connection, and what happens at it (spec/07 §5, spec/09 §10).
 * The daemon is the operator's, but what answers at its port may be something else, or in between.
 */
export const LIMITS = {
  /** Payloads of the commands that we read; a longer one ends the connection. */
  payloads: {
    version: 2_048,
    verack: 0,
    ping: 8,
    pong: 8,
    /** 50,000 entries. */
    inv: 1_800_009,
    getdata: 1_800_009,
    /** 2,000 headers. */
    headers: 162_003,
    /** 101 hashes, and room for more. */
    getheaders: 8_192,
  },
  /**
   * Longer ones of these are passed over: 1,000 entries, beyond which lists are of transactions, and reading all 50,000 would take
   * the event loop's time.
   */
  readBytes: { inv: 36_003, getdata: 36_003 } as Readonly<Record<string, number>>,
  /** Of the blocks of one list the newest: daemons tell of so many at once when their chain has changed. */
  blocksOfList: 8,
  /** New blocks, a second and at once; further ones are left to the template's own news. */
  blocks: { perSecond: 10, burst: 100 },
  /** Token buckets, a second and at once: messages; bytes of messages that are not read. Over one the connection ends. */
  messages: { perSecond: 100, burst: 2_000 },
  unreadBytes: { perSecond: 1_000_000, burst: 64_000_000 },
  /** Unsent bytes, of pongs for example: a daemon that does not read is cut off. A block of ours may be this long by itself. */
  sendBytes: 64_000_000,
  /** Different headers asked for at a time; one more is refused. */
  headerRequests: 64,
  /** Hashes remembered as announced: the oldest is forgotten. */
  announcements: 1_000,
  /** Own blocks kept to be sent again or asked for: the oldest is forgotten. */
  ownBlocks: 8,
  /** Times that a block of ours is sent on one connection that asks for it; further requests are not answered. */
  answersOfBlock: 3,
  /** Headers of the coin's chain: the oldest is forgotten. */
  headers: 20_000,
} as const;

/** Milliseconds, on the monotonic clock. */
export const TIMERS = {
  sweep: 1_000,
  connect: 5_000,
  handshake: 10_000,
  ping: 30_000,
  /** Without a message, though there was a ping. */
  silence: 90_000,
  /** For one message to come in whole. */
  message: 60_000,
  header: 5_000,
  /** From one attempt to the next: doubled from the least to the most, and the least again after a handshake. */
  reconnectLeast: 1_000,
  reconnectMost: 15_000,
  /** How long it may be down before the operator is told. */
  downWarning: 60_000,
  /** A block of ours is sent on connections that are made within this time (spec/07 §11.2: 10 attempts, 10 s apart). */
  blockKept: 100_000,
  /** Before a hash is asked for again while the chain of headers is followed back (spec/07 §9.2). */
  headerAgain: 60_000,
} as const;
