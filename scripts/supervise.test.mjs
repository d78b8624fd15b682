// Promises of the supervisor, each kept by real processes. Run by `node --test scripts/`.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { groupIsAlive, identify, until } from './processes.mjs';

const script = join(import.meta.dirname, 'supervise.mjs');
const LIMIT_MS = 15_000;

/** A supervisor over a Procfile of its own, in a folder of its own; nothing of it survives the test. */
function supervise(t, procfile, ...options) {
    const folder = mkdtempSync(join(tmpdir(), 'super vise-'));
    const file = (name) => join(folder, name);
    const read = (name) => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '');
    writeFileSync(file('Procfile'), procfile);
    const child = spawn(process.execPath, [script, 'run', '--state', file('state'), ...options], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
    });
    const supervisor = {
        folder, child, file, read,
        output: '',
        processes: () => JSON.parse(read('state/run.json') || '{"processes":[]}').processes,
        other: (command) => spawnSync(process.execPath, [script, command, '--state', file('state')], { encoding: 'utf8' }),
        until: async (condition, what) => assert.ok(await until(condition, LIMIT_MS), `${what}; it said:\n${supervisor.output}`),
        says: (text) => supervisor.until(() => supervisor.output.includes(text), `never said "${text}"`),
        ended: new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal))),
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { supervisor.output += text; });
    t.after(() => {
        const left = supervisor.processes().filter(groupIsAlive);
        child.kill('SIGKILL');
        for (const { pid } of left) process.kill(-pid, 'SIGKILL');
        rmSync(folder, { recursive: true, force: true });
    });
    return supervisor;
}

/** A shell command that says "up", ends politely when asked, and leaves a child of its own that it never ends. */
const polite = `sh -c 'trap "echo bye; exit 0" TERM; sleep 1000 & echo up; wait'`;
const stubborn = `sh -c 'trap "" TERM; echo up; while :; do sleep 0.1; done'`;

test('the release comes first and the others follow, as many as asked', async (t) => {
    const it = supervise(t, `# a comment\nrelease: sh -c 'sleep 0.3; echo done > released'\nworker: sh -c 'cat released; exec sleep 1000'\n`,
        '--scale', 'worker=2');
    await it.says('worker.1   | done');
    await it.says('worker.2   | done');
    assert.equal(it.read('state/logs/worker.1.log'), 'done\n');
});

test('a failed release ends with its code and starts nothing', async (t) => {
    const it = supervise(t, `release: sh -c 'exit 7'\nweb: touch started\n`);
    assert.equal(await it.ended, 7);
    assert.ok(!existsSync(it.file('started')));
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    test(`${signal} ends everything, grandchildren too, then runs the last command`, async (t) => {
        const it = supervise(t, `web: ${polite}\nworker: ${polite}\n`, '--finally', 'touch last');
        await it.says('web.1      | up');
        await it.says('worker.1   | up');
        const processes = it.processes();
        assert.equal(processes.length, 2);
        it.child.kill(signal);
        it.child.kill(signal === 'SIGINT' ? 'SIGTERM' : signal);
        assert.equal(await it.ended, 0);
        assert.match(it.output, /web\.1 {6}\| bye/);
        assert.deepEqual(processes.filter(groupIsAlive), []);
        assert.ok(existsSync(it.file('last')));
        assert.ok(!existsSync(it.file('state/run.json')));
    });
}

test('who does not end within the grace period is killed', async (t) => {
    const it = supervise(t, `web: ${stubborn}\n`, '--grace', '0.5');
    await it.says('web.1      | up');
    const processes = it.processes();
    it.child.kill('SIGTERM');
    assert.equal(await it.ended, 0);
    assert.deepEqual(processes.filter(groupIsAlive), []);
});

test('a second Ctrl-C kills at once', async (t) => {
    const it = supervise(t, `web: ${stubborn}\n`);
    await it.says('web.1      | up');
    const processes = it.processes();
    it.child.kill('SIGINT');
    await it.says('SIGINT: ending');
    it.child.kill('SIGINT');
    assert.equal(await it.ended, 130);
    assert.deepEqual(processes.filter(groupIsAlive), []);
});

test('a process that never got up ends everything with its code', async (t) => {
    const it = supervise(t, `web: ${polite}\nworker: sh -c 'sleep 0.3; exit 9'\n`);
    assert.equal(await it.ended, 9);
    assert.match(it.output, /bye/);
});

test('a process that had been up is started again, and the others never notice', async (t) => {
    const it = supervise(t, `web: ${polite}\nworker: sh -c 'echo worker up; exec sleep 1000'\n`, '--stable-after', '0.2');
    await it.says('worker.1   | worker up');
    const before = it.processes();
    const worker = before.find(({ name }) => name === 'worker.1');
    await new Promise((resolve) => setTimeout(resolve, 300));
    process.kill(worker.pid, 'SIGKILL');
    await it.says('worker.1 was ended by SIGKILL; starting it again in 1 s');
    await it.until(() => it.processes().some(({ name, pid }) => name === 'worker.1' && pid !== worker.pid), 'no new worker');
    const [webBefore, webAfter] = [before, it.processes()].map((all) => all.find(({ name }) => name === 'web.1').pid);
    assert.equal(webAfter, webBefore);
});

test('what a killed supervisor left behind is found and ended by stop', async (t) => {
    const it = supervise(t, `web: ${polite}\n`);
    await it.says('web.1      | up');
    const processes = it.processes();
    it.child.kill('SIGKILL');
    await it.ended;
    assert.ok(processes.every(groupIsAlive));
    assert.equal(it.other('status').status, 3);
    const stop = it.other('stop');
    assert.equal(stop.status, 0);
    assert.match(stop.stdout, /ending web\.1/);
    assert.deepEqual(processes.filter(groupIsAlive), []);
});

test('a number that another process has by now is left alone', async (t) => {
    const it = supervise(t, `web: ${polite}\n`);
    await it.says('web.1      | up');
    it.child.kill('SIGTERM');
    await it.ended;
    const stranger = spawn('sleep', ['1000'], { detached: true });
    t.after(() => stranger.kill('SIGKILL'));
    const { pid, start, boot } = identify(stranger.pid);
    const gone = { pid: 2 ** 22 + 1, start: 1, boot };
    const processes = [{ name: 'earlier', pid, start: start - 1, boot }, { name: 'last boot', pid, start, boot: 'another' }];
    writeFileSync(it.file('state/run.json'), JSON.stringify({ supervisor: gone, processes }));
    assert.equal(it.other('stop').status, 0);
    assert.ok(groupIsAlive(identify(stranger.pid)));
});

test('stop waits for a living supervisor to end cleanly', async (t) => {
    const it = supervise(t, `web: ${polite}\n`, '--finally', 'sleep 0.3; touch last');
    await it.says('web.1      | up');
    assert.equal(it.other('stop').status, 0);
    assert.ok(existsSync(it.file('last')));
    assert.equal(await it.ended, 0);
});

test('it says when the page answers, and status knows the URL', async (t) => {
    let ready = false;
    const server = createServer((_, response) => response.writeHead(ready ? 200 : 503).end());
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => { server.closeAllConnections(); server.close(); });
    const origin = `http://127.0.0.1:${server.address().port}`;
    const it = supervise(t, `web: ${polite}\n`, '--ready', `${origin}/api/health/ready`);
    await it.says('web.1      | up');
    assert.equal(it.other('status').status, 4);
    ready = true;
    await it.says(`Avagar is ready: ${origin}`);
    const { status, stdout } = it.other('status');
    assert.deepEqual({ status, stdout }, { status: 0, stdout: `${origin}\n` });
});

test('a second one in the same place is refused', async (t) => {
    const it = supervise(t, `web: ${polite}\n`);
    await it.says('web.1      | up');
    const second = spawnSync(process.execPath, [script, 'run', '--state', it.file('state')], { cwd: it.folder, encoding: 'utf8' });
    assert.equal(second.status, 1);
    assert.match(second.stderr, /already runs/);
});

test('a Procfile or a scale that makes no sense is refused by name', async (t) => {
    const broken = supervise(t, 'web\n');
    assert.equal(await broken.ended, 1);
    assert.match(broken.output, /expected "name: command", got "web"/);
    const unknown = supervise(t, `web: ${polite}\n`, '--scale', 'wrker=2');
    assert.equal(await unknown.ended, 1);
    assert.match(unknown.output, /--scale wrker=2: expected NAME=N with one of web/);
});
