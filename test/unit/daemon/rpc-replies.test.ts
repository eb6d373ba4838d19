import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RpcClientError } from "../../../src/daemon/rpc/index.js";
import { interpretReply } from "../../../src/daemon/rpc/reply.js";

const CONTEXT = { method: "getblockcount", endpoint: "http://127.0.0.1:8332/", durationMs: 12 };

function interpret(status: number, body: string, statusText = ""): unknown {
  return interpretReply({ status, statusText, body: Buffer.from(body) }, 7, CONTEXT);
}

function errorOf(status: number, body: string): RpcClientError {
  try {
    interpret(status, body);
  } catch (error) {
    if (error instanceof RpcClientError) return error;
    throw error;
  }
  throw new Error("did not fail");
}

const failure = (code: number | undefined, message: string, id: number | null = 7): string =>
  JSON.stringify({ result: null, error: { code, message }, id });

describe("rpc replies: what is success (spec/14 §5)", () => {
  const cases: [string, string, unknown][] = [
    ["old style", '{"result":5,"error":null,"id":7}', 5],
    ["2.0 style", '{"jsonrpc":"2.0","result":5,"id":7}', 5],
    ["both null", '{"result":null,"error":null,"id":7}', null],
    ["null without error", '{"result":null,"id":7}', null],
    ["false", '{"result":false,"error":null,"id":7}', false],
  ];
  for (const [name, body, expected] of cases) test(name, () => assert.equal(interpret(200, body), expected));
});

describe("rpc replies: every row of the table of spec/14 §5", () => {
  const cases: { row: string; status: number; body: string; name: string; code: string; retryable?: true }[] = [
    { row: "200 with error", status: 200, body: failure(-99, "no"), name: "RpcError", code: "RPC_ERROR" },
    { row: "204 empty", status: 204, body: "", name: "ProtocolError", code: "RPC_PROTOCOL" },
    { row: "200 not JSON", status: 200, body: "hello", name: "ProtocolError", code: "RPC_PROTOCOL" },
    { row: "200 JSON, no reply", status: 200, body: '{"hello":1}', name: "ProtocolError", code: "RPC_PROTOCOL" },
    { row: "200 an array", status: 200, body: "[]", name: "ProtocolError", code: "RPC_PROTOCOL" },
    { row: "200 cut off", status: 200, body: '{"result":5,', name: "ProtocolError", code: "RPC_PROTOCOL" },
    {
      row: "other id",
      status: 200,
      body: '{"result":5,"error":null,"id":8}',
      name: "ProtocolError",
      code: "RPC_PROTOCOL",
    },
    {
      row: "null id",
      status: 200,
      body: '{"result":5,"error":null,"id":null}',
      name: "ProtocolError",
      code: "RPC_PROTOCOL",
    },
    {
      row: "error of another id",
      status: 500,
      body: failure(-5, "no", 8),
      name: "ProtocolError",
      code: "RPC_PROTOCOL",
    },
    {
      row: "parse error, null id",
      status: 500,
      body: failure(-32700, "Parse error", null),
      name: "RpcError",
      code: "RPC_ERROR",
    },
    { row: "400 reply", status: 400, body: failure(-32600, "Invalid"), name: "RpcError", code: "RPC_ERROR" },
    { row: "400 HTML", status: 400, body: "<html>", name: "HttpError", code: "RPC_HTTP" },
    { row: "401 empty", status: 401, body: "", name: "AuthError", code: "RPC_AUTH" },
    { row: "401 text", status: 401, body: "Unauthorized", name: "AuthError", code: "RPC_AUTH" },
    { row: "403 empty", status: 403, body: "", name: "ForbiddenError", code: "RPC_FORBIDDEN" },
    {
      row: "404 reply",
      status: 404,
      body: failure(-32601, "Method not found"),
      name: "MethodNotFoundError",
      code: "RPC_METHOD_NOT_FOUND",
    },
    { row: "404 empty", status: 404, body: "", name: "HttpError", code: "RPC_HTTP" },
    {
      row: "405 text",
      status: 405,
      body: "JSONRPC server handles only POST requests",
      name: "HttpError",
      code: "RPC_HTTP",
    },
    {
      row: "500 queue",
      status: 500,
      body: "Work queue depth exceeded",
      name: "BusyError",
      code: "RPC_BUSY",
      retryable: true,
    },
    {
      row: "503 queue",
      status: 503,
      body: "Work queue depth exceeded",
      name: "BusyError",
      code: "RPC_BUSY",
      retryable: true,
    },
    { row: "503 empty", status: 503, body: "", name: "BusyError", code: "RPC_BUSY", retryable: true },
    { row: "502 HTML", status: 502, body: "<html>Bad Gateway</html>", name: "HttpError", code: "RPC_HTTP" },
    { row: "redirect", status: 302, body: "", name: "HttpError", code: "RPC_HTTP" },
    {
      row: "bare text error",
      status: 500,
      body: '{"result":null,"error":"broken","id":7}',
      name: "RpcError",
      code: "RPC_ERROR",
    },
    { row: "error without code", status: 500, body: failure(undefined, "broken"), name: "RpcError", code: "RPC_ERROR" },
  ];
  for (const { row, status, body, name, code, retryable = false } of cases) {
    test(row, () => {
      const error = errorOf(status, body);
      assert.deepEqual([error.name, error.code, error.retryable], [name, code, retryable]);
      assert.equal(error.data.status ?? status, status);
    });
  }

  test("the first 500 characters of a foreign page are kept", () => {
    assert.equal(errorOf(502, "x".repeat(2000)).data.bodySnippet, "x".repeat(500));
  });
});

describe("rpc replies: the daemon's codes (spec/14 §6)", () => {
  const cases: [number[], string][] = [
    [[-32601], "MethodNotFoundError"],
    [[-32602, -8, -3, -1], "InvalidParamsError"],
    [[-28], "WarmupError"],
    [[-9], "NotConnectedError"],
    [[-10], "InitialDownloadError"],
    [[-5], "InvalidAddressOrKeyError"],
    [[-25, -26, -27], "VerifyRejectedError"],
    [[-4, -6, -11, -13, -19, -35, -36], "WalletError"],
    [[-22, -20, -32, 12345], "RpcError"],
  ];
  for (const [codes, name] of cases) {
    for (const code of codes) {
      test(`${code} is ${name}`, () => {
        const error = errorOf(500, failure(code, "Some text"));
        assert.deepEqual([error.name, error.message, error.data.rpcCode], [name, "Some text", code]);
        assert.equal(error.retryable, code === -28);
        assert.equal(String(error), `getblockcount: Some text (${code})`);
      });
    }
  }

  test("additional data is kept", () => {
    const body = '{"result":null,"error":{"code":-8,"message":"m","data":{"a":1}},"id":7}';
    assert.deepEqual(errorOf(500, body).data.rpcData, { a: 1 });
  });
});
