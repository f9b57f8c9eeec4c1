// Starts Azurite and ends it when standard input closes, so that it does not outlive a test process that is killed.
// Usage: node start.js <directory with node_modules> <Azurite's options>
const path = require("path");
const [directory] = process.argv.splice(2, 1);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
require(path.join(directory, "node_modules/azurite/dist/src/azurite.js"));
