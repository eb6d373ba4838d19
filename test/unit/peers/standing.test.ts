import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Standing } from "../../../src/peers/standing.js";
import { VirtualTime } from "./support/virtual-time.js";

const HOUR_MS = 3_600_000;

function make(): { clock: VirtualTime; standing: Standing } {
  const clock = new VirtualTime();
  return { clock, standing: new Standing({ clock }) };
}

describe("standing of addresses", () => {
  test("points decay by a hundred an hour", async () => {
    const { clock, standing } = make();
    assert.equal(standing.punish("1.2.3.4", 90), false);
    await clock.run(HOUR_MS / 2);
    assert.equal(Math.round(standing.points("1.2.3.4")), 40);
    await clock.run(HOUR_MS);
    assert.equal(standing.points("1.2.3.4"), 0);
  });

  test("a hundred points are enough, fifty make it unwelcome", () => {
    const { standing } = make();
    standing.punish("1.2.3.4", 49);
    assert.ok(!standing.isDiscouraged("1.2.3.4"));
    standing.punish("1.2.3.4", 1);
    assert.ok(standing.isDiscouraged("1.2.3.4"));
    assert.ok(standing.punish("1.2.3.4", 50));
    assert.ok(!standing.isBanned("1.2.3.4"), "the caller decides");
  });

  test("a ban lasts an hour, twice as long each time within a week, at most a day", async () => {
    const { clock, standing } = make();
    for (const hours of [1, 2, 4, 8, 16, 24, 24]) {
      standing.ban("1.2.3.4");
      await clock.run(hours * HOUR_MS - 1);
      assert.ok(standing.isBanned("1.2.3.4"), `${hours} h`);
      await clock.run(1);
      assert.ok(!standing.isBanned("1.2.3.4"), `${hours} h are over`);
    }
    await clock.run(8 * 24 * HOUR_MS);
    standing.ban("1.2.3.4");
    await clock.run(HOUR_MS);
    assert.ok(!standing.isBanned("1.2.3.4"));
  });

  test("an IPv6 network of 64 bits is one address", () => {
    const { standing } = make();
    standing.ban("2600:0001:0002:0003:0000:0000:0000:0001");
    assert.ok(standing.isBanned("2600:0001:0002:0003:ffff:0000:0000:0002"));
    assert.ok(!standing.isBanned("2600:0001:0002:0004:0000:0000:0000:0001"));
  });

  test("a step of the wall clock frees nobody and bans nobody (T13)", async () => {
    const { clock, standing } = make();
    standing.ban("1.2.3.4");
    clock.wallOffset += 86_400;
    assert.ok(standing.isBanned("1.2.3.4"));
    clock.wallOffset -= 3 * 86_400;
    assert.ok(standing.isBanned("1.2.3.4"));
    await clock.run(HOUR_MS);
    assert.ok(!standing.isBanned("1.2.3.4"));
  });

  test("bans outlive a restart, with what is left of them", async () => {
    const { clock, standing } = make();
    standing.ban("1.2.3.4");
    await clock.run(HOUR_MS / 2);
    const next = new Standing({ clock });
    next.restore(JSON.parse(JSON.stringify(standing.save())));
    assert.ok(next.isBanned("1.2.3.4"));
    await clock.run(HOUR_MS / 2 + 1);
    assert.ok(!next.isBanned("1.2.3.4"));
    next.ban("1.2.3.4");
    await clock.run(HOUR_MS + 1);
    assert.ok(next.isBanned("1.2.3.4"), "the second within a week");
    const list = [...next.scores()];
    assert.equal(list[0]?.address, "1.2.3.4");
    assert.ok(list[0]!.banEndsAt! > clock.now());
  });

  test("a saved ban from a wrong clock does not last for ever", async () => {
    const { clock, standing } = make();
    standing.restore([{ address: "1.2.3.4", until: clock.now() + 1e9, bans: [clock.now()] }]);
    await clock.run(24 * HOUR_MS + 1);
    assert.ok(!standing.isBanned("1.2.3.4"));
  });

  test("what was undeserved is taken back, ban included", () => {
    const { standing } = make();
    standing.punish("1.2.3.4", 100);
    standing.ban("1.2.3.4");
    standing.forgive("1.2.3.4", 100);
    assert.ok(!standing.isBanned("1.2.3.4"));
    assert.equal(standing.points("1.2.3.4"), 0);
  });

  test("addresses without number are not remembered for ever, those with a ban last", () => {
    const { standing } = make();
    standing.ban("9.9.9.9");
    for (let i = 0; i < 20_000; i++) standing.punish(`1.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, 0);
    assert.ok(standing.isBanned("9.9.9.9"));
  });
});
