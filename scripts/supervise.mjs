// Runs the Procfile on this machine: release first, then every process, with prefixed logs. Ends all of them cleanly on
// SIGTERM and SIGINT (30 s, then SIGKILL; a second signal kills at once), brings back one that falls over after having
// been up, and gives up with its exit code where it never came up. What runs is recorded with its start time, so that
// stop.sh finds what a killed supervisor leaves behind, by process and never by name.
//
//   node scripts/supervise.mjs [--scale worker=2,web=1] [--state DIR] [--procfile FILE]

import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

const GRACE_MS = 30_000;
const UP_MS = 5_000; // one that ran this long was up: it is brought back
const RESTART_MS = [1_000, 2_000, 5_000, 10_000]; // pauses, longer every time it falls over again
const COLOURS = [36, 33, 35, 32, 34];

/** The lines of a Procfile: name → command. */
export function parseProcfile(text) {
  const processes = new Map();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const match = /^([A-Za-z0-9_-]+):\s*(.+)$/.exec(line);
    if (!match) throw new Error(`Procfile, line ${index + 1}: expected «name: command», got ${JSON.stringify(line)}`);
    processes.set(match[1], match[2]);
  }
  return processes;
}

/** `worker=2,web=1` → name → count. */
export function parseScale(text) {
  const scale = new Map();
  for (const part of text.split(',').filter(Boolean)) {
    const match = /^([A-Za-z0-9_-]+)=(\d+)$/.exec(part);
    if (!match) throw new Error(`--scale: expected name=count, got ${JSON.stringify(part)}`);
    scale.set(match[1], Number(match[2]));
  }
  return scale;
}

/** When a process began, in clock ticks since boot; null where there is none. With its id it is never ambiguous. */
export function startTime(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ')[19];
  } catch {
    return null;
  }
}

const alive = ({ pid, start }) => startTime(pid) === start;

function signal(process_, name) {
  try {
    process.kill(-process_.pid, name); // its whole group
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Ends what a record names: SIGTERM, 30 s, SIGKILL. */
export async function endRecorded(file) {
  if (!existsSync(file)) return;
  const { supervisor, processes } = JSON.parse(readFileSync(file, 'utf8'));
  if (alive(supervisor)) {
    process.kill(supervisor.pid, 'SIGTERM');
    for (const end = Date.now() + GRACE_MS + 5_000; alive(supervisor) && Date.now() < end; ) await sleep(100);
  }
  const left = processes.filter(alive);
  for (const process_ of left) signal(process_, 'SIGTERM');
  for (const end = Date.now() + GRACE_MS; left.some(alive) && Date.now() < end; ) await sleep(100);
  for (const process_ of left.filter(alive)) signal(process_, 'SIGKILL');
  rmSync(file, { force: true });
}

class Supervisor {
  constructor(state, procfile, scale) {
    this.state = state;
    this.record = join(state, 'processes.json');
    this.processes = parseProcfile(readFileSync(procfile, 'utf8'));
    this.scale = scale;
    this.running = new Map(); // label → {pid, start, child, exited}
    this.stopping = false;
    this.exitCode = 0;
    mkdirSync(join(state, 'logs'), { recursive: true });
  }

  labels() {
    const labels = [];
    for (const [name, command] of this.processes) {
      if (name === 'release') continue;
      for (let index = 1; index <= (this.scale.get(name) ?? 1); index++) labels.push([`${name}.${index}`, command]);
    }
    return labels;
  }

  async run() {
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, () => this.stop(name));
    this.save();
    const release = this.processes.get('release');
    if (release) {
      const code = await this.start('release', release).exited;
      if (this.stopping) return this.exitCode;
      if (code !== 0) return code;
    }
    await Promise.all(this.labels().map(([label, command]) => this.keep(label, command)));
    return this.exitCode;
  }

  async keep(label, command) {
    for (let falls = 0; !this.stopping; ) {
      const begun = Date.now();
      const code = await this.start(label, command).exited;
      if (this.stopping) return;
      if (Date.now() - begun < UP_MS && falls === 0) {
        this.log(label, `ended with ${code} before it was up; ending everything`);
        this.exitCode = code || 1;
        this.stop('SIGTERM');
        return;
      }
      if (Date.now() - begun > 60_000) falls = 0;
      const pause = RESTART_MS[Math.min(falls++, RESTART_MS.length - 1)];
      this.log(label, `ended with ${code}; again in ${pause / 1000} s`);
      await sleep(pause);
    }
  }

  start(label, command) {
    const child = spawn('/bin/sh', ['-c', `exec ${command}`], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const exited = new Promise((resolve) => {
      child.on('error', (error) => {
        this.log(label, error.message);
        resolve(127);
      });
      child.on('exit', (code, signalName) => resolve(code ?? (signalName === 'SIGTERM' ? 143 : 137)));
    }).then((code) => {
      this.running.delete(label);
      this.save();
      return code;
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.log(label, line));
    }
    const entry = { pid: child.pid, start: startTime(child.pid), exited };
    this.running.set(label, entry);
    this.save();
    return entry;
  }

  stop(name) {
    if (this.stopping) {
      for (const process_ of this.running.values()) signal(process_, 'SIGKILL');
      return;
    }
    this.stopping = true;
    this.log('supervisor', `${name}: ending ${this.running.size} processes`);
    for (const process_ of this.running.values()) signal(process_, 'SIGTERM');
    setTimeout(() => {
      for (const [label, process_] of this.running) {
        this.log(label, `still there after ${GRACE_MS / 1000} s; killed`);
        signal(process_, 'SIGKILL');
      }
    }, GRACE_MS).unref();
  }

  save() {
    const processes = [...this.running.values()].map(({ pid, start }) => ({ pid, start }));
    const supervisor = { pid: process.pid, start: startTime(process.pid) };
    writeFileSync(`${this.record}.tmp`, JSON.stringify({ supervisor, processes }));
    renameSync(`${this.record}.tmp`, this.record);
  }

  log(label, line) {
    const colour = COLOURS[[...label].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % COLOURS.length];
    process.stdout.write(`\x1b[${colour}m${label.padEnd(10)}\x1b[0m ${line}\n`);
    this.logFile ??= createWriteStream(join(this.state, 'logs', 'avagar.log'), { flags: 'a' });
    this.logFile.write(`${new Date().toISOString()} ${label} ${line}\n`);
  }
}

if (process.argv[1] === import.meta.filename) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      scale: { type: 'string', default: '' },
      state: { type: 'string', default: '.avagar' },
      procfile: { type: 'string', default: 'Procfile' },
    },
  });
  const record = join(values.state, 'processes.json');
  if (positionals[0] === 'end') {
    await endRecorded(record);
  } else {
    const supervisor = new Supervisor(values.state, values.procfile, parseScale(values.scale));
    const code = await supervisor.run();
    rmSync(record, { force: true });
    process.exit(code);
  }
}
