import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { endRecorded, parseProcfile, parseScale, startTime } from './supervise.mjs';

const SUPERVISE = join(import.meta.dirname, 'supervise.mjs');

async function until(what, condition) {
  for (let tries = 0; tries < 100; tries++) {
    if (condition()) return;
    await sleep(100);
  }
  assert.fail(`waited 10 s for: ${what}`);
}

function supervise(procfile, ...options) {
  const state = mkdtempSync(join(tmpdir(), 'supervise '));
  writeFileSync(join(state, 'Procfile'), procfile);
  const child = spawn('node', [SUPERVISE, '--state', state, '--procfile', join(state, 'Procfile'), ...options]);
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
  const record = join(state, 'processes.json');
  const pids = () => (existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')).processes : []);
  return { child, ended, record, pids, output: () => output };
}

const gone = (processes) => processes.every(({ pid, start }) => startTime(pid) !== start);

test('a Procfile and a scale are read, and what is wrong in them is named', () => {
  assert.deepEqual([...parseProcfile('# x\nweb: a b\n\nworker: c')], [['web', 'a b'], ['worker', 'c']]);
  assert.throws(() => parseProcfile('web: a\nnonsense'), /line 2/);
  assert.deepEqual([...parseScale('worker=2')], [['worker', 2]]);
  assert.throws(() => parseScale('worker=x'), /worker=x/);
});

test('release runs first, SIGTERM ends everything, nothing is left', async () => {
  const run = supervise('release: echo released\nweb: sleep 60\nworker: sleep 61\n', '--scale', 'worker=2');
  await until('three processes', () => run.pids().length === 3);
  assert.match(run.output(), /released/);
  const processes = run.pids();
  run.child.kill('SIGTERM');
  assert.equal(await run.ended, 0);
  assert.ok(gone(processes));
  assert.ok(!existsSync(run.record));
});

test('a release that fails starts nothing and gives its exit code', async () => {
  const run = supervise('release: exit 7\nweb: echo started\n'.replace('exit 7', 'false'));
  assert.equal(await run.ended, 1);
  assert.doesNotMatch(run.output(), /started/);
});

test('a process that never comes up ends everything', async () => {
  const run = supervise('web: sleep 60\nworker: false\n');
  assert.equal(await run.ended, 1);
});

test('a second signal kills one that does not listen', async () => {
  const run = supervise(`web: ${process.execPath} -e "process.on('SIGTERM', () => {}); console.log('deaf'); setInterval(() => {}, 1000)"\n`);
  await until('the process is up', () => /deaf/.test(run.output()));
  run.child.kill('SIGTERM');
  await sleep(300);
  run.child.kill('SIGTERM');
  assert.equal(await run.ended, 0);
});

test('what a killed supervisor leaves behind is found and ended', async () => {
  const run = supervise('web: sleep 60\n');
  await until('one process', () => run.pids().length === 1);
  const processes = run.pids();
  run.child.kill('SIGKILL');
  await run.ended;
  assert.ok(!gone(processes));
  await endRecorded(run.record);
  assert.ok(gone(processes));
});
