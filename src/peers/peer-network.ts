import { asciiToBytes } from "../core/bytes.js";
import { errorMessage } from "../core/errors.js";
import type { PoolNetwork } from "../networks/pool-network.js";
import type { Timer } from "../platform/clock.js";
import type { Endpoint, Link } from "../platform/transport.js";
import { type AddressKind, addressKind, canonicalAddress, endpointText } from "./address.js";
import { AddressBook } from "./address-book.js";
import { Admission } from "./admission.js";
import { randomBytes } from "./chance.js";
import { Conduct } from "./conduct.js";
import type { DialFollower } from "./connection.js";
import { Dialer } from "./dialer.js";
import { parseNamedEndpoint } from "./endpoint.js";
import { FixedNode } from "./fixed-node.js";
import { Gossip } from "./gossip.js";
import { judgeGreeting } from "./greeting.js";
import type { Hello } from "./hello.js";
import { LIMITS, TIMERS } from "./limits.js";
import { OFFENCES, type Offence } from "./offences.js";
import { OwnAddress } from "./own-address.js";
import { Peer } from "./peer.js";
import type { PeerContext, PeerId } from "./peer-context.js";
import type { PeerListener, PeerNetworkOptions } from "./peer-network-options.js";
import { NO_STORE, type PeerStore, readSavedPeers } from "./peer-store.js";
import { type PeerView, peerView } from "./peer-view.js";
import { PortListener } from "./port-listener.js";
import { ReceiveBudget } from "./receive-budget.js";
import { Standing } from "./standing.js";
import type { Message } from "./wire/messages.js";

/**
 * All connections with other nodes: makes and accepts them, judges who may stay, counts offences, gossips addresses, and
 * hands the messages about shares to its listeners.
 *
 * Life: nothing happens before `start`; after `stop` has resolved no connection, timer or port of it is left.
 */
export class PeerNetwork {
  readonly book: AddressBook;
  readonly standing: Standing;
  /** For offences that come to light later, while shares are verified. */
  readonly conduct: Conduct;
  private readonly options: PeerNetworkOptions;
  private readonly context: PeerContext;
  private readonly admission: Admission;
  private readonly gossip: Gossip;
  private readonly dialer: Dialer;
  private readonly port: PortListener | null;
  private readonly own: OwnAddress;
  private readonly receiveBudget: ReceiveBudget;
  private readonly fixedNodes: readonly FixedNode[];
  private readonly store: PeerStore;
  private readonly listeners = new Set<PeerListener>();
  private readonly connections = new Map<Peer, { follower: DialFollower | null; offence: Offence | null }>();
  private timers: Timer[] = [];
  private lastId = 0;
  private queuedBytes = 0;
  private isRunning = false;

  constructor(options: PeerNetworkOptions) {
    this.options = options;
    const { network, clock, random, log, resolve, transport } = options;
    const isLegacy = options.isLegacy ?? (() => false);
    this.store = options.store ?? NO_STORE;
    this.receiveBudget = new ReceiveBudget(isLegacy() ? LIMITS.receiveBytesLegacy : LIMITS.receiveBytes);
    this.book = new AddressBook({ clock, random });
    this.standing = new Standing({ clock });
    const secret = randomBytes(random, 32);
    const kindOf = (address: string): AddressKind => this.kindOf(address);
    this.conduct = new Conduct({ standing: this.standing, log, kindOf, connections: () => this.all });
    this.context = {
      network,
      clock,
      random,
      log,
      secret,
      isLegacy,
      software: asciiToBytes(options.software),
      receiveBudget: this.receiveBudget,
      bestShare: options.bestShare,
      queued: (change) => this.countQueued(change),
      hooks: {
        judge: (peer, hello) => this.judge(peer, hello),
        established: (peer) => this.established(peer),
        received: (peer, message) => this.received(peer, message),
        punish: (peer, offence, detail) => this.punish(peer, offence, detail),
        closed: (peer, reason) => this.closed(peer, reason),
      },
    };
    this.admission = new Admission({
      maximum: options.maxIncoming ?? LIMITS.incoming,
      secret,
      kindOf,
      isBanned: (address) => this.standing.isBanned(address),
      isDiscouraged: (address) => this.standing.isDiscouraged(address),
      nowMs: () => clock.monotonicMs(),
    });
    const { listen, externalAddress } = options;
    this.port =
      listen === null
        ? null
        : new PortListener({
            transport,
            clock,
            log,
            host: listen.host,
            port: listen.port,
            failIfTaken: listen.failIfTaken ?? false,
            accept: (link) => this.accept(link),
            ...(listen.onBound === undefined ? {} : { onBound: listen.onBound }),
          });
    const external = externalAddress === undefined ? null : parseNamedEndpoint(externalAddress, network.p2pPort);
    this.own = new OwnAddress({
      clock,
      log,
      resolve,
      external:
        external === null ? null : { name: external.name, port: /:\d+$/.test(externalAddress!) ? external.port : null },
      boundPort: () => this.boundPort,
      advertise: options.advertise ?? true,
    });
    this.gossip = new Gossip({
      clock,
      random,
      book: this.book,
      defaultPort: network.p2pPort,
      kindOf,
      localNetwork: options.localNetwork ?? false,
      isOwn: (endpoint) => this.own.isOwn(endpoint),
      peers: () => this.peers,
      ownAddress: () => this.own.toAdvertise(),
    });
    const dial = (to: Endpoint, timeoutMs: number, signal: AbortSignal): Promise<Link> =>
      transport.connect(to, { timeoutMs, signal });
    const adopt = (link: Link, follower: DialFollower): Peer | null => this.adopt(link, follower);
    this.dialer = new Dialer({
      clock,
      random,
      book: this.book,
      target: options.outgoing ?? LIMITS.outgoing,
      dial,
      adopt,
      kindOf,
      mayDial: (endpoint) => this.mayDial(endpoint),
      peers: () => this.all,
    });
    this.fixedNodes = endpoints(options.fixedNodes ?? [], network).map(
      (endpoint) => new FixedNode({ endpoint, clock, random, log, resolve, dial, adopt }),
    );
  }

  /** Those that have been greeted. */
  get peers(): readonly Peer[] {
    return this.all.filter((peer) => peer.isEstablished);
  }

  /** A connection by its id; undefined once it is over. */
  peer(id: PeerId): Peer | undefined {
    return this.all.find((peer) => peer.id === id);
  }

  get connectedPeers(): readonly PeerView[] {
    const views: PeerView[] = [];
    for (const peer of this.connections.keys()) {
      const view = peerView(peer, this.standing.points(peer.address));
      if (view !== null) views.push(view);
    }
    return views;
  }

  /** All connections, also those without a greeting yet. */
  private get all(): readonly Peer[] {
    return [...this.connections.keys()];
  }

  get connectionCount(): number {
    return this.connections.size;
  }

  /** The port that others can reach us at; null while it is not bound. */
  get boundPort(): number | null {
    return this.port?.boundPort ?? null;
  }

  attach(listener: PeerListener): void {
    this.listeners.add(listener);
  }

  detach(listener: PeerListener): void {
    this.listeners.delete(listener);
  }

  /**
   * Resolves once the port is bound or waited for; called again it tries to get a port that was taken. @throws TransportError
   * if listening fails for good
   */
  async start(): Promise<void> {
    if (this.isRunning) {
      await this.port?.tryNow();
      return;
    }
    this.isRunning = true;
    const { clock } = this.options;
    const saved = readSavedPeers(await this.store.load());
    if (saved !== null) {
      this.book.restore(saved.book);
      this.standing.restore(saved.bans);
    }
    await this.port?.start();
    this.timers = [
      clock.every(this.options.sweepMs ?? TIMERS.sweep, () => this.sweep()),
      clock.every(TIMERS.save, () => void this.save()),
    ];
    for (const node of this.fixedNodes) node.start();
    this.dialer.start(saved?.anchors ?? []);
    this.bootstrap();
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return;
    this.isRunning = false;
    for (const timer of this.timers) timer.cancel();
    for (const node of this.fixedNodes) node.stop();
    this.dialer.stop();
    await this.save();
    // The port is closed once its last connection is, so these must not wait for it.
    const closed = this.port?.stop();
    for (const peer of this.all) peer.closeGently();
    await closed;
  }

  /** Nothing new for long: more connections, more addresses (spec/09 §5.7). */
  seekHelp(): void {
    this.dialer.seekMore();
    for (const peer of this.peers) this.gossip.ask(peer);
    this.bootstrap();
  }

  /** Does something for each peer; what fails for one does not stop the others (spec/06 §7.1). */
  each(action: (peer: Peer) => void): void {
    for (const peer of this.peers) {
      try {
        action(peer);
      } catch (error) {
        this.options.log.error({ err: error, peer: peer.id }, "sending to a peer failed");
        peer.close("internal error");
      }
    }
  }

  private kindOf(address: string): AddressKind {
    return addressKind(address, { testAddresses: this.options.testAddresses ?? false });
  }

  private mayDial(endpoint: Endpoint): boolean {
    const { standing } = this;
    return (
      this.gossip.isUsable(endpoint) && !standing.isBanned(endpoint.host) && !standing.isDiscouraged(endpoint.host)
    );
  }

  private bootstrap(): void {
    const { bootstrapHosts, network, resolve, clock, log } = this.options;
    if (this.options.outgoing === 0) return;
    for (const { name, port } of endpoints(bootstrapHosts ?? network.bootstrapHosts, network)) {
      resolve(name).then(
        (addresses) => {
          for (const host of addresses.map(canonicalAddress)) {
            const isUsable = host !== null && this.gossip.isUsable({ host, port });
            if (isUsable) this.book.add({ host, port }, host, clock.now());
          }
        },
        (error: unknown) => log.debug({ name, reason: errorMessage(error) }, "a bootstrap name has no address"),
      );
    }
  }

  private accept(link: Link): void {
    const address = canonicalAddress(link.remote.host);
    if (!this.isRunning || address === null) {
      link.abort();
      return;
    }
    const verdict = this.admission.judge(address, this.connections.keys());
    if (!verdict.admit) {
      this.options.log.debug({ address, reason: verdict.reason }, "a connection was refused");
      link.abort();
      return;
    }
    verdict.instead?.close("made room");
    this.add(link, address, null);
  }

  private adopt(link: Link, follower: DialFollower): Peer | null {
    const address = canonicalAddress(link.remote.host);
    return this.isRunning && address !== null ? this.add(link, address, follower) : null;
  }

  private add(link: Link, address: string, follower: DialFollower | null): Peer {
    const peer = new Peer({
      context: this.context,
      id: `${++this.lastId}`,
      link,
      address,
      direction: follower === null ? "incoming" : "outgoing",
      isFixed: follower?.isFixed ?? false,
    });
    this.connections.set(peer, { follower, offence: null });
    peer.start();
    return peer;
  }

  private judge(peer: Peer, hello: Hello): Offence | null {
    return judgeGreeting(peer, hello, { connections: this.all, minimumVersion: this.options.minimumVersion() });
  }

  private established(peer: Peer): void {
    const { hello, direction, address, port } = peer;
    this.options.log.info(
      {
        peer: peer.id,
        address: endpointText({ host: address, port }),
        direction,
        version: hello?.version,
        software: hello?.software,
      },
      "peer connected",
    );
    this.connections.get(peer)?.follower?.established(peer);
    if (peer.isClosed) return;
    this.gossip.established(peer);
    for (const listener of this.listeners) listener.established?.(peer);
  }

  private received(peer: Peer, message: Message): Promise<void> | undefined {
    if (this.gossip.received(peer, message)) return undefined;
    for (const listener of this.listeners) {
      const work = listener.received?.(peer, message);
      if (work !== undefined) return work;
    }
    return undefined;
  }

  private closed(peer: Peer, reason: string): void {
    const connection = this.connections.get(peer);
    if (connection === undefined) return;
    this.connections.delete(peer);
    this.conduct.closed(peer);
    this.gossip.closed(peer);
    for (const listener of this.listeners) listener.closed?.(peer);
    const { wasEstablished } = peer;
    if (wasEstablished) this.options.log.info({ peer: peer.id, reason }, "peer disconnected");
    connection.follower?.closed({ wasEstablished, offence: connection.offence });
  }

  private punish(peer: Peer, offence: Offence, detail: string): void {
    const connection = this.connections.get(peer);
    if (connection !== undefined && OFFENCES[offence].disconnect) connection.offence = offence;
    // Only where we dialled is the other end's port known.
    if (offence === "self-connection" && peer.direction === "outgoing") {
      this.own.recognise({ host: peer.address, port: peer.port });
    }
    this.conduct.punish(peer, offence, detail);
  }

  private countQueued(change: number): void {
    this.queuedBytes += change;
    if (change <= 0 || this.queuedBytes <= LIMITS.sendBytesTotal) return;
    let longest: Peer | null = null;
    for (const peer of this.connections.keys()) if (longest === null || peer.unsent > longest.unsent) longest = peer;
    longest?.offend("slow-reader", "has the longest queue while memory is short");
  }

  private sweep(): void {
    for (const peer of this.all) this.guarded(() => peer.sweep());
    this.guarded(() => this.receiveBudget.sweep(this.options.clock.monotonicMs()));
    this.guarded(() => this.own.sweep());
    this.guarded(() => this.gossip.sweep());
    for (const listener of this.listeners) this.guarded(() => listener.sweep?.());
  }

  private guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.options.log.error({ err: error }, "looking after peers failed");
    }
  }

  private async save(): Promise<void> {
    this.book.expire();
    try {
      await this.store.save({
        version: 1,
        book: this.book.save(),
        bans: this.standing.save(),
        anchors: this.dialer.anchorsToSave(),
      });
    } catch (error) {
      this.options.log.warn({ reason: errorMessage(error) }, "peers could not be saved");
    }
  }
}

function endpoints(texts: readonly string[], { p2pPort }: PoolNetwork): { name: string; port: number }[] {
  return texts.map((text) => parseNamedEndpoint(text, p2pPort)).filter((endpoint) => endpoint !== null);
}
