/**
 * Every bound on what comes from outside through the worker port, and what happens at it (spec/11 §4.11, §7; spec/09 §8,
 * §9). A test hands in others; nothing else in this folder has a bound of its own.
 */
export interface Limits {
  /** Stratum connections: further ones are closed at once. */
  readonly connections: number;
  /** Stratum connections of one address, loopback and private ranges exempt: further ones are closed at once. */
  readonly connectionsPerAddress: number;
  /** HTTP connections, in total and of one address: further ones are closed at once. */
  readonly httpConnections: number;
  readonly httpConnectionsPerAddress: number;
  /** Connections a second of the whole node, and how many at once: further ones wait. */
  readonly acceptsPerSecond: number;
  readonly acceptBurst: number;
  /** Connections a minute of one address: further ones wait longer and longer, up to `acceptDelayMs`. */
  readonly acceptsPerMinutePerAddress: number;
  readonly acceptDelayMs: number;
  /** Addresses remembered for the rules about addresses and for log-once rules: the oldest is forgotten. */
  readonly addressesRemembered: number;
  /** White space skipped before the protocol is decided: more closes the connection. */
  readonly leadingBytes: number;
  /** Bytes of one incoming line: more closes the connection. */
  readonly lineBytes: number;
  /** Lines handled before other connections get their turn. */
  readonly linesPerSlice: number;
  /** Malformed lines in a row: the last one closes the connection. */
  readonly malformedInARow: number;
  /** Requests a second and burst of one connection: reading stops for `overloadPauseMs`. */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  readonly overloadPauseMs: number;
  /** Such pauses without a calm time between: the connection is closed. */
  readonly overloadPauses: number;
  /** Invalid submissions: more than half of the last `conductWindow` and at least `invalidMinimum` in `conductMs` close. */
  readonly conductWindow: number;
  readonly invalidMinimum: number;
  readonly conductMs: number;
  /** Connections of one address closed for that within `banMs` which ban it for as long; exempt ones never. */
  readonly offencesForBan: number;
  readonly banMs: number;
  /** Submissions for unknown jobs in a row: a fresh job is sent; the connection is closed. */
  readonly unknownJobsForRefresh: number;
  readonly unknownJobsForClose: number;
  /** Unsent output besides one job: the socket is destroyed. */
  readonly unsentBytes: number;
  /** Replies of one connection that wait until the main process knows of them: reading stops meanwhile. */
  readonly heldReplies: number;
  /** Jobs one connection may refer to: the oldest is forgotten. */
  readonly jobsPerConnection: number;
  /** Age at which a job is forgotten: of the current parent block, of an older one (spec/10 §11.8). */
  readonly jobAgeMs: number;
  readonly oldBlockJobAgeMs: number;
  /** Notify lines kept for sharing: the least recently used is dropped. */
  readonly sharedLines: number;
  /** How long a notify line is handed to further connections before one with a newer time replaces it. */
  readonly sharedLineAgeMs: number;
  /** Least time between jobs that a connection causes itself (authorize, difficulty): coalesced. */
  readonly ownJobMs: number;
  /** Least time between difficulty suggestions that are honoured. */
  readonly suggestionMs: number;
  /** Authorised names of one connection: further ones count under the connection's first name. */
  readonly namesPerConnection: number;
  /** Worker names with statistics in the whole node: the one idle longest is forgotten. */
  readonly workerNames: number;
  /** How long an idle worker is remembered. */
  readonly workerIdleMs: number;
  /** Characters of a user name: longer ones are refused with error 20. */
  readonly usernameLength: number;
  /** Characters kept of any text a miner tells about itself. */
  readonly labelLength: number;
  /** Bytes of a request id that is an object or a list: larger ones are echoed as null. */
  readonly idBytes: number;
  /** Job fan-out works this long, or for so many connections, before it lets the event loop turn. */
  readonly fanoutSliceMs: number;
  readonly fanoutConnections: number;
  /** getwork answers whose solutions are taken: the one not used longest is forgotten. */
  readonly getworkAnswers: number;
  /** Waiting long polls: further ones are answered at once. */
  readonly longPolls: number;
  /** Longest wait of a long poll: it is answered with fresh work. */
  readonly longPollMs: number;
  /** Clients whose last long poll is remembered, and for how long: the one not seen longest is forgotten. */
  readonly longPollKeys: number;
  readonly longPollKeyMs: number;
  /** HTTP header section and number of fields: 431. Body: 413. */
  readonly httpHeaderBytes: number;
  readonly httpHeaderCount: number;
  readonly httpBodyBytes: number;
}

export const LIMITS: Limits = {
  connections: 10_000,
  connectionsPerAddress: 1000,
  httpConnections: 256,
  httpConnectionsPerAddress: 32,
  acceptsPerSecond: 50,
  acceptBurst: 50,
  acceptsPerMinutePerAddress: 30,
  acceptDelayMs: 5000,
  addressesRemembered: 10_000,
  leadingBytes: 64,
  lineBytes: 16_384,
  linesPerSlice: 100,
  malformedInARow: 5,
  requestsPerSecond: 200,
  requestBurst: 1000,
  overloadPauseMs: 1000,
  overloadPauses: 10,
  conductWindow: 200,
  invalidMinimum: 100,
  conductMs: 600_000,
  offencesForBan: 3,
  banMs: 600_000,
  unknownJobsForRefresh: 100,
  unknownJobsForClose: 1000,
  unsentBytes: 262_144,
  heldReplies: 200,
  jobsPerConnection: 64,
  jobAgeMs: 300_000,
  oldBlockJobAgeMs: 60_000,
  sharedLines: 5000,
  sharedLineAgeMs: 5000,
  ownJobMs: 1000,
  suggestionMs: 10_000,
  namesPerConnection: 10_000,
  workerNames: 10_000,
  workerIdleMs: 3_600_000,
  usernameLength: 256,
  labelLength: 64,
  idBytes: 256,
  fanoutSliceMs: 25,
  fanoutConnections: 64,
  getworkAnswers: 10_000,
  longPolls: 100,
  longPollMs: 60_000,
  longPollKeys: 10_000,
  longPollKeyMs: 3_600_000,
  httpHeaderBytes: 16_384,
  httpHeaderCount: 100,
  httpBodyBytes: 1_048_576,
};

/** Spec/11 §4.10, in milliseconds. */
export const TIMERS = {
  firstByte: 15_000,
  subscribe: 30_000,
  authorize: 120_000,
  /** A job for the fallback payee, for devices that authorise only once they have seen one (§4.1). */
  unauthorizedJob: 3000,
  /** When a miner that has not said what it is is asked. */
  askVersion: 10_000,
  refreshJob: 30_000,
  silence: 900_000,
  keepAlive: 60_000,
  workRefused: 60_000,
  drain: 30_000,
  httpRequest: 30_000,
  /** How far a getwork miner may move the time of its work forward (spec/11 §3.2), and clocks may differ. */
  rollTime: 100_000,
  clockSlack: 60_000,
  /** Valid work that comes this soon after the tip changed is answered true, though dead (spec/10 §11.7). */
  staleGrace: 1000,
  /** How often deadlines are looked at. */
  sweep: 1000,
  /** How often a taken port is tried again (§1). */
  bindRetry: 250,
} as const;
