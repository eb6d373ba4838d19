import assert from "node:assert/strict";
import { bytesToHex } from "../../../src/core/bytes.js";
import { encode, u32 } from "../../../src/core/codec.js";
import {
  attemptsToTarget,
  bitsToHex,
  bitsToTarget,
  difficultyToTarget,
  targetToAttempts,
  targetToBits,
  targetToDifficulty,
} from "../../../src/core/compact.js";
import { eachCase, type FileHandler } from "../runner.js";

const fromHex = (digits: string): bigint => BigInt(`0x${digits}`);

function checkBits({ bits, target, wire }: { bits: string; target: string; wire: string }): void {
  const number = Number.parseInt(bits, 16);
  assert.equal(bitsToTarget(number), fromHex(target));
  assert.equal(bytesToHex(encode(u32, number)), wire);
  assert.equal(bitsToHex(number), bits);
}

function checkTarget({ bits, bits_target, target }: { bits: string; bits_target: string; target: string }): void {
  assert.equal(bitsToHex(targetToBits(fromHex(target))), bits);
  assert.equal(bitsToTarget(Number.parseInt(bits, 16)), fromHex(bits_target));
}

/**
 * The reference computes these in doubles. Local policy alone uses them, so they need only agree in compact form or to
 * 2^-50 of the value (spec/10 §1).
 */
function assertAlike(actual: bigint, expected: bigint): void {
  if (targetToBits(actual) === targetToBits(expected)) return;
  const difference = actual > expected ? actual - expected : expected - actual;
  assert.ok(difference << 50n <= expected, `${actual.toString(16)} is not ${expected.toString(16)}`);
}

interface DifficultyCase {
  readonly difficulty: number;
  readonly is_int: boolean;
  readonly target: string;
}

interface AttemptsCase {
  readonly average_attempts: string;
  readonly is_int: boolean;
  readonly target: string;
}

interface StatisticsCase {
  readonly target: string;
  readonly average_attempts: string;
  readonly difficulty: number;
}

export const targetHandlers: FileHandler = {
  bits_to_target: (v) => eachCase(v as { bits: string; target: string; wire: string }[], checkBits),
  target_to_bits: (v) => eachCase(v as { bits: string; bits_target: string; target: string }[], checkTarget),
  target_stats: (v) =>
    eachCase(v as StatisticsCase[], ({ target, average_attempts, difficulty }) => {
      assert.equal(targetToAttempts(fromHex(target)), BigInt(average_attempts));
      assert.equal(targetToDifficulty(fromHex(target)), difficulty);
    }),
  difficulty_to_target: (v) =>
    eachCase(v as DifficultyCase[], ({ difficulty, target }) =>
      assertAlike(difficultyToTarget(difficulty), fromHex(target)),
    ),
  average_attempts_to_target: (v) =>
    eachCase(v as AttemptsCase[], ({ average_attempts, is_int, target }) =>
      assertAlike(attemptsToTarget(is_int ? BigInt(average_attempts) : Number(average_attempts)), fromHex(target)),
    ),
};
