"use strict";
// Every node's published file goes through this one. It is plain JavaScript that any Node.js can read, and it looks at the
// version before anything else is loaded: on Node.js 20 better-sqlite3 would end the whole process.

const NEEDED = [22, 9, 0];

module.exports = function load(type) {
  const { node } = process.versions;
  const version = node.split(".").map(Number);
  const at = NEEDED.findIndex((part, index) => part !== version[index]);
  if (at >= 0 && version[at] < NEEDED[at]) {
    const error = new Error(
      `Vatio needs Node.js ${NEEDED.join(".")} or newer, and this is Node.js ${node}: ` +
        "install a newer Node.js and start Node-RED again.",
    );
    error.stack = String(error); // else Node-RED would add a line number, as if our code were wrong
    error.toJSON = () => error.message; // what its editor is told
    throw error;
  }
  return require("../../vatio.js")[type];
};
