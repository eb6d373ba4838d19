import type { Command } from "./command.js";
import { completionFor } from "./completion.js";
import { demoCommand } from "./demo.js";
import { doctorCommand } from "./doctor.js";
import { inspectCommand } from "./inspect.js";
import { minerCommand } from "./miner.js";
import { nodeCommand } from "./node.js";
import { proofCommand } from "./proof.js";
import { rpcCommand } from "./rpc.js";
import { simulateCommand } from "./simulate.js";
import { storeCommand } from "./store.js";

const others = [
  demoCommand,
  doctorCommand,
  minerCommand,
  inspectCommand,
  proofCommand,
  rpcCommand,
  simulateCommand,
  storeCommand,
] as unknown as readonly Command[];

/** The node first: without a command's name the arguments are its, as operators' scripts have them. */
export const COMMANDS = [
  nodeCommand,
  ...others,
  completionFor([nodeCommand as unknown as Command, ...others]),
] as unknown as readonly Command[];
