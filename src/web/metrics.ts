import { bitsToTarget, targetToDifficulty } from "../core/compact.js";
import type { Histogram } from "../core/histogram.js";
import { payoutsNow, peerCounts } from "./classic/figures.js";
import type { NodeView } from "./view.js";

type Labels = Readonly<Record<string, number | string>>;
type Sample = readonly [labels: Labels, value: number | null];

export interface WebCounts {
  /** Requests answered, by route pattern and status. */
  readonly requests: ReadonlyMap<string, number>;
  /** Seconds until they were, by route pattern. */
  readonly requestSeconds: ReadonlyMap<string, Histogram>;
  readonly subscribers: number;
  readonly droppedStreams: number;
  /** How late the event loop is, seconds: 99 of 100 measurements are below. */
  readonly loopDelaySeconds: number;
}

/** Prometheus text format 0.0.4 (spec/12 D.4). What is unknown has no line. */
export function renderMetrics(view: NodeView, web: WebCounts, now: number): string {
  const out: string[] = [];
  const metric = (name: string, type: "counter" | "gauge", help: string, samples: readonly Sample[]): void => {
    const known = samples.filter(([, value]) => value !== null && Number.isFinite(value));
    if (known.length === 0) return;
    out.push(`# HELP p2pool_${name} ${help}`, `# TYPE p2pool_${name} ${type}`);
    for (const [labels, value] of known) out.push(`p2pool_${name}${labelText(labels)} ${value}`);
  };
  const gauge = (name: string, help: string, value: number | null): void => metric(name, "gauge", help, [[{}, value]]);

  const histogram = (name: string, help: string, samples: readonly (readonly [Labels, Histogram])[]): void => {
    const known = samples.filter(([, { count }]) => count > 0);
    if (known.length === 0) return;
    out.push(`# HELP p2pool_${name} ${help}`, `# TYPE p2pool_${name} histogram`);
    for (const [labels, { bounds, count, cumulative, sum }] of known) {
      for (const [i, below] of cumulative.entries()) {
        out.push(`p2pool_${name}_bucket${labelText({ ...labels, le: bounds[i]! })} ${below}`);
      }
      out.push(`p2pool_${name}_bucket${labelText({ ...labels, le: "+Inf" })} ${count}`);
      out.push(`p2pool_${name}_sum${labelText(labels)} ${sum}`, `p2pool_${name}_count${labelText(labels)} ${count}`);
    }
  };

  const { figures, ownShares, localWork, blocks } = view;
  const template = view.template();
  const { version: daemonVersion, latencySeconds } = view.daemon();
  const stratum = view.stratum();
  const rates = localWork.rates(now);
  const rate = rates.reduce((sum, user) => sum + user.rate, 0);
  const dead = rates.reduce((sum, user) => sum + user.deadRate, 0);
  const own = ownShares.counts();
  const peers = peerCounts(view);

  metric("build_info", "gauge", "version of the program", [
    [{ version: view.version, network: view.network.name, daemon: daemonVersion ?? "unknown" }, 1],
  ]);
  gauge("up_seconds", "seconds since the start", now - view.startedAt);
  const state = view.state();
  metric(
    "state",
    "gauge",
    "1 for the state that the node is in",
    STATES.map((name) => [{ state: name }, name === state ? 1 : 0]),
  );
  gauge("chain_height", "shares of the best chain", figures.best?.height ?? null);
  gauge("chain_shares", "shares held, side chains included", view.tracker.main.size);
  gauge(
    "chain_verified_height",
    "verified shares of the best chain",
    figures.best === null ? null : view.tracker.verified.height(figures.best.id),
  );
  gauge("share_difficulty", "lowest difficulty of a share", figures.shareDifficulty);
  gauge("best_share_timestamp_seconds", "time of the best share", figures.best?.item.share.info.timestamp ?? null);
  gauge("pool_hashrate", "hashes per second of the pool", figures.poolRate);
  gauge("pool_stale_ratio", "part of the pool's shares that is lost", figures.hour?.staleFraction ?? null);
  metric("local_hashrate", "gauge", "hashes per second of this node's miners", [
    [{ state: "good" }, rate - dead],
    [{ state: "dead" }, dead],
  ]);
  metric("own_shares", "gauge", "shares made by this node since its start, by what became of them", [
    [{ result: "good" }, own.total - own.orphaned - own.dead],
    [{ result: "orphan" }, own.orphaned],
    [{ result: "dead" }, own.dead],
  ]);
  metric(
    "pseudoshares_total",
    "counter",
    "submissions by result",
    [...localWork.results].map(([result, count]) => [{ result }, count]),
  );
  metric(
    "shares_total",
    "counter",
    "shares made by this node, once their fate is known",
    [...localWork.fates].map(([result, count]) => [{ result }, count]),
  );
  metric(
    "pool_blocks",
    "gauge",
    "blocks of the pool that are remembered, by status",
    BLOCK_STATES.map((status) => [{ status }, blocks.list.filter((block) => block.status === status).length]),
  );
  gauge("worker_connections", "connections of miners", stratum.connections);
  gauge("workers", "authorised miners", stratum.authorized);
  metric("peers", "gauge", "connected nodes", [
    [{ direction: "incoming" }, peers.incoming],
    [{ direction: "outgoing" }, peers.outgoing],
  ]);
  gauge("daemon_height", "height of the coin's newest block", template === null ? null : template.height - 1);
  gauge(
    "network_difficulty",
    "difficulty of a block",
    template === null ? null : targetToDifficulty(bitsToTarget(template.bits)),
  );
  gauge("template_age_seconds", "age of the block template", template === null ? null : now - template.receivedAt);
  gauge("template_fetch_seconds", "how long the daemon took for the last template", latencySeconds);
  gauge(
    "payout_current_satoshi",
    "what a block would pay to this node's address",
    figures.best === null || template === null ? null : Number(payoutsNow(view).get(view.address) ?? 0n),
  );
  metric(
    "warnings",
    "gauge",
    "1 for each warning that is raised",
    view.warnings().map(({ id }) => [{ id }, 1]),
  );
  metric(
    "http_requests_total",
    "counter",
    "requests answered",
    [...web.requests].map(([key, count]) => {
      const [route = "", status = ""] = key.split(" ");
      return [{ route, status }, count];
    }),
  );
  const byLabel = (name: string, histograms: ReadonlyMap<string, Histogram>): [Labels, Histogram][] =>
    [...histograms].map(([value, each]) => [{ [name]: value }, each]);
  const { daemonCalls, job, newWork, submission } = view.latencies();
  histogram("job_build_seconds", "making a job", [[{}, job]]);
  histogram("new_work_seconds", "from news to the last miner's job", [[{}, newWork]]);
  histogram("submit_handle_seconds", "from a submission to its reply", [[{}, submission]]);
  histogram("daemon_rpc_seconds", "calls of the daemon, long polls left out", byLabel("method", daemonCalls));
  histogram("http_request_seconds", "from a request to its answer", byLabel("route", web.requestSeconds));
  gauge("event_subscribers", "open event streams", web.subscribers);
  metric("events_dropped_total", "counter", "event streams closed because nobody read them", [
    [{}, web.droppedStreams],
  ]);
  metric("event_loop_lag_seconds", "gauge", "how late the event loop is", [
    [{ quantile: "0.99" }, web.loopDelaySeconds],
  ]);
  const { user, system } = process.cpuUsage();
  metric("process_cpu_seconds_total", "counter", "processor time", [[{}, (user + system) / 1e6]]);
  gauge("process_resident_memory_bytes", "resident memory", process.memoryUsage.rss());
  return `${out.join("\n")}\n`;
}

const STATES = ["bad_rules", "no_daemon", "no_peers", "ready", "starting", "syncing"];
const BLOCK_STATES = ["confirmed", "orphaned", "pending", "rejected"];

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(String(value))}"`);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
