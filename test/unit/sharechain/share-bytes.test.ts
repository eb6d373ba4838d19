import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { bytesToHex, hexToBytes } from "../../../src/core/bytes.js";
import { Reader, Writer } from "../../../src/core/codec.js";
import { networkByName, parseNetworkJson } from "../../../src/networks/index.js";
import type { ShareContents, ShareId } from "../../../src/sharechain/contents.js";
import { ShareError } from "../../../src/sharechain/errors.js";
import { SHARE_FORMATS, type ShareFormat } from "../../../src/sharechain/formats/index.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { decodeShare, encodeShare, loadShare } from "../../../src/sharechain/share.js";

const data = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../../test/vectors/data/${name}`, import.meta.url)), "utf8");

/** With the prototype of ordinary objects, so that they compare with what is read. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const id = fc.option(
  bytes(32)
    .filter((hash) => hash.some((byte) => byte !== 0))
    .map((hash) => bytesToHex(hash) as ShareId),
  { nil: null },
);
const branch = fc.array(bytes(32), { maxLength: 4 });
const u32 = fc.nat(0xffffffff);
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

/** Contents of any share that the wire can hold. */
function contents(segwitActive: boolean, format: ShareFormat): fc.Arbitrary<ShareContents> {
  const isCompact = format.integers === "compact";
  const merged = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
    format.commitsToMergedPayouts ? fc.option(value, { nil: null }) : fc.constant(null);
  return record({
    minHeader: record({
      version: u32,
      previousBlock: id as fc.Arbitrary<never>,
      timestamp: u32,
      bits: u32,
      nonce: u32,
    }),
    info: record({
      data: record({
        previousShareId: id,
        coinbase: fc.uint8Array({ maxLength: 120 }),
        nonce: u32,
        payee: format.payee === "address" ? fc.uint8Array({ maxLength: 70 }) : bytes(20),
        payeeType: format.payee === "typedHash" ? fc.nat(255) : fc.constant(null),
        subsidy: u64,
        donation: fc.nat(65535),
        staleInfo: fc.nat(255),
        desiredVersion: u64,
      }),
      segwit:
        segwitActive || format.commitsToMergedPayouts
          ? fc
              .option(record({ txidBranch: branch, wtxidMerkleRoot: bytes(32) }), { nil: null })
              .filter((value) => value === null || value.wtxidMerkleRoot.some((byte) => byte !== 0xff))
          : fc.constant(null),
      mergedAddresses: merged(
        fc.array(record({ chainId: u32, script: fc.uint8Array({ maxLength: 40 }) }), { minLength: 1, maxLength: 3 }),
      ),
      transactions: format.listsTransactions
        ? record({ newHashes: branch, refs: fc.array(fc.tuple(u64, u64)).map((pairs) => pairs.flat()) })
        : fc.constant(null),
      farShareId: id,
      maxBits: u32,
      bits: u32,
      timestamp: u32,
      absheight: u32,
      abswork: fc.bigInt({ min: 0n, max: 2n ** (isCompact ? 64n : 128n) - 1n }),
      mergedCoinbases: merged(
        fc.array(
          record({
            chainId: u32,
            coinbaseValue: u64,
            blockHeight: u64,
            header: bytes(80),
            coinbaseBranch: branch,
            coinbaseScript: fc.uint8Array({ maxLength: 40 }),
          }),
          { minLength: 1, maxLength: 2 },
        ),
      ),
      mergedPayoutHash: merged(id.filter((hash) => hash !== null) as fc.Arbitrary<string>),
    }),
    refMerkleBranch: branch,
    lastTxoutNonce: bytes(8),
    hashLink: record({
      state: bytes(32),
      rest: fc.uint8Array({ maxLength: format.hasHashLinkRest ? 70 : 0 }),
      length: u64,
    }),
    merkleBranch: branch,
    messages: format.carriesMessages
      ? fc.option(fc.uint8Array({ minLength: 1, maxLength: 300 }), { nil: null })
      : fc.constant(null),
  });
}

describe("bytes of shares", () => {
  for (const network of ["bitcoin", "litecoin", "bitcoincash"]) {
    const rules = new ShareRules({ ...networkByName(network), newestShareVersion: 36 });
    for (const { version } of SHARE_FORMATS) {
      test(`version ${version} on ${network}: what is written is read`, () => {
        const { codec, segwitActive, format } = rules.version(version)!;
        fc.assert(
          fc.property(contents(segwitActive, format), (value) => {
            const writer = new Writer();
            codec.write(writer, value);
            const reader = new Reader(writer.finish());
            const read = codec.read(reader);
            reader.end();
            assert.deepEqual(read.contents, value);
          }),
          { numRuns: 40 },
        );
      });
    }
  }

  for (const { version } of SHARE_FORMATS) {
    test(`version ${version}: changed bytes are refused with a typed error, or are a share that is written the same`, () => {
      const { sets } = JSON.parse(data(`shares-v${version}.json`)) as {
        sets: { network: object; shares: { raw: string }[] }[];
      };
      const pool = sets.flatMap((set) => {
        const rules = new ShareRules({ ...parseNetworkJson(JSON.stringify(set.network)), newestShareVersion: version });
        return set.shares.map(({ raw }) => ({ rules, raw: hexToBytes(raw) }));
      });
      const change = record({
        at: fc.nat(4000),
        byte: fc.nat(255),
        kind: fc.constantFrom("set", "insert", "delete", "cut"),
      });
      fc.assert(
        fc.property(fc.nat(pool.length - 1), fc.array(change, { minLength: 1, maxLength: 4 }), (which, changes) => {
          const { rules, raw } = pool[which]!;
          const mutated = [...raw];
          for (const { at, byte, kind } of changes) {
            const place = at % Math.max(1, mutated.length);
            if (kind === "set") mutated[place] = byte;
            else if (kind === "insert") mutated.splice(place, 0, byte);
            else if (kind === "delete") mutated.splice(place, 1);
            else mutated.length = Math.max(1, place);
          }
          const input = Uint8Array.from(mutated);
          try {
            const share = decodeShare(input, rules);
            assert.equal(bytesToHex(encodeShare(share.contents, rules.version(share.version)!)), bytesToHex(input));
          } catch (error) {
            if (!(error instanceof ShareError)) throw error;
          }
        }),
        { numRuns: 400 },
      );
    });
  }

  test("a share does not get past its proof of work with another nonce", () => {
    const { sets } = JSON.parse(data("shares-v35.json")) as { sets: { network: object; shares: { raw: string }[] }[] };
    const rules = new ShareRules(parseNetworkJson(JSON.stringify(sets[0]!.network)));
    let refused = 0;
    for (const { raw } of sets[0]!.shares) {
      const share = loadShare(hexToBytes(raw), rules);
      const { minHeader } = share.contents;
      const other = { ...share.contents, minHeader: { ...minHeader, nonce: (minHeader.nonce + 1) % 2 ** 32 } };
      try {
        loadShare(encodeShare(other, rules.version(share.version)!), rules);
      } catch (error) {
        assert.ok(error instanceof ShareError && error.code === "SHARE_POW_INVALID" && error.peer === "ban");
        refused++;
      }
    }
    assert.ok(refused >= sets[0]!.shares.length - 1);
  });
});
