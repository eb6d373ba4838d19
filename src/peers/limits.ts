/**
 * Every bound on what comes from outside through the P2P port, and what happens at it (spec/06 §4.4, §5, §10; spec/09 §3 to
 * §5). Nothing else in this folder has a bound of its own.
 */
export const LIMITS = {
  /** Bytes that may be held of one connection before its `version` is complete: more closes it. */
  versionBytes: 2_048,
  /** Payload caps of commands with a small one; over it closes the connection. */
  addrsBytes: 34_003,
  shareRequestBytes: 65_536,
  /** Of `sharereply` while nothing was asked of the peer. */
  unaskedReplyBytes: 4_096,
  transactionHashBytes: 8_000_000,
  unknownCommandBytes: 1_000_000,
  /** From here on `shares` and `sharereply` are large: only so many an hour from one peer, then the connection ends. */
  largeSharesBytes: 1_000_000,
  largeReplyBytes: 4_000_000,
  largeMessagesPerHour: 3,
  /** Honest: 5, or 1,000 and one for each requested hash. More is undecodable. */
  sharesPerMessage: 1_100,

  /** Bytes of unfinished messages, all connections together: over it the larger ones are not read on. */
  receiveBytes: 64_000_000,
  receiveBytesLegacy: 256_000_000,
  /** Unfinished messages below this are read in any case; that is at most so much for each connection. */
  smallMessageBytes: 65_536,
  /** While a message of this length comes in, and for a while after, other answers are not waited for. */
  longMessageBytes: 100_000,
  /** Decoded and not yet handled, of one peer: reading stops. */
  waitingMessages: 4,
  waitingBytes: 2_000_000,
  /** Unsent, of one peer: the connection ends. Of all: that with the longest queue ends. */
  sendBytes: 8_000_000,
  sendBytesTotal: 128_000_000,
  /** Handed to the link at a time, so that something urgent does not wait behind megabytes. */
  linkBytes: 262_144,
  /** List-valued messages are split above this. */
  splitPayloadBytes: 1_000_000,

  /** Token buckets: a second, and at once. Over them a message is dropped for a point. */
  messages: { perSecond: 100, burst: 500 },
  pings: { perSecond: 2, burst: 10 },
  addressMessages: { perSecond: 0.1, burst: 5 },
  blockHeaders: { perSecond: 0.1, burst: 5 },
  /** Of all peers together; over it a header is dropped without points. */
  headerHashes: { perSecond: 10, burst: 10 },
  headersRemembered: 32,
  /** Bytes of transaction messages that nobody wants; the refill is BLOCK_MAX_SIZE a minute. Over it the connection ends. */
  unwantedBytes: 64_000_000,

  /** Serving shares, for each peer; over it answers become short or empty. */
  requests: { perSecond: 0.5, burst: 60 },
  nullRequests: { perSecond: 5, burst: 20 },
  servedShares: { perSecond: 200, burst: 20_000 },
  servedBytes: { perSecond: 200_000, burst: 32_000_000 },
  servedBytesTotal: { perSecond: 2_000_000, burst: 64_000_000 },
  sharesPerAnswer: 1_000,
  bytesPerAnswer: 4_000_000,
  bytesPerAnswerLegacy: 32_000_000,
  hashesPerRequest: 32,

  /** Own requests: of one peer, surplus ones wait; of all peers downloads, each for another share. */
  requestsPerPeer: 8,
  downloads: 3,
  announcedHeads: 32,
  stops: 100,
  /** Hashes whose downloads are remembered: the oldest is forgotten. */
  downloadsRemembered: 2_000,

  /** Unsolicited shares of one peer in each window of so many tenths of SHARE_PERIOD, and 4 times as many new ones of all. */
  shareWindows: [
    { tenths: 1, shares: 20 },
    { tenths: 60, shares: 120 },
    { tenths: 600, shares: 360 },
  ],
  shareWindowsTotalFactor: 4,
  /** New shares of each peer whatever the others send: one message, and one share more each SHARE_PERIOD. */
  sharesReserved: 5,
  /** Shares whose parent is unknown: of one peer, of all; the one with least work gives way. */
  orphans: 64,
  orphansTotal: 512,
  /** Proof-of-work evaluations that wait for the pool of threads: peers that fill it are not read. */
  provesWaiting: 5_000,
  rejectedDigests: 10_000,
  /** Other copies of a share that is held but not verified (spec/06 §7.4): of one hash, of all. */
  alternatives: 3,
  alternativesTotal: 256,
  /** Deliverers remembered of shares that are not yet verified: the oldest is forgotten. */
  deliveries: 20_000,
  /** Contents above this are cut before they are decoded, in case a relay inflated them. */
  plainShareBytes: 2_048,
  /** Hashes a peer is known to have: the oldest is forgotten. */
  sharesKnownToPeer: 200,
  /** Shares told to peers when the tip changes, and those remembered as told. */
  broadcastShares: 5,
  /** Longest payout address that decodes (spec/09 §5.2 stage 1). */
  payeeBytes: 128,
  heldFutureShares: 100,

  /** Transactions for shares before version 34 (spec/06 §8). */
  rememberedBytes: 24_999_999,
  rememberedBytesAccepted: 25_000_000,
  transactionCost: 100,
  hashesPerHaveTx: 200_000,
  knownToPeer: 50_000,
  transactionBytes: 400_000,
  knownBytes: 200_000_000,
  announcedTransactions: { perSecond: 1_000, burst: 10_000 },

  /** Connections. */
  incoming: 40,
  outgoing: 6,
  anchors: 2,
  dialsInProgress: 4,
  greeting: 8,
  greetingPerAddress: 2,
  perAddress: 2,
  perGroup: 3,
  perIpv6Subnet: 1,
  loopback: 10,
  privateRange: 10,
  acceptsPerMinutePerAddress: 6,
  accepts: { perSecond: 5, burst: 20 },
  /** Addresses whose conduct, accepts or dials are remembered: the oldest harmless one is forgotten. */
  addressesRemembered: 10_000,
  formerPeers: 1_000,

  /** Address book. */
  newBuckets: 64,
  triedBuckets: 16,
  bucketSize: 32,
  newAddresses: 2_000,
  triedAddresses: 500,
  bucketsPerSource: 8,
  addressesPerSubnet: 25,
  addressesPerSource: 50,
  recordsPerMessage: 100,
  recordsRelayed: 10,
  /** Records of one peer that are looked at; each getaddrs of ours allows 100 more. */
  records: { perSecond: 0.1, burst: 100 },
  relays: { perSecond: 1, burst: 10 },
  addressesAskedPerHour: 100,
  softwareNameBytes: 128,
} as const;

/** Milliseconds, on the monotonic clock. */
export const TIMERS = {
  /** How often deadlines are looked at. */
  sweep: 500,
  handshake: 10_000,
  dial: 5_000,
  dialFixed: 10_000,
  /** Without a complete valid message. */
  inactivity: 300_000,
  /** Silence after which the peer is asked for share 0, which everybody answers at once. */
  probe: 90_000,
  /** From the last message sent to the next ping, at random. */
  pingLeast: 30_000,
  pingMost: 60_000,
  /** First measurement of the round trip after the handshake, and the next ones. */
  firstRoundTrip: 5_000,
  roundTrip: 300_000,
  request: 15_000,
  /** A message has this long, and a second more for each so many bytes, and at most that long. */
  message: 20_000,
  messageBytesPerSecond: 20_000,
  messageMost: 600_000,
  /** How long memory for messages may be short before the largest unfinished one is given up. */
  receiveShortage: 60_000,
  discouraged: 600_000,
  ban: 3_600_000,
  banMost: 86_400_000,
  /** Bans within this lengthen the next. */
  banMemory: 7 * 86_400_000,
  pointDecay: 36_000,
  selfAddress: 86_400_000,

  outgoing: 1_000,
  dialBackoffLeast: 30_000,
  dialBackoffMost: 3_600_000,
  notP2Pool: 86_400_000,
  dialSubnet: 60_000,
  feeler: 120_000,
  fixedLeast: 1_000,
  fixedMost: 300_000,
  bindRetry: 250,
  replaceQuietPeer: 600_000,
  stalePeers: 600_000,

  getaddrs: 20_000,
  advertisePerPeer: 100_000,
  advertiseLeast: 60_000,
  resolveExternal: 3_600_000,
  save: 300_000,
  addressAnswer: 600_000,

  downloadPause: 1_000,
  /** While something is wanted and nobody can be asked. */
  downloadIdle: 10_000,
  emptyReply: 600_000,
  downloadBackoffMost: 3_600_000,
  headerRelay: 2_000,
  secondBlockBroadcast: 5_000,
  droppedTransactions: 20_000,
  transactionHousekeeping: 10_000,
} as const;
