// node throughput.mjs JOBS AT_A_TIME: seconds from the first job's start to the last one's, as JSON.
import { Logger, makeWorkerUtils, run } from "graphile-worker";

const [jobs, atATime] = process.argv.slice(2).map(Number);
const connectionString = process.env.DATABASE_URL;
const utils = await makeWorkerUtils({ connectionString });
await utils.migrate();
for (let added = 0; added < jobs; added += 1000) {
    const batch = Array.from({ length: Math.min(1000, jobs - added) }, () => ({ identifier: "nothing", payload: {} }));
    await utils.addJobs(batch);
}
let started = 0;
let first, last, end;
const all = new Promise((resolve) => (end = resolve));
const runner = await run({
    connectionString,
    concurrency: atATime,
    logger: new Logger(() => () => {}),
    taskList: {
        nothing: () => {
            last = performance.now();
            first ??= last;
            started += 1;
            if (started === jobs) end();
        },
    },
});
await all;
await runner.stop();
await utils.release();
process.stdout.write(JSON.stringify((last - first) / 1000));
