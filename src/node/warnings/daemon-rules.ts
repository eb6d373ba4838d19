import type { Found, Rule, WarningFacts } from "./facts.js";

/** A template older than this means that the daemon is lost (spec/12 A.3). */
const LOST_AFTER = 60;
/** A daemon that restarts takes a while. */
const P2P_DOWN_AFTER = 600;
const PRE_RELEASE = /pre-release test build/i;

function daemonWarnings({ daemon }: WarningFacts): readonly Found[] {
  return daemon.warnings
    .filter((text) => !PRE_RELEASE.test(text))
    .map((text, i) => ({
      // One id each: several of the same kind are told apart by their place.
      id: i === 0 ? "daemon_warning" : `daemon_warning_${i + 1}`,
      severity: "warning",
      text: `(from the coin daemon) ${text}`,
    }));
}

function daemonVersion({ daemon }: WarningFacts): Found | null {
  if (daemon.upgradeTo === null) return null;
  const text = `the coin daemon is too old: upgrade it to ${daemon.upgradeTo} or later`;
  return { id: "daemon_version", severity: "error", text };
}

function lostContact({ daemon }: WarningFacts): Found | null {
  const seconds = daemon.secondsWithoutTemplate;
  if (seconds <= LOST_AFTER) return null;
  const text = `LOST CONTACT WITH THE COIN DAEMON for ${Math.floor(seconds)} seconds! Check that it has not frozen or gone away.`;
  return { id: "daemon_lost", severity: "error", text };
}

function coinP2pDown({ now, daemon }: WarningFacts): Found | null {
  if (daemon.p2pDownSince === null || now - daemon.p2pDownSince < P2P_DOWN_AFTER) return null;
  return {
    id: "coin_p2p_down",
    severity: "warning",
    text: "the coin daemon cannot be reached by its P2P protocol: blocks are heard of and handed in later than they could be. Check --bitcoind-p2p-port, and that it has a connection slot free",
  };
}

/** The daemon fills its template and leaves room for a generation transaction of its own, which is small. */
function coinbaseWeight({ daemon, mining }: WarningFacts): Found | null {
  const { weightLeft } = daemon;
  const { gentxWeight } = mining;
  if (weightLeft === null || gentxWeight === null || gentxWeight <= weightLeft) return null;
  return {
    id: "coinbase_weight",
    severity: "info",
    text: `the coin daemon leaves ${weightLeft} weight units for the generation transaction, which needs ${gentxWeight}: transactions are left out of blocks and their fees lost. Set blockreservedweight=${roundUp(gentxWeight)} in its configuration (blockmaxweight=${4_000_000 - roundUp(gentxWeight)} before version 29)`,
  };
}

function roundUp(weight: number): number {
  return Math.ceil(weight / 10_000) * 10_000;
}

function blockRejected({ mining }: WarningFacts): Found | null {
  if (mining.rejectedBlock === null) return null;
  const { hash, reason } = mining.rejectedBlock;
  const text = `the coin daemon refused block ${hash}: ${reason ?? "it gave no reason"}`;
  return { id: "block_rejected", severity: "error", text };
}

export const DAEMON_RULES: readonly Rule[] = [
  daemonWarnings,
  daemonVersion,
  lostContact,
  coinP2pDown,
  coinbaseWeight,
  blockRejected,
];
