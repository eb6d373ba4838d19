import { username } from "../miners.js";
import { BenchMiner } from "./miner-servers.js";

// Miners in a process of their own. Arguments: port, number of the first miner, how many, and 1 if they log in. Says when all have their first job, and then, each time it is told to listen, when all have got one more.

export interface FromCrowd {
  readonly kind: "connected" | "listening" | "served";
  readonly lost: number;
}

const [port, first, count, logsIn] = process.argv.slice(2).map(Number) as [number, number, number, number];
const miners: BenchMiner[] = [];
const tell = (kind: FromCrowd["kind"]): void => {
  process.send?.({ kind, lost: miners.filter(({ isLost }) => isLost).length } satisfies FromCrowd);
};

process.on("message", () => {
  const everybody = Promise.all(miners.map((miner) => miner.nextLine()));
  tell("listening");
  void everybody.then(() => tell("served"));
});
while (miners.length < count) {
  const some = Math.min(100, count - miners.length);
  const begun = first + miners.length;
  const opened = Array.from({ length: some }, (_, i) =>
    BenchMiner.open(port, logsIn === 1 ? username(begun + i) : null),
  );
  miners.push(...(await Promise.all(opened)));
}
tell("connected");
