import { bytesToHex } from "../core/bytes.js";
import type { PoolNetwork } from "../networks/index.js";
import type { Database } from "./database.js";
import { StoreError } from "./errors.js";
import { sealJson, unsealJson } from "./seal.js";

/**
 * Brings a database from one schema to the next. It may be cut off at any point and is run again then, so it must not mind
 * finding its own work half done.
 */
export type Migration = (database: Database) => Promise<void>;

/** The one at index i makes schema i + 2 out of schema i + 1; schema 1 is the first. */
const MIGRATIONS: readonly Migration[] = [];

/** What the store is and whose; the first key that is written. */
const SCHEMA_KEY = "aschema";
const SCHEMA_BYTES = 1024;

interface SchemaRecord {
  readonly schema: number;
  /** Identifier of the share chain, in hex (spec/02). */
  readonly network: string;
  readonly networkName: string;
}

/**
 * Sees to it that the database is ours, belongs to this network and has the present schema (spec/05 §3.7). One that is not
 * ours, newer, or another network's is left as it is. @throws StoreError
 */
export async function prepareSchema(
  database: Database,
  network: Pick<PoolNetwork, "identifier" | "name">,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const present = migrations.length + 1;
  const identity = { network: bytesToHex(network.identifier), networkName: network.name };
  const write = (schema: number): Promise<void> =>
    database.write([{ key: SCHEMA_KEY, value: sealJson(SCHEMA_KEY, { schema, ...identity }, SCHEMA_BYTES) }]);
  const record = await readSchema(database);
  const where = `the store in ${database.location}`;
  if (record === null) {
    if (!(await isEmpty(database))) throw new StoreError(`${where} was not made by this program`, "STORE_FOREIGN");
    return write(present);
  }
  if (record.schema > present) {
    throw new StoreError(
      `${where} has schema ${record.schema}, and this version knows up to ${present}: use a newer version, or another data directory`,
      "STORE_SCHEMA_NEWER",
    );
  }
  if (record.network !== identity.network) {
    throw new StoreError(
      `${where} belongs to network ${record.networkName}, not ${network.name}`,
      "STORE_OTHER_NETWORK",
    );
  }
  for (let schema = record.schema; schema < present; schema++) {
    await migrations[schema - 1]!(database);
    await write(schema + 1);
  }
}

async function readSchema(database: Database): Promise<SchemaRecord | null> {
  const sealed = await database.read(SCHEMA_KEY);
  if (sealed === null) return null;
  const record = unsealJson(SCHEMA_KEY, sealed);
  if (record !== undefined) return record as SchemaRecord;
  throw new StoreError(
    `the store in ${database.location} is damaged: its schema record is unreadable`,
    "STORE_CORRUPTED",
  );
}

async function isEmpty(database: Database): Promise<boolean> {
  for await (const portion of database.scan("", "\x7f", { count: 1, bytes: 1024 }))
    if (portion.length > 0) return false;
  return true;
}
