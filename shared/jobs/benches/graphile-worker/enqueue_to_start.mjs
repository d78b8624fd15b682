// node enqueue_to_start.mjs JOBS SHORTEST_PAUSE_MS LONGEST_PAUSE_MS: seconds from each addJob to its task's start, as JSON.
import { setTimeout as sleep } from "node:timers/promises";
import { Logger, run } from "graphile-worker";

const [jobs, shortestPause, longestPause] = process.argv.slice(2).map(Number);
const waits = [];
let started;
const runner = await run({
    connectionString: process.env.DATABASE_URL,
    concurrency: 1,
    logger: new Logger(() => () => {}),
    taskList: { order: () => started(performance.now()) },
});
for (let job = 0; job < jobs; job++) {
    const start = new Promise((resolve) => (started = resolve));
    const asked = performance.now();
    await runner.addJob("order", { job });
    waits.push(((await start) - asked) / 1000);
    await sleep(shortestPause + Math.random() * (longestPause - shortestPause));
}
await runner.stop();
process.stdout.write(JSON.stringify(waits));
