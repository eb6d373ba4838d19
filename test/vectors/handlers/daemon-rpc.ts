import assert from "node:assert/strict";
import { checkTemplate } from "../../../src/daemon/check-template.js";
import { type RpcCallContext, RpcClientError, type RpcClientErrorCode } from "../../../src/daemon/rpc/index.js";
import { methodSpec } from "../../../src/daemon/rpc/method-table.js";
import { interpretReply } from "../../../src/daemon/rpc/reply.js";
import type { BlockchainInfo, BlockTemplate } from "../../../src/daemon/rpc/schemas.js";
import { forkNames } from "../../../src/daemon/soft-forks.js";
import { interpretSubmitResult } from "../../../src/daemon/submit-block.js";
import { createTemplate } from "../../../src/daemon/template.js";
import { networkByName } from "../../../src/networks/index.js";
import { eachCase, type FileHandler, type VectorCase } from "../runner.js";
import { p2pCases } from "./daemon-p2p.js";

// The RPC lines of daemon-*.json, what passed between a node of the reference and a real daemon: every answer is read as
// our client reads it, has the shape that we expect, and means what it should.

interface RpcLine {
  readonly kind: string;
  readonly request: { readonly method: string; readonly id: number };
  /** `HTTP/1.0 200 OK`. */
  readonly status: string;
  readonly response: { readonly not_json?: string; readonly error?: { readonly code: number } | null };
}

const METHOD_NOT_FOUND = -32601;

/** What the error of an answer should be; null for a result. */
function expectedError({ response, status }: RpcLine): RpcClientErrorCode | null {
  if (response.not_json !== undefined && status.includes(" 503 ")) return "RPC_BUSY";
  if (response.error == null) return null;
  assert.equal(response.error.code, METHOD_NOT_FOUND);
  return "RPC_METHOD_NOT_FOUND";
}

function checkAnswer(line: RpcLine, networkName: string): void {
  const { request, response, status } = line;
  const { method, id } = request;
  const [, number, statusText = ""] = /^HTTP\/1\.\d (\d{3}) (.*)$/.exec(status) ?? [];
  const body = Buffer.from(response.not_json ?? JSON.stringify(response), "utf8");
  const context: RpcCallContext = { method, endpoint: "", durationMs: 0 };
  const read = (): unknown => interpretReply({ status: Number(number), statusText, body }, id, context);
  const error = expectedError(line);
  if (error !== null) {
    assert.throws(read, (thrown) => thrown instanceof RpcClientError && thrown.code === error);
    return;
  }
  const result = methodSpec(method)!.result.parse(read());
  if (method === "getblockchaininfo") checkForks(result as BlockchainInfo, networkName);
  if (method === "getblocktemplate") checkRecordedTemplate(result as BlockTemplate);
  // The reference handed its blocks in by P2P as well: all were taken.
  if (method === "submitblock") assert.equal(interpretSubmitResult(result as string | null).accepted, true);
}

function checkRecordedTemplate(answer: BlockTemplate): void {
  const template = createTemplate(answer, answer.height!, 0);
  assert.notEqual(template.defaultWitnessCommitment, undefined);
  checkTemplate(template);
}

function checkForks(answer: BlockchainInfo, networkName: string): void {
  const known = forkNames(answer.softforks);
  for (const name of networkByName(networkName).softforksRequired) assert.ok(known.includes(name), name);
}

/** @param networkName the network that the daemon was recorded for */
function* rpcCases(log: readonly RpcLine[], networkName: string): Iterable<VectorCase> {
  yield* eachCase(
    log.filter(({ kind }) => kind === "rpc"),
    (line) => checkAnswer(line, networkName),
  );
}

function daemonFile(networkName: string): FileHandler {
  return {
    *log(value) {
      yield* rpcCases(value as RpcLine[], networkName);
      yield* p2pCases(value);
    },
  };
}

export const bitcoinDaemon = daemonFile("bitcoin_regtest");
export const litecoinDaemon = daemonFile("litecoin_regtest");
