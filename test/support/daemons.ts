import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../src/daemon/embedded/free-port.js";
import { RpcClient, RpcClientError } from "../../src/daemon/rpc/index.js";

export { freePort };

/** The wrapper in /usr/bin would write to the home folder. */
const LITECOIND = process.env.LITECOIND ?? "/usr/lib/litecoin/litecoind";

/** Why tests with litecoind cannot run here; false if they can. Fits node:test's `skip`. */
export const noLitecoind: string | false = existsSync(LITECOIND) ? false : `${LITECOIND} is not installed`;

export interface RunningLitecoind {
  readonly rpcUrl: string;
  readonly cookieFile: string;
  readonly p2pPort: number;
  /** Its data directory. */
  readonly directory: string;
  /** SIGSTOP and SIGCONT, for example. */
  signal(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

export interface LitecoindOptions {
  /** Whether it gets a bare connection as its only peer: without any it refuses templates. */
  readonly peer?: boolean;
  readonly args?: readonly string[];
  /** Its data directory, which then is the caller's to remove; a temporary one by default. */
  readonly directory?: string;
  /** Free ones by default. */
  readonly rpcPort?: number;
  readonly p2pPort?: number;
  /** With a wallet, and the extension block from height 432 on. */
  readonly mweb?: boolean;
}

/** A litecoind on regtest, with MWEB far away, that answers RPC. */
export async function startLitecoind(options: LitecoindOptions = {}): Promise<RunningLitecoind> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "litecoind-")));
  const rpcPort = options.rpcPort ?? (await freePort());
  const p2pPort = options.p2pPort ?? (await freePort());
  const child = spawn(
    LITECOIND,
    [
      "-regtest",
      `-datadir=${directory}`,
      "-server",
      "-listen=1",
      `-bind=127.0.0.1:${p2pPort}`,
      `-port=${p2pPort}`,
      "-rpcbind=127.0.0.1",
      "-rpcallowip=127.0.0.1",
      `-rpcport=${rpcPort}`,
      "-discover=0",
      "-dnsseed=0",
      "-upnp=0",
      "-listenonion=0",
      "-printtoconsole=0",
      "-maxtipage=4000000000",
      ...(options.mweb ? ["-fallbackfee=0.001"] : ["-disablewallet", "-vbparams=mweb:4000000000:4100000000"]),
      ...(options.args ?? []),
    ],
    { stdio: "ignore" },
  );
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const rpcUrl = `http://127.0.0.1:${rpcPort}/`;
  const daemon = { rpcUrl, cookieFile: join(directory, "regtest", ".cookie"), p2pPort, directory };
  let peer: Socket | null = null;
  const stop = async (): Promise<void> => {
    peer?.destroy();
    child.kill("SIGKILL");
    await ended;
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
  };
  try {
    await untilAnswering(daemon, child);
    if (options.peer !== false) peer = await connectTo(p2pPort);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...daemon, stop, signal: (signal) => void child.kill(signal) };
}

async function untilAnswering(daemon: Omit<RunningLitecoind, "signal" | "stop">, child: ChildProcess): Promise<void> {
  const rpc = new RpcClient({ url: daemon.rpcUrl, auth: { cookieFile: daemon.cookieFile } });
  const deadline = performance.now() + 15_000;
  try {
    for (;;) {
      try {
        await rpc.getBlockCount();
        return;
      } catch (error) {
        const isStarting = error instanceof RpcClientError && (error.retryable || error.code === "RPC_CONFIG");
        if (!isStarting || performance.now() > deadline || child.exitCode !== null) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    rpc.close();
  }
}

function connectTo(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket));
    socket.once("error", reject);
    // Whatever it says is not for us.
    socket.resume();
  });
}
