// Who may know whom: fails where a crate depends on what it must not, where files of a crate import each other in a circle, and
// where a handler of the API imports another one.
// Run by scripts/check-boundaries.sh.
import { execFileSync } from 'node:child_process';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

import { circles, importsOf } from './boundaries-imports.mjs';

/** The crates of this workspace that each of them may depend on, through others too. Arrows point downwards only. */
const MAY_DEPEND_ON = {
    tests: ['domain', 'hub', 'jobs', 'migrations', 'test-hub', 'test-s3'],
    api: ['domain', 'hub', 'jobs', 'migrations'],
    worker: ['domain', 'downloader', 'hub', 'jobs', 'migrations', 'vits'],
    downloader: ['domain', 'hub', 'jobs', 'migrations'],
    domain: ['hub', 'jobs', 'migrations'],
    jobs: [],
    hub: [],
    persian: [],
    vits: [],
    migrations: [],
    'test-hub': [],
    'test-s3': [],
};

/** Packages of others that a crate must not depend on, not even through others. */
const MUST_NOT_DEPEND_ON = {
    // What it serves must not wait for a computation, and its program must start without libtorch.
    api: ['tch', 'torch-sys'],
    worker: ['actix-web'],
    downloader: ['tch', 'torch-sys', 'actix-web'],
    domain: ['tch', 'torch-sys', 'actix-web'],
    jobs: ['tch', 'torch-sys', 'actix-web'],
    hub: ['tch', 'torch-sys', 'actix-web', 'sqlx', 'apalis', 'apalis-postgres'],
    // Text in, text out: loads in any program at once.
    persian: ['tch', 'torch-sys', 'tokio', 'sqlx', 'actix-web'],
    // The model and its training know nothing of queues, databases and servers.
    vits: ['tokio', 'sqlx', 'apalis', 'apalis-postgres', 'actix-web'],
};

/** Packages that only these crates may name in their manifests. */
const ONLY_OF = { tch: ['vits'], 'torch-sys': [] };

/** The folder of a crate in which no file imports another one: what several of them need lives beside the folder. */
const APART = { api: 'src/handlers' };

/**
 * The imports between files that are to stand apart.
 * @param {string} folder the crate's, with `src` in it
 * @param {string[]} files those that belong to the repository, below `folder`
 * @param {string} crate what to call it
 * @param {string} apart the folder of these files, below the crate's
 * @returns {string[]} a sentence each, with the import
 */
export function importsOfSiblings(folder, files, crate, apart) {
    const { arrows, describe } = importsOf(folder, files);
    const isApart = (file) => file.startsWith(`${apart}/`);
    return [...arrows].filter(([from]) => isApart(from)).flatMap(([from, imports]) => [...imports.keys()].filter(isApart).map(
        (to) => `${crate}: files of ${apart} must not import each other, and ${describe(from, to)}`,
    ));
}

/**
 * The dependencies that break a rule. Only those of the product count: tests and build scripts may use what they like.
 * @param metadata what `cargo metadata` prints
 * @returns {string[]} a sentence each, with the way from the crate to what it must not depend on
 */
export function forbiddenDependencies(metadata) {
    const names = new Map(metadata.packages.map(({ id, name }) => [id, name]));
    const dependencies = new Map(metadata.resolve.nodes.map(({ id, deps }) => [
        id,
        deps.filter(({ dep_kinds }) => dep_kinds.some(({ kind }) => kind === null)).map(({ pkg }) => pkg),
    ]));
    const ours = new Set(metadata.workspace_members.map((id) => names.get(id)));
    const found = [];
    for (const id of metadata.workspace_members) {
        const crate = names.get(id);
        const allowed = MAY_DEPEND_ON[crate];
        if (!allowed) {
            found.push(`${crate} has no line in MAY_DEPEND_ON of scripts/boundaries.mjs: say there which crates it may depend on`);
            continue;
        }
        // Breadth first, so that the way told is the shortest.
        const ways = new Map([[id, [crate]]]);
        for (const [package_, way] of ways) {
            for (const next of dependencies.get(package_) ?? []) if (!ways.has(next)) ways.set(next, [...way, names.get(next)]);
        }
        for (const way of ways.values()) {
            const other = way.at(-1);
            if (way.length === 1) continue;
            const isForbidden = ours.has(other) ? !allowed.includes(other) : MUST_NOT_DEPEND_ON[crate]?.includes(other);
            const isOthers = way.length === 2 && ONLY_OF[other]?.includes(crate) === false;
            if (isForbidden || isOthers) found.push(`${crate} must not depend on ${other}, and does: ${way.join(' → ')}`);
        }
    }
    return found;
}

function main(root) {
    const run = (program, ...options) => execFileSync(program, options, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
    const platform = /^host: (.*)$/m.exec(run('rustc', '-vV'))[1];
    // Of this platform alone: the packages of other ones need not be here.
    const metadata = JSON.parse(run('cargo', 'metadata', '--locked', '--quiet', '--format-version', '1', '--filter-platform', platform));
    const sources = run('git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.rs').split('\0');
    const members = new Set(metadata.workspace_members);
    const folders = metadata.packages.filter(({ id }) => members.has(id)).map(({ manifest_path }) => relative(root, dirname(manifest_path)));
    const found = forbiddenDependencies(metadata);
    for (const folder of folders) {
        const files = sources.filter((file) => file.startsWith(`${folder}/src/`)).map((file) => relative(folder, file));
        found.push(...circles(join(root, folder), files, folder).map(({ message }) => message));
        if (APART[folder]) found.push(...importsOfSiblings(join(root, folder), files, folder, APART[folder]));
    }
    for (const message of found) console.error(message);
    if (found.length > 0) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main(join(import.meta.dirname, '..'));
