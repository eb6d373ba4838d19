import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { jsonInSteps } from "../../../src/daemon/rpc/json-steps.js";

/** Result and number of pauses; the error's message where there is one. */
function read(text: string): { value?: unknown; error?: string; pauses: number } {
  const steps = jsonInSteps(text);
  for (let pauses = 0; ; pauses++) {
    try {
      const step = steps.next();
      if (step.done) return { value: step.value, pauses };
    } catch (error) {
      return { error: (error as Error).message, pauses };
    }
  }
}

function plain(text: string): { value?: unknown; error?: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

const agrees = (text: string): number => {
  const { pauses, ...outcome } = read(text);
  assert.deepEqual(outcome, plain(text));
  return pauses;
};

/** Some 100 kB a transaction, so that few make many portions. */
const transaction = (index: number): string => `{"data":"${"ab".repeat(50_000)}","n":[${index},{"\\"]":"}\\\\"}]}`;
const answer = (transactions: readonly string[], separator = ","): string =>
  `{"id":1,"result":{"rules":["a","b"],"aux":{"flags":""},"transactions":[${transactions.join(separator)}],"bits":"1d"},"error":null}`;

describe("long answers in slices", () => {
  const some = [0, 1, 2, 3, 4, 5, 6].map(transaction);

  test("a template's list is parsed a part at a time, to what JSON.parse makes of it", () => {
    assert.equal(agrees(answer(some)), 3);
    assert.equal(agrees(answer(some, " \n,\t")), 3);
    // In portions or in one piece, an empty list stays one.
    assert.equal(agrees(answer([])), 0);
    assert.equal(agrees(answer(some.slice(0, 1))), 0);
    assert.equal(agrees(`[${some.join()}]`), 3);
  });

  test("of two members of one name the last counts", () => {
    agrees(`{"result":{"transactions":[${some.join()}],"transactions":[0,1]}}`);
    agrees(`{"result":{"transactions":[0],"transactions":[${some.join()}]}}`);
    agrees(`{"result":{"transactions":[${some.join()}],"transactions":[${some.join()}]}}`);
    agrees(`{"__proto__":{"transactions":[${some.join()}]},"constructor":[${some.join()}]}`);
  });

  test("what is no JSON is refused with the same words", () => {
    const whole = answer(some);
    const long = answer([...some, "7", "[8]", "null"]);
    agrees(long);
    for (const broken of [
      whole.slice(0, -1),
      whole.slice(0, 400_000),
      `${whole}x`,
      answer(some, ",,"),
      answer(some, " "),
      whole.replaceAll("}]}", "}}}"),
      whole.replace('],"bits"', ',],"bits"'),
      whole.replace('],"bits"', '},"bits"'),
    ]) {
      assert.ok(plain(broken).error !== undefined);
      agrees(broken);
    }
    fc.assert(
      fc.property(
        fc.nat(whole.length - 1),
        fc.constantFrom("", '"', "\\", ",", "0", "]", "}", "[", "{", ":"),
        (at, mark) => {
          agrees(whole.slice(0, at) + mark + whole.slice(at + 1));
        },
      ),
      { numRuns: 100 },
    );
    // Most of a template is data: at the joints.
    const joints = [...whole.matchAll(/[{}[\],:]/g)].map(({ index }) => index);
    for (const at of joints)
      for (const mark of ["", "]", "}", ",", '"']) agrees(whole.slice(0, at) + mark + whole.slice(at + 1));
  });

  test("any JSON comes out as JSON.parse has it", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => void agrees(text)),
      { numRuns: 300 },
    );
  });
});
