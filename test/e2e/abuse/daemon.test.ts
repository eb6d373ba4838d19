import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { afterEach, describe, test } from "node:test";
import { type FakeReply, type FakeRequest, refusal } from "../../support/daemon-fake.js";
import { PAYEE } from "../../unit/peers/support/chain.js";
import { LineClient } from "../../unit/workers/support/stratum.js";
import { AbuseScene } from "./support/scene.js";

describe("abuse by the daemon (spec/09 §14)", () => {
  let scene: AbuseScene;
  afterEach(() => scene?.stop());

  test("T20: a daemon that answers with everything but a template", async () => {
    scene = await AbuseScene.start({ memory: 64 });
    const good = scene.daemon.script;
    const before = (await scene.call("usage")).bytes;
    const lines = (await scene.call("log")).length;
    let most = 0;
    const phase = async (
      script: (request: FakeRequest, response: ServerResponse) => FakeReply | null,
    ): Promise<void> => {
      scene.daemon.script = script;
      scene.daemon.closeConnections();
      const asked = scene.daemon.requests.length;
      for (let half = 0; half < 40; half++) {
        await scene.skip(500);
        await scene.settled();
      }
      await scene.until(() => scene.daemon.requests.length > asked, "question");
      most = Math.max(most, (await scene.call("usage")).bytes - before);
    };
    await phase((_, response) => endless(response));
    await phase((request) => refusal(request, -28, "Loading block index..."));
    await phase(() => ({ status: 401, body: "" }));
    assert.ok(most < 64 * 2 ** 20, `${most} bytes more`);
    await scene.skip(5_000);

    const waiting = await LineClient.open(scene.workerPort);
    await waiting.request("mining.subscribe", ["test"]);
    await waiting.request("mining.authorize", [PAYEE, "x"]);
    const told = await waiting.next();
    assert.equal(told.method, "client.show_message");
    assert.match(String(told.params![0]), /waiting for the coin daemon: the daemon refuses the user name or password/);

    scene.daemon.script = good;
    let isServed = false;
    void waiting.notification("mining.notify").then(
      () => {
        isServed = true;
      },
      () => {},
    );
    for (let second = 0; second < 16 && !isServed; second++) {
      await scene.skip(1_000);
      await scene.probe();
    }
    await scene.until(() => isServed, "new work");
    const kinds = new Map<string, number>();
    for (const { level, msg } of (await scene.call("log")).slice(lines)) {
      if (level >= 40) kinds.set(msg, (kinds.get(msg) ?? 0) + 1);
    }
    assert.ok(kinds.size > 0);
    for (const [msg, count] of kinds) assert.ok(count <= 2, `${count} lines "${msg}" within about a minute`);
    waiting.socket.destroy();
    await scene.finish({ besides: /^LOST CONTACT WITH THE COIN DAEMON/ });
  });
});

/** A body that would be a gigabyte. */
function endless(response: ServerResponse): null {
  response.writeHead(200, { "Content-Type": "application/json" });
  const piece = Buffer.alloc(2 ** 20, 0x20);
  let left = 1_024;
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      left--;
      if (!response.write(piece)) {
        response.once("drain", more);
        return;
      }
    }
    response.end();
  };
  more();
  return null;
}
