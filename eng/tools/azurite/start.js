// Starts Azurite and ends it when standard input closes, so that it does not outlive a test process that is killed.
// Usage: node start.js <directory with node_modules> <Azurite's options>
const path = require("path");
const [directory] = process.argv.splice(2, 1);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

// Every ten minutes Azurite looks for blobs that nobody has any more, and answers nobody meanwhile: a minute, after some thousand writes.
// What runs here ends sooner than its memory does.
for (const part of ["blob", "queue"]) {
  const constants = require(path.join(directory, "node_modules/azurite/dist/src", part, "utils/constants.js"));
  constants.DEFAULT_GC_INTERVAL_MS = 24 * 60 * 60 * 1000;
}
require(path.join(directory, "node_modules/azurite/dist/src/azurite.js"));
