// Runs a Procfile on one machine: `release` first, then the others, with prefixed logs, restarts and a clean end.
//
//   supervise.mjs run [--procfile FILE] [--state DIR] [--scale NAME=N]… [--ready URL] [--finally COMMAND]
//   supervise.mjs status [--state DIR]   prints the URL; ends with 0: ready, 4: not yet, 3: not running
//   supervise.mjs stop [--state DIR]     ends what runs, also what a killed supervisor left behind
//
// SIGTERM, SIGHUP or Ctrl-C ask every process to end and kill those that haven't within the grace period; a second
// Ctrl-C kills at once; --finally runs when all are gone. A process that ends by itself after it has been up a while is
// started again; one that never got that far ends everything, with its exit code.
import { spawn } from 'node:child_process';
import { mkdirSync, appendFileSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { delay, groupIsAlive, identify, isAlive, signalGroup, until } from './processes.mjs';

const MAX_LOG_BYTES = 10_000_000;
const FINALLY_TIMEOUT_MS = 120_000;
const NOT_RUNNING = 3;
const NOT_READY = 4;

/** A log file that is moved aside to `….old` when it has grown large. */
class LogFile {
    constructor(path) {
        this.path = path;
        try {
            this.size = statSync(path).size;
        } catch {
            this.size = 0;
        }
    }

    write(text) {
        if (this.size > MAX_LOG_BYTES) {
            renameSync(this.path, `${this.path}.old`);
            this.size = 0;
        }
        appendFileSync(this.path, text);
        this.size += Buffer.byteLength(text);
    }
}

/** Prefixed lines on the terminal, plain ones in the files. */
class Logs {
    constructor(folder, width) {
        this.folder = folder;
        this.width = width;
        this.files = new Map();
        this.coloured = process.stdout.isTTY && !process.env.NO_COLOR;
        mkdirSync(folder, { recursive: true });
        // The terminal, or the reader of a pipe, may go away before we do.
        process.stdout.on('error', () => {});
    }

    line(name, text, colour = 0) {
        if (!this.files.has(name)) this.files.set(name, new LogFile(join(this.folder, `${name}.log`)));
        this.files.get(name).write(`${text}\n`);
        const prefix = `${name.padEnd(this.width)} |`;
        process.stdout.write(this.coloured && colour ? `\x1b[${colour}m${prefix}\x1b[0m ${text}\n` : `${prefix} ${text}\n`);
    }
}

/** What is written down about a run, so that others find it, and its remains after a kill. */
class Record {
    constructor(state) {
        this.path = join(state, 'run.json');
    }

    read() {
        try {
            return JSON.parse(readFileSync(this.path, 'utf8'));
        } catch (error) {
            if (error.code === 'ENOENT') return undefined;
            throw new Error(`${this.path} can't be read (${error.message}); remove it if nothing of Avagar runs`);
        }
    }

    write(run) {
        writeFileSync(`${this.path}.tmp`, JSON.stringify(run, null, 2));
        renameSync(`${this.path}.tmp`, this.path);
    }

    remove() {
        rmSync(this.path, { force: true });
    }
}

function readProcfile(path) {
    const commands = new Map();
    for (const line of readFileSync(path, 'utf8').split('\n')) {
        if (/^\s*(#.*)?$/.test(line)) continue;
        const [, name, command] = line.match(/^([A-Za-z0-9_-]+):\s*(.+?)\s*$/) ?? [];
        if (!name) throw new Error(`${path}: expected "name: command", got "${line}"`);
        commands.set(name, command);
    }
    return commands;
}

function readScale(given, commands) {
    const scale = new Map([...commands.keys()].filter((name) => name !== 'release').map((name) => [name, 1]));
    for (const entry of given) {
        const [, name, count] = entry.match(/^([^=]+)=(\d+)$/) ?? [];
        if (!scale.has(name)) throw new Error(`--scale ${entry}: expected NAME=N with one of ${[...scale.keys()].join(', ')}`);
        scale.set(name, Number(count));
    }
    return scale;
}

const exitCodeOf = (code, signal) => code ?? 128 + constants.signals[signal];

class Supervisor {
    constructor(options) {
        const commands = readProcfile(options.procfile);
        this.options = options;
        this.release = commands.get('release');
        this.planned = [...readScale(options.scale, commands)].flatMap(([name, count]) =>
            Array.from({ length: count }, (_, index) => ({ name: `${name}.${index + 1}`, command: commands.get(name) })));
        if (this.planned.length === 0) throw new Error(`${options.procfile}: nothing to run`);
        const width = Math.max(...this.planned.map(({ name }) => name.length), 'supervisor'.length);
        this.logs = new Logs(join(options.state, 'logs'), width);
        this.record = new Record(options.state);
        this.running = new Map();
        this.restarts = new Set();
        this.stopping = false;
        this.interrupts = 0;
        this.exitCode = 0;
        this.ended = new Promise((resolve) => { this.end = resolve; });
    }

    say(text) {
        this.logs.line('supervisor', text, 1);
    }

    async run() {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => this.onSignal(signal));
        // Whatever goes wrong in here, nothing may be left behind.
        process.on('uncaughtException', (error) => {
            this.say(error.stack);
            this.stop(70);
        });
        process.on('exit', () => this.signalAll('SIGKILL'));
        this.writeDown();
        if (this.release) {
            this.start({ name: 'release', command: this.release, colour: 35 });
        } else {
            this.startAll();
        }
        const code = await this.ended;
        await this.finally();
        this.record.remove();
        return code;
    }

    startAll() {
        const colours = [36, 33, 32, 34, 35, 31];
        this.planned.forEach((plan, index) => this.start({ ...plan, colour: colours[index % colours.length] }));
        if (this.options.ready) this.watchReady();
    }

    start(plan) {
        // A group of its own: Ctrl-C in the terminal then reaches only us, and we reach all that the process started.
        const child = spawn('/bin/sh', ['-c', `exec env ${plan.command}`], {
            detached: true,
            stdio: ['ignore', 'pipe', 'pipe'],
            env: { ...process.env, AVAGAR_PROCESS: plan.name },
        });
        const since = Date.now();
        const running = { plan, ...identify(child.pid) };
        this.running.set(child.pid, running);
        this.writeDown();
        for (const stream of [child.stdout, child.stderr]) this.forward(plan, stream);
        const closed = new Promise((resolve) => child.once('close', resolve));
        child.once('exit', async (code, signal) => {
            // What it may have started ends with it. Its last words may still be on their way.
            signalGroup(child.pid, 'SIGKILL');
            await Promise.race([closed, delay(500)]);
            this.running.delete(child.pid);
            this.writeDown();
            this.onExit(plan, code, signal, Date.now() - since);
        });
    }

    forward(plan, stream) {
        let rest = '';
        stream.setEncoding('utf8');
        stream.on('data', (text) => {
            const lines = (rest + text).split('\n');
            rest = lines.pop();
            for (const line of lines) this.logs.line(plan.name, line, plan.colour);
        });
        stream.on('end', () => rest && this.logs.line(plan.name, rest, plan.colour));
    }

    onExit(plan, code, signal, uptime) {
        const how = signal ? `was ended by ${signal}` : `ended with ${code}`;
        if (this.stopping) {
            this.say(`${plan.name} ${how}`);
            return this.endIfAllGone();
        }
        if (plan.name === 'release') {
            if (code === 0) return this.startAll();
            this.say(`release ${how}; nothing was started`);
            return this.stop(exitCodeOf(code, signal));
        }
        plan.wasStable ||= uptime >= this.options.stableAfter * 1000;
        if (!plan.wasStable) {
            this.say(`${plan.name} ${how} after ${(uptime / 1000).toFixed(1)} s; ending everything`);
            return this.stop(exitCodeOf(code, signal));
        }
        plan.failures = uptime >= this.options.stableAfter * 1000 ? 0 : plan.failures + 1;
        const wait = Math.min(2 ** plan.failures, 30);
        this.say(`${plan.name} ${how}; starting it again in ${wait} s`);
        const timer = setTimeout(() => {
            this.restarts.delete(timer);
            this.start(plan);
        }, wait * 1000);
        this.restarts.add(timer);
    }

    onSignal(signal) {
        // Hosts may say SIGTERM more than once and mean it once; only a second Ctrl-C is impatience.
        if (signal === 'SIGINT') this.interrupts += 1;
        if (!this.stopping) {
            this.say(`${signal}: ending; this may take up to ${this.options.grace} s (Ctrl-C again kills)`);
            this.stop(0);
        } else if (this.interrupts > 1 && this.running.size > 0) {
            this.say('killing what still runs');
            this.exitCode = 130;
            this.signalAll('SIGKILL');
        }
    }

    stop(code) {
        if (this.stopping) return;
        this.stopping = true;
        this.exitCode = code;
        this.restarts.forEach(clearTimeout);
        this.signalAll('SIGTERM');
        const timer = setTimeout(() => {
            const names = [...this.running.values()].map(({ plan }) => plan.name);
            this.say(`${names.join(', ')} did not end within ${this.options.grace} s; killing`);
            this.signalAll('SIGKILL');
        }, this.options.grace * 1000);
        timer.unref();
        this.graceTimer = timer;
        this.endIfAllGone();
    }

    endIfAllGone() {
        if (this.running.size > 0) return;
        clearTimeout(this.graceTimer);
        this.end(this.exitCode);
    }

    signalAll(signal) {
        for (const pid of this.running.keys()) signalGroup(pid, signal);
    }

    /** Runs --finally, in a session of its own so that no Ctrl-C cuts it short. */
    async finally() {
        if (!this.options.finally) return;
        const child = spawn('/bin/sh', ['-c', this.options.finally], { detached: true, stdio: ['ignore', 'ignore', 'inherit'] });
        const done = new Promise((resolve) => child.once('exit', (code, signal) => resolve(exitCodeOf(code, signal))));
        const code = await Promise.race([done, delay(FINALLY_TIMEOUT_MS).then(() => 'no end')]);
        if (code !== 0) this.say(`"${this.options.finally}" came to ${code}`);
    }

    async watchReady() {
        const { origin } = new URL(this.options.ready);
        const patience = Date.now() + 60_000;
        for (let last, told = false; !this.stopping; await delay(200)) {
            try {
                const answer = await fetch(this.options.ready, { signal: AbortSignal.timeout(2000) });
                if (answer.ok) {
                    this.url = origin;
                    this.writeDown();
                    return this.say(`Avagar is ready: ${origin}`);
                }
                last = `${answer.status} ${(await answer.text()).slice(0, 300)}`;
            } catch (error) {
                last = error.cause?.message ?? error.message;
            }
            if (!told && Date.now() > patience) {
                told = true;
                this.say(`still not ready after a minute: ${this.options.ready} says: ${last}`);
            }
        }
    }

    writeDown() {
        this.record.write({
            supervisor: identify(process.pid),
            url: this.url,
            grace: this.options.grace,
            processes: [...this.running.values()].map(({ plan, pid, start, boot }) => ({ name: plan.name, pid, start, boot })),
        });
    }
}

/** Ends what a recorded run left: the supervisor if it lives, then every group that outlived it. */
async function stop(state) {
    const record = new Record(state);
    const run = record.read();
    if (!run) return false;
    const grace = (run.grace ?? 30) * 1000;
    if (isAlive(run.supervisor)) {
        process.kill(run.supervisor.pid, 'SIGTERM');
        if (!await until(() => !isAlive(run.supervisor), grace + FINALLY_TIMEOUT_MS)) process.kill(run.supervisor.pid, 'SIGKILL');
    }
    // Read again: a process may have been started anew in between.
    const left = (record.read() ?? run).processes.filter(groupIsAlive);
    for (const { name, pid } of left) {
        console.log(`ending ${name} (process ${pid}), which a killed supervisor left behind`);
        signalGroup(pid, 'SIGTERM');
    }
    if (!await until(() => !left.some(groupIsAlive), grace)) {
        for (const { pid } of left.filter(groupIsAlive)) signalGroup(pid, 'SIGKILL');
        await until(() => !left.some(groupIsAlive), 5000);
    }
    record.remove();
    return true;
}

function status(state) {
    const run = new Record(state).read();
    if (!run || !isAlive(run.supervisor)) return NOT_RUNNING;
    if (!run.url) return NOT_READY;
    console.log(run.url);
    return 0;
}

async function main() {
    const { positionals: [command], values } = parseArgs({
        allowPositionals: true,
        options: {
            procfile: { type: 'string', default: 'Procfile' },
            state: { type: 'string', default: '.avagar' },
            scale: { type: 'string', multiple: true, default: [] },
            ready: { type: 'string' },
            finally: { type: 'string' },
            grace: { type: 'string', default: '30' },
            'stable-after': { type: 'string', default: '10' },
        },
    });
    const state = resolve(values.state);
    if (command === 'status') return status(state);
    if (command === 'stop') {
        await stop(state);
        return 0;
    }
    if (command !== 'run') throw new Error('expected run, status or stop');
    if (status(state) !== NOT_RUNNING) throw new Error('it already runs: supervise.mjs stop ends it');
    mkdirSync(state, { recursive: true });
    await stop(state);
    const options = { ...values, state, grace: Number(values.grace), stableAfter: Number(values['stable-after']) };
    return new Supervisor(options).run();
}

main().then((code) => process.exit(code), (error) => {
    console.error(`error: ${error.message}`);
    process.exit(1);
});
