// bcoin names this native module of 2018 as a dependency. The embedded regtest node keeps everything in memory and never
// opens it; whoever does gets told so instead of a missing file.
module.exports = () => {
  throw new Error("leveldown is a stub: the embedded node runs in memory only");
};
