// Promises of the boundary check, kept on crates and workspaces that are made up here. Run by `node --test scripts/`.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { circles } from './boundaries-imports.mjs';
import { forbiddenDependencies, importsOfSiblings } from './boundaries.mjs';

/** A folder with these files, which is gone after the test. */
function crateOf(t, files) {
    const folder = mkdtempSync(join(tmpdir(), 'bound aries-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    for (const [name, source] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), source);
    }
    return folder;
}

const circlesOf = (t, files) => circles(crateOf(t, files), Object.keys(files), 'made-up');

const filesOf = (found) => found.map(({ files }) => files);
const CIRCLE = [['src/a.rs', 'src/b.rs']];

test('two files that import each other are found, and an import of each is named with its line', (t) => {
    const found = circlesOf(t, {
        'src/lib.rs': 'mod a;\nmod b;\nmod c;\n',
        'src/a.rs': '//! A.\n\nuse crate::{\n    b::{B, other},\n    c,\n};\npub struct A(B);\n',
        'src/b.rs': 'pub struct B;\npub fn other() -> crate::a::A { todo!() }\n',
        'src/c.rs': 'pub fn leaf() {}\n',
    });
    assert.deepEqual(filesOf(found), CIRCLE);
    assert.match(found[0].message, /^made-up: src\/a\.rs, src\/b\.rs import each other in a circle:\n/);
    assert.match(found[0].message, /src\/a\.rs:3 imports src\/b\.rs: use crate::\{ b::\{B, other\}, c, \};/);
    assert.match(found[0].message, /src\/b\.rs:2 imports src\/a\.rs: crate::a::A/);
});

test('three files in a circle through `super` are found, the file behind it is not', (t) => {
    const found = circlesOf(t, {
        'src/main.rs': 'mod trip;\nfn main() { trip::out::go() }\n',
        'src/trip.rs': 'pub mod out;\nmod over;\nmod back;\nmod map;\n',
        'src/trip/out.rs': 'use super::over;\npub fn go() { over::go() }\npub struct Out;\n',
        'src/trip/over.rs': 'pub fn go() { super::back::go() }\n',
        'src/trip/back.rs': 'use super::{map::Map, out::Out as Home};\npub fn go() { let _ = (Map, Home); }\n',
        'src/trip/map.rs': 'pub struct Map;\n',
    });
    assert.deepEqual(filesOf(found), [['src/trip/back.rs', 'src/trip/out.rs', 'src/trip/over.rs']]);
});

test('files that import downwards only pass', (t) => {
    const found = circlesOf(t, {
        'src/lib.rs': 'mod a;\nmod b;\npub use a::A;\n',
        'src/a.rs': 'use crate::b::B;\nuse std::fmt::Debug;\npub struct A(B);\n',
        'src/b.rs': '#[derive(Debug)]\npub struct B;\n',
    });
    assert.deepEqual(found, []);
});

test('a parent that calls its child, which imports from the parent, is in a circle with it', (t) => {
    const found = circlesOf(t, {
        'src/lib.rs': 'mod a;\n',
        'src/a.rs': 'mod b;\npub struct A;\npub fn go() { b::go() }\n',
        'src/a/b.rs': 'use super::A;\npub fn go() -> A { A }\n',
    });
    assert.deepEqual(filesOf(found), [['src/a.rs', 'src/a/b.rs']]);
});

test('a parent that only declares its child and passes its items on is in no circle', (t) => {
    const found = circlesOf(t, {
        'src/lib.rs': 'mod a;\n',
        'src/a.rs': 'mod b;\npub use b::{B, go};\npub struct A;\nimpl A { fn go(&self) { self.go() } }\n',
        'src/a/b.rs': 'use super::*;\npub struct B(A);\npub fn go() {}\n',
    });
    assert.deepEqual(found, []);
});

test('a parent that passes an item of its child on and uses it is in a circle', (t) => {
    const found = circlesOf(t, {
        'src/lib.rs': 'mod a;\n',
        'src/a.rs': 'mod b;\npub use b::B;\npub struct A;\nimpl From<A> for B { fn from(_: A) -> Self { todo!() } }\n',
        'src/a/b.rs': 'use super::A;\npub struct B(A);\n',
    });
    assert.deepEqual(filesOf(found), [['src/a.rs', 'src/a/b.rs']]);
});

test('an item that the root passes on leads to the file that defines it', (t) => {
    const found = circlesOf(t, {
        'src/lib.rs': 'mod a;\nmod b;\npub use a::Error;\n',
        'src/a.rs': 'pub enum Error { B(crate::b::B) }\n',
        'src/b.rs': 'use crate::Error;\npub struct B(Option<Box<Error>>);\n',
    });
    assert.deepEqual(filesOf(found), CIRCLE);
});

test('an import that only tests need is no circle', (t) => {
    const files = {
        'src/lib.rs': 'mod a;\nmod b;\n#[cfg(test)]\nmod whole;\n',
        'src/a.rs': 'use crate::b::B;\npub struct A(B);\n',
        'src/b.rs': `pub struct B;
#[cfg(test)]
use crate::a::A;
#[cfg(test)]
#[allow(dead_code)]
mod tests {
    use crate::a;
    fn braces() -> &'static str { "}" }
    fn go() -> a::A { todo!() }
}
`,
        'src/whole.rs': 'use crate::a::A;\npub fn go() -> A { todo!() }\n',
    };
    assert.deepEqual(circlesOf(t, files), []);
    files['src/b.rs'] += 'pub fn go() -> crate::a::A { todo!() }\n';
    assert.deepEqual(filesOf(circlesOf(t, files)), CIRCLE, 'what stands after the tests counts');
});

test('comments, texts and characters import nothing, and hide nothing', (t) => {
    const files = {
        'src/lib.rs': 'mod a;\nmod b;\n',
        'src/a.rs': 'use crate::b::B;\npub struct A(B);\n',
        'src/b.rs': `//! See [\`A\`](crate::a::A).
/* use crate::a::A; /* crate::a::A */ crate::a::A */
pub struct B;
pub const TEXTS: [&str; 3] = ["use crate::a::A;", r#"" crate::a::A "#, "\\" crate::a::A"];
pub fn quote<'a>(_: &'a str) -> [char; 2] { ['"', '\\''] } // crate::a::A
`,
    };
    assert.deepEqual(circlesOf(t, files), []);
    files['src/b.rs'] += 'pub fn go() -> crate::a::A { todo!() }\n';
    assert.deepEqual(filesOf(circlesOf(t, files)), CIRCLE, 'what stands after them counts');
});

test('a file and another crate of the same name are told apart', (t) => {
    const found = circlesOf(t, {
        'src/lib.rs': 'mod a;\nmod b;\n',
        'src/a.rs': 'use crate::b::B;\npub struct A(B);\n',
        'src/b.rs': 'use a::Other;\npub struct B(Other);\nimpl B { fn go(&self) { a::go() } }\n',
    });
    assert.deepEqual(found, []);
});

/** What `cargo metadata` would say of these packages: ours first, each with the names of its dependencies. */
function metadata(ours, others = {}) {
    const packages = { ...ours, ...others };
    const dependency = (written) => {
        const [name, kind = null] = written.split(' as ');
        return { pkg: `${name} 1.0.0`, dep_kinds: [{ kind }] };
    };
    return {
        packages: Object.keys(packages).map((name) => ({ id: `${name} 1.0.0`, name })),
        workspace_members: Object.keys(ours).map((name) => `${name} 1.0.0`),
        resolve: {
            nodes: Object.entries(packages).map(([name, names]) => ({ id: `${name} 1.0.0`, deps: names.map(dependency) })),
        },
    };
}

test('crates that depend downwards pass', () => {
    const found = forbiddenDependencies(metadata(
        { api: ['domain'], worker: ['domain', 'vits'], domain: ['hub', 'jobs'], hub: ['tokio'], jobs: ['sqlx'], vits: ['tch'] },
        { tokio: [], sqlx: ['tokio'], tch: ['torch-sys'], 'torch-sys': [] },
    ));
    assert.deepEqual(found, []);
});

test('a crate that depends upwards is found, with the way it takes', () => {
    const found = forbiddenDependencies(metadata({ domain: [], jobs: ['helpers'] }, { helpers: ['domain'] }));
    assert.deepEqual(found, ['jobs must not depend on domain, and does: jobs → helpers → domain']);
});

test('a forbidden package is found behind others', () => {
    const found = forbiddenDependencies(metadata({ vits: ['tch', 'files'] }, { tch: [], files: ['waiting'], waiting: ['tokio'], tokio: [] }));
    assert.deepEqual(found, ['vits must not depend on tokio, and does: vits → files → waiting → tokio']);
});

test('only vits may name tch in its manifest', () => {
    const found = forbiddenDependencies(metadata({ worker: ['vits', 'tch'], vits: ['tch'] }, { tch: [] }));
    assert.deepEqual(found, ['worker must not depend on tch, and does: worker → tch']);
});

test('what only tests and build scripts depend on is not forbidden', () => {
    const found = forbiddenDependencies(metadata({ jobs: ['domain as dev'], domain: ['jobs'], vits: ['tokio as build'] }, { tokio: [] }));
    assert.deepEqual(found, []);
});

test('a new crate needs a line in the rules', () => {
    assert.match(forbiddenDependencies(metadata({ grammar: [] }))[0], /^grammar has no line in MAY_DEPEND_ON/);
});

test('a file that imports its sibling is found where files are to stand apart, and what lies beside them is free', (t) => {
    const files = {
        'src/main.rs': 'mod handlers;\nmod helper;\nfn main() { handlers::a::go(); handlers::b::go() }\n',
        'src/handlers.rs': 'pub mod a;\npub mod b;\n',
        'src/handlers/a.rs': 'use crate::helper::help;\npub fn go() { help() }\npub fn shared() {}\n',
        'src/handlers/b.rs': 'use super::a;\nuse crate::helper::help;\npub fn go() { a::shared(); help() }\n',
        'src/helper.rs': 'pub fn help() {}\n',
    };
    const found = importsOfSiblings(crateOf(t, files), Object.keys(files), 'made-up', 'src/handlers');
    assert.equal(found.length, 1, found.join('\n'));
    assert.match(found[0], /^made-up: files of src\/handlers must not import each other, and src\/handlers\/b\.rs:3 imports src\/handlers\/a\.rs: a::shared\(\)/);
});
