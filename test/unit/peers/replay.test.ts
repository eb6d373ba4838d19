import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { transactionKey } from "../../../src/peers/transaction-pool.js";
import { payloadOf, readRecording } from "./support/recorded.js";
import { LOCAL, memoryStage, Replay, socketStage } from "./support/replay.js";

for (const [name, makeStage] of [
  ["links in memory", memoryStage],
  ["real sockets", socketStage],
] as const) {
  describe(`recorded sessions over ${name}`, () => {
    test("version-35 chain", async () => {
      const replay = new Replay({ isLegacy: false, stage: makeStage() });
      const { log } = readRecording("p2p-session");
      for (const line of log) {
        if (line.command === "sharereply" && line.dir === "from_node") {
          for (const { raw } of [...payloadOf(line, "sharereply").shares].reverse()) replay.chain.take(raw);
        }
      }
      // The reference's first greeting names its best share.
      const first = payloadOf(log[1]!, "version").bestShare!;
      replay.chain.say(replay.chain.get(first)!);
      await replay.node.start();
      for (const line of log) await replay.play(line);
      assert.equal(replay.compared, 74);
      assert.ok(replay.node.peers.standing.points(LOCAL) < 100);
      await replay.stop();
    });

    test("version-17 chain: transactions go ahead of shares", async () => {
      const replay = new Replay({ isLegacy: true, stage: makeStage() });
      const { log } = readRecording("p2p-session-v17");
      const bodies = log.flatMap((line) =>
        line.command === "remember_tx" ? [payloadOf(line, "remember_tx").transactions.map((raw) => raw.slice())] : [],
      );
      const template = (raws: readonly Uint8Array[]): Map<string, Uint8Array> =>
        new Map(raws.map((raw) => [transactionKey(raw), raw]));
      replay.node.exchange.setTemplateTransactions(template(bodies[0]!));
      await replay.node.start();
      const seen = new Set<string>();
      for (const line of log) {
        if (line.dir === "from_node") {
          const count = line.command === "remember_tx" ? payloadOf(line, "remember_tx").transactions.length : 0;
          // We send no empty ones after the greeting.
          if (line.command === "remember_tx" && count === 0) continue;
          if (line.command === "forget_tx") replay.node.exchange.setTemplateTransactions(new Map());
          if (line.command === "remember_tx" && seen.has("remember_tx")) {
            replay.node.exchange.setTemplateTransactions(template(bodies.at(-1)!));
          }
          if (line.command === "losing_tx") await replay.run(11_000);
          if (line.command === "have_tx" && seen.has("have_tx") && payloadOf(line, "have_tx").hashes.length === 1) {
            const [hash] = payloadOf(line, "have_tx").hashes;
            replay.node.exchange.addTransactions(new Map([[hash!, new Uint8Array(100)]]));
          }
          seen.add(line.command!);
        }
        if (line.event?.startsWith("---") !== true) await replay.play(line);
      }
      assert.equal(replay.compared, 45);
      await replay.stop();
    });
  });
}
