import assert from "node:assert/strict";
import {
  AddressError,
  addressScript,
  addressToInteger,
  DONATION_SCRIPT,
  donationAddress,
  type Padding,
  payoutScript,
  type ResolvedAddress,
  resolveAddress,
  scriptToAddress,
} from "../../../src/bitcoin/address.js";
import { bip34Height, pushBytes, pushScript } from "../../../src/bitcoin/script.js";
import { bytesToHex, hexToBytes } from "../../../src/core/bytes.js";
import { networkByName } from "../../../src/networks/registry.js";
import { eachCase, type FileHandler, oneCase } from "../runner.js";

interface AddressCase {
  readonly network: string;
  readonly address: string;
  readonly pubkey_hash: string;
  readonly version: string;
  readonly bech32_version: string;
  /** Hex, or the name of the reference's exception. */
  readonly script: string;
  readonly script_bug: string;
  readonly reencoded: string | null;
  readonly script2_to_address?: string | null;
}

function checkAddress(fields: AddressCase): void {
  const { coin } = networkByName(fields.network);
  const resolved = resolveAddress(fields.address, coin);
  assert.equal(addressToInteger(resolved).toString(16), fields.pubkey_hash);
  assert.deepEqual(versionsOf(resolved), [fields.version, fields.bech32_version]);
  checkScript(resolved, "fixed", fields.script);
  checkScript(resolved, "old", fields.script_bug);
  if (isExceptionName(fields.script)) return;
  assert.equal(bytesToHex(payoutScript(fields.address, coin, "fixed")), fields.script);

  const witnessVersion = resolved.kind === "witness" ? resolved.witnessVersion : undefined;
  const shown = scriptToAddress(hexToBytes(fields.script), coin, witnessVersion);
  // Both are ways to the address of the script, not always to the address that was given.
  assert.equal(shown, fields.reencoded);
  assert.equal(shown, fields.script2_to_address);
}

function checkScript(resolved: ResolvedAddress, padding: Padding, expected: string): void {
  if (isExceptionName(expected)) assert.throws(() => addressScript(resolved, padding), AddressError);
  else assert.equal(bytesToHex(addressScript(resolved, padding)), expected);
}

function isExceptionName(text: string): boolean {
  return /Error$/.test(text);
}

function versionsOf(resolved: ResolvedAddress): [version: string, witnessVersion: string] {
  if (resolved.kind === "witness") return ["-1", String(resolved.witnessVersion)];
  return resolved.kind === "cashaddr" ? ["-1", String(resolved.type)] : [String(resolved.version), "-1"];
}

type Datum = { readonly int: string } | { readonly bytes: string };

function checkPushScript({ datums, hex }: { datums: readonly Datum[]; hex: string }): void {
  const items = datums.map((datum) => ("int" in datum ? BigInt(datum.int) : hexToBytes(datum.bytes)));
  assert.equal(bytesToHex(pushScript(items)), hex);
}

interface DonationCase {
  readonly network: string;
  readonly address: string;
  readonly donation_script: string;
}

export const addressHandlers: FileHandler = {
  address: (v) => eachCase(v as AddressCase[], checkAddress),
  address_invalid: (v) =>
    eachCase(v as { network: string; address: string }[], ({ network, address }) =>
      assert.throws(() => resolveAddress(address, networkByName(network).coin), AddressError),
    ),
  donation_address: (v) =>
    eachCase(v as DonationCase[], ({ network, address, donation_script }) => {
      const { coin } = networkByName(network);
      assert.equal(donationAddress(coin), address);
      assert.equal(bytesToHex(DONATION_SCRIPT), donation_script);
      assert.equal(scriptToAddress(DONATION_SCRIPT, coin), address);
    }),
  push_script: (v) => eachCase(v as { datums: Datum[]; hex: string }[], checkPushScript),
  // The reference fails; the standard form is wanted instead (spec/01 §9).
  push_script_long: () =>
    oneCase(() => {
      const data = new Uint8Array(76).fill(0x78);
      assert.equal(bytesToHex(pushScript([data])), `4c4c${bytesToHex(data)}`);
      assert.deepEqual(pushBytes(data), pushScript([data]));
    }),
  bip34: (v) =>
    eachCase(v as { coinbase: string; height: string | null }[], ({ coinbase, height }) =>
      assert.equal(bip34Height(hexToBytes(coinbase)), height === null ? null : BigInt(height)),
    ),
};
