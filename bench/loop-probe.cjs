// Runs inside the Node-RED that is measured: tells who asks how late its event loop was since the question before, and its memory.
const { monitorEventLoopDelay } = require("node:perf_hooks");
const { isMainThread } = require("node:worker_threads");

// The threads that it starts load this as well.
if (isMainThread) {
  /** The delay of a timer of one millisecond, which is part of what is told. */
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  process.on("message", () => {
    const rssMb = process.memoryUsage.rss() / 1024 ** 2;
    process.send({ p99Ms: delay.percentile(99) / 1e6, maxMs: delay.max / 1e6, rssMb });
    delay.reset();
  });
  process.channel.unref();
}
