import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seededRandom } from "../../../src/core/random.js";
import { AddressBook } from "../../../src/peers/address-book.js";
import { readSavedPeers } from "../../../src/peers/peer-store.js";
import { VirtualTime } from "./support/virtual-time.js";

const DAY_MS = 86_400_000;

function make(seed = 1): { clock: VirtualTime; book: AddressBook } {
  const clock = new VirtualTime();
  return { clock, book: new AddressBook({ clock, random: seededRandom(seed) }) };
}

const at = (host: string, port = 9333): { host: string; port: number } => ({ host, port });
const all = (): boolean => true;

/** Addresses in as many groups. */
function spread(count: number, first = 11): { host: string; port: number }[] {
  return Array.from({ length: count }, (_, i) => at(`${first + (i >> 8)}.${i & 255}.1.1`));
}

describe("address book", () => {
  test("one source cannot fill it, nor one network", () => {
    const { clock, book } = make();
    let stored = 0;
    for (const endpoint of spread(1_000)) if (book.add(endpoint, "5.5.1.1", clock.now())) stored++;
    assert.ok(stored <= 50, `${stored} of one source`);
    const { book: other } = make();
    stored = 0;
    for (let i = 1; i < 200; i++) if (other.add(at(`44.1.1.${i}`), `${100 + i}.1.1.1`, clock.now())) stored++;
    assert.equal(stored, 25);
  });

  test("it holds so many and no more, and good ones do not give way to many", () => {
    const { clock, book } = make();
    const good = spread(10, 200);
    for (const endpoint of good) book.succeeded(endpoint);
    for (const [i, endpoint] of spread(20_000).entries())
      book.add(endpoint, `${1 + (i % 200)}.${(i >> 3) % 250}.0.1`, clock.now());
    assert.ok(book.count("new") <= 2_000);
    assert.ok(book.count("new") > 500, `${book.count("new")} stored`);
    assert.equal(book.count("tried"), 10);
  });

  test("what is too old is not taken, what nobody sees any more is forgotten", async () => {
    const { clock, book } = make();
    assert.equal(book.add(at("1.2.3.4"), "5.5.1.1", clock.now() - 31 * 86_400), false);
    assert.equal(book.add(at("1.2.3.4"), "5.5.1.1", clock.now() + 1e9), true);
    await clock.run(29 * DAY_MS);
    book.expire();
    assert.equal(book.size, 1);
    await clock.run(2 * DAY_MS);
    book.expire();
    assert.equal(book.size, 0);
  });

  test("dials that fail are waited for longer and longer, and three are enough", async () => {
    const { clock, book } = make();
    book.add(at("1.2.3.4"), "5.5.1.1", clock.now());
    for (const waitMs of [30_000, 60_000]) {
      assert.deepEqual(book.choose(all)?.host, "1.2.3.4");
      book.failed(at("1.2.3.4"));
      assert.equal(book.choose(all), null);
      await clock.run(waitMs);
    }
    book.failed(at("1.2.3.4"));
    assert.equal(book.size, 0);
  });

  test("one that was tried is kept through ten", () => {
    const { book } = make();
    book.succeeded(at("1.2.3.4"));
    for (let i = 0; i < 9; i++) book.failed(at("1.2.3.4"));
    assert.equal(book.size, 1);
    book.failed(at("1.2.3.4"));
    assert.equal(book.size, 0);
  });

  test("half of the choices are tried ones, however few they are", () => {
    const { clock, book } = make();
    for (const [i, endpoint] of spread(300).entries()) book.add(endpoint, `${20 + i}.1.1.1`, clock.now());
    book.succeeded(at("99.1.1.1"));
    let tried = 0;
    for (let i = 0; i < 1_000; i++) if (book.choose(all)?.host === "99.1.1.1") tried++;
    assert.ok(tried > 420 && tried < 580, `${tried} of 1000`);
    assert.equal(
      book.choose(({ host }) => host === "1.1.1.1"),
      null,
    );
  });

  test("it tells a quarter of what it knows at most", () => {
    const { clock, book } = make();
    for (const [i, endpoint] of spread(100).entries()) book.add(endpoint, `${20 + i}.1.1.1`, clock.now());
    assert.ok(book.sample(100).length <= 25);
    assert.equal(book.sample(3).length, 3);
    const { book: old } = make();
    old.add(at("1.2.3.4"), "5.5.1.1", clock.now() - 4 * 86_400);
    assert.deepEqual(old.sample(100), []);
  });

  test("a full bucket's oldest is dialled before it loses its place", () => {
    const { book } = make();
    // One group reaches at most 8 of the 16 buckets of tried addresses.
    for (let i = 0; i < 400; i++) book.succeeded(at(`44.44.${i >> 8}.${i & 255}`));
    const contested = book.contested();
    assert.ok(contested !== null);
    const before = book.count("tried");
    book.succeeded(contested);
    assert.equal(book.count("tried"), before);
    const next = book.contested()!;
    book.failed(next);
    assert.ok(!book.has(next));
    assert.equal(book.count("tried"), before, "the newcomer has its place");
  });

  test("it survives a restart, key included", () => {
    const { clock, book } = make();
    for (const [i, endpoint] of spread(100).entries()) book.add(endpoint, `${20 + i}.1.1.1`, clock.now());
    book.succeeded(at("99.1.1.1"));
    const saved = JSON.parse(JSON.stringify({ version: 1, book: book.save(), bans: [], anchors: [at("99.1.1.1")] }));
    const read = readSavedPeers(saved)!;
    const next = new AddressBook({ clock, random: seededRandom(2) });
    next.restore(read.book);
    assert.deepEqual(next.save(), book.save());
    assert.deepEqual(read.anchors, [at("99.1.1.1")]);
  });

  test("broken files are no peers, broken entries are left out", () => {
    for (const value of [null, 1, {}, { version: 2, book: {} }, { version: 1 }])
      assert.equal(readSavedPeers(value), null);
    const read = readSavedPeers({
      version: 1,
      book: {
        key: 5,
        addresses: [["1.2.3.4", 9333, "new", "5.5", 1, 2, 3, 4], ["x", 1], ["1.2.3.4", 0, "new", "", 1, 2, 3, 4], null],
      },
      bans: [{ address: "1.2.3.4", until: 1, bans: [1] }, { address: 3 }],
      anchors: [{ host: "evil\n", port: 1 }, at("1.2.3.4")],
    })!;
    assert.deepEqual([read.book.addresses.length, read.bans.length, read.anchors.length], [1, 1, 1]);
  });

  test("the reference's address file", () => {
    const read = readSavedPeers([
      [
        ["1.2.3.4", 9333],
        [0, 1594555200.5, 1594555300.25],
      ],
      [
        ["2001:0db8:0000:0000:0000:0000:0000:0001", 9334],
        [0, 1, 2],
      ],
      [
        ["name", 1],
        [0, 1, 2],
      ],
      "x",
    ])!;
    assert.deepEqual(
      read.book.addresses.map(([, port]) => port),
      [9333, 9334],
    );
    assert.equal(read.book.addresses[0]?.[5], 1594555300.25);
  });
});
