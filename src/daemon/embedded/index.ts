export {
  EmbeddedNode,
  EmbeddedNodeError,
  type EmbeddedNodeErrorCode,
  type EmbeddedNodeOptions,
} from "./embedded-node.js";
