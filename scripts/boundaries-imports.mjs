// Which files of a Rust crate import which, and where they do so in a circle. An import is what a reader has to follow: a `use`, or
// a path such as `crate::names::check(…)`. It leads to the file that defines the name, through whatever re-exports it. `mod child;` and
// a re-export of a child's items are no imports, for they only draw the map, unless the file uses these items too.
// Tests may import what they like.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const blank = (text) => text.replace(/[^\n]/g, ' ');

/** The text with comments and literals blanked, so that every offset stays what it was. */
function withoutCommentsAndLiterals(text) {
    const start = /\/\/|\/\*|(?<![A-Za-z0-9_])[bc]?r(#*)"|"|'(?:\\[^\n]*?|[^\\'\n])'/gu;
    let result = '';
    for (let from = 0, match; ; from = start.lastIndex) {
        start.lastIndex = from;
        if (!(match = start.exec(text))) return result + text.slice(from);
        const token = match[0];
        let end = match.index + token.length;
        if (token === '//') {
            end = text.indexOf('\n', end);
        } else if (token === '/*') {
            const comment = /\/\*|\*\//g;
            comment.lastIndex = end;
            for (let depth = 1, inner; depth > 0 && (inner = comment.exec(text));) {
                depth += inner[0] === '/*' ? 1 : -1;
                end = comment.lastIndex;
            }
        } else if (token === '"') {
            while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
            end += 1;
        } else if (token.endsWith('"')) {
            const closing = `"${match[1]}`;
            const found = text.indexOf(closing, end);
            end = found < 0 ? -1 : found + closing.length;
        }
        if (end < 0 || end > text.length) end = text.length;
        result += text.slice(from, match.index) + blank(text.slice(match.index, end));
        start.lastIndex = end;
    }
}

/** The offset behind the bracket that closes the one at `open`. */
function behindBlock(text, open) {
    let depth = 0;
    for (let at = open; at < text.length; at += 1) {
        if ('{[('.includes(text[at])) depth += 1;
        if ('}])'.includes(text[at]) && --depth === 0) return at + 1;
    }
    return text.length;
}

/** The offset behind the item, statement, field or arm that begins at `from`, attributes first. */
function behindItem(text, from) {
    let at = from;
    for (let attribute; (attribute = /^\s*#\s*\[/.exec(text.slice(at)));) at = behindBlock(text, at + attribute[0].length - 1);
    const kind = /^\s*(?:pub\s*(?:\([^)]*\))?\s*)?(use|const(?!\s+fn)|static|let|type|fn|mod|\w+!?)/.exec(text.slice(at))?.[1];
    const endsWithSemicolon = ['use', 'const', 'static', 'let', 'type'].includes(kind);
    const isItem = endsWithSemicolon || /^(fn|mod|const|async|unsafe|extern|struct|enum|union|trait|impl|macro_rules!)$/.test(kind);
    while (at < text.length) {
        if (text[at] === ';' || (text[at] === ',' && !isItem)) return at + 1;
        if ('}])'.includes(text[at])) return at;
        if ('{[('.includes(text[at])) {
            const isBody = text[at] === '{' && !endsWithSemicolon;
            at = behindBlock(text, at);
            if (isBody) return at;
        } else {
            at += 1;
        }
    }
    return at;
}

/** The code that is built outside of tests, every offset as before. */
function productCode(source) {
    let text = withoutCommentsAndLiterals(source);
    if (/#!\s*\[\s*cfg\s*\(\s*test\s*\)\s*\]/.test(text)) return blank(text);
    const testOnly = /#\s*\[\s*cfg\s*\(\s*(?:test|all\s*\(\s*test\b[^\]]*\))\s*\)\s*\]/g;
    for (let match; (match = testOnly.exec(text));) {
        const end = behindItem(text, testOnly.lastIndex);
        text = text.slice(0, match.index) + blank(text.slice(match.index, end)) + text.slice(end);
    }
    return text;
}

/** The leaves of a `use`'s tree: `a::{self, b as c, d::*}` has three. */
function leaves(tree, before = []) {
    tree = tree.trim();
    const brace = tree.indexOf('{');
    if (brace >= 0) {
        const path = [...before, ...tree.slice(0, brace).split('::').map((part) => part.trim()).filter(Boolean)];
        const inside = tree.slice(brace + 1, tree.lastIndexOf('}'));
        const branches = [''];
        let depth = 0;
        for (const character of inside) {
            if (character === '{') depth += 1;
            if (character === '}') depth -= 1;
            if (character === ',' && depth === 0) branches.push('');
            else branches[branches.length - 1] += character;
        }
        return branches.filter((branch) => branch.trim()).flatMap((branch) => leaves(branch, path));
    }
    const [name, alias] = tree.split(/\s+as\s+/);
    const path = [...before, ...name.split('::').map((part) => part.trim().replace(/^r#/, '')).filter(Boolean)];
    const isGlob = path.at(-1) === '*';
    if (isGlob || (path.at(-1) === 'self' && path.length > 1)) path.pop();
    return [{ path, isGlob, alias: alias?.trim() ?? (isGlob ? '_' : path.at(-1)) }];
}

/** A program's or library's modules, from its root on. Each knows its file, its children and the names in it. */
class Target {
    constructor(rootFile) {
        this.modules = [];
        this.files = new Map();
        this.root = this.readFile(rootFile, null, dirname(rootFile));
    }

    readFile(file, parent, childrenFolder) {
        const source = readFileSync(file, 'utf8');
        this.files.set(file, source);
        return this.readModule({ file, parent, childrenFolder, text: productCode(source) });
    }

    /** `text` has the length of the file, and holds only what stands in this module itself. */
    readModule(module) {
        Object.assign(module, { children: new Map(), uses: [], defined: new Set() });
        this.modules.push(module);
        for (const match of module.text.matchAll(/\bmod\s+(?:r#)?(\w+)\s*\{/g)) {
            const open = match.index + match[0].length - 1;
            // A module inside another one of this loop was blanked together with it.
            if (module.text[open] !== '{') continue;
            const end = behindBlock(module.text, open);
            const text = blank(module.text.slice(0, open + 1)) + module.text.slice(open + 1, end - 1) + blank(module.text.slice(end - 1));
            module.text = module.text.slice(0, open) + blank(module.text.slice(open, end)) + module.text.slice(end);
            const childrenFolder = join(module.childrenFolder, match[1]);
            module.children.set(match[1], this.readModule({ file: module.file, parent: module, childrenFolder, text }));
        }
        for (const [, name] of module.text.matchAll(/\bmod\s+(?:r#)?(\w+)\s*;/g)) {
            const candidates = [join(module.childrenFolder, `${name}.rs`), join(module.childrenFolder, name, 'mod.rs')];
            const file = candidates.find((candidate) => existsSync(candidate));
            if (!file) throw new Error(`${module.file}: the file of «mod ${name};» is neither of ${candidates.join(', ')}`);
            module.children.set(name, this.readFile(file, module, join(module.childrenFolder, name)));
        }
        module.text = module.text.replace(/(?<![\w#])(pub(?:\s*\([^)]*\))?\s+)?use\s+([^;]+);/g, (whole, visibility, tree, offset) => {
            for (const leaf of leaves(tree)) {
                if (!/^\s*::/.test(tree)) module.uses.push({ ...leaf, isPublic: Boolean(visibility), offset });
            }
            return blank(whole);
        });
        for (const [, name] of module.text.matchAll(/\b(?:fn|struct|enum|union|trait|type|const|static|macro_rules!)\s+(?:mut\s+)?(?:r#)?(\w+)/g)) {
            module.defined.add(name);
        }
        return module;
    }

    /** What a name stands for in a module: `{ module }`, `{ file }` of an item, null for another crate's, undefined if unknown. */
    lookUp(module, name, seen) {
        const key = `${this.modules.indexOf(module)} ${name}`;
        if (seen.has(key)) return undefined;
        seen.add(key);
        if (module.children.has(name)) return { module: module.children.get(name) };
        const bindings = module.uses.filter((use) => !use.isGlob && use.alias === name);
        if (bindings.length > 0) {
            return bindings.map((use) => this.resolve(module, use.path, seen)).find(Boolean) ?? null;
        }
        if (module.defined.has(name)) return { file: module.file };
        for (const { path } of module.uses.filter((use) => use.isGlob)) {
            const opened = this.resolve(module, path, new Set(seen))?.module;
            const found = opened && this.lookUp(opened, name, seen);
            if (found) return found;
        }
        return undefined;
    }

    resolve(module, path, seen = new Set()) {
        let here = module;
        for (const [at, part] of path.entries()) {
            if (part === 'self') continue;
            if (part === 'crate' || part === 'super') {
                here = part === 'crate' ? this.root : here.parent;
                if (!here) return null;
                continue;
            }
            const found = this.lookUp(here, part, seen);
            // A name without `crate::` or the like that nothing here declares is another crate's.
            if (found === undefined) return at === 0 ? null : { file: here.file };
            if (!found?.module) return found;
            here = found.module;
        }
        return { module: here };
    }

    /** Calls `arrow(from, to, offset)` for each import of one file from another. */
    imports(arrow) {
        for (const module of this.modules) {
            const point = (file, offset) => file && file !== module.file && arrow(module.file, file, offset);
            // Neither a path's later part nor a method of that name.
            const mentions = (name) => new RegExp(`(?<![\\w.]|::|\\bfn\\s+)${name}\\b`).test(module.text);
            for (const { path, isGlob, isPublic, alias, offset } of module.uses) {
                const found = this.resolve(module, path);
                const opened = isGlob && found?.module;
                const isChilds = isPublic && this.isBelow(module, found);
                if (opened) {
                    if (isChilds && ![...opened.defined].some(mentions)) continue;
                    point(opened.file, offset);
                    for (const use of opened.uses.filter((use) => use.isPublic)) point(this.resolve(opened, use.path)?.file, offset);
                } else if (!isChilds || mentions(alias)) {
                    point(found?.file, offset);
                }
            }
            // Two dots before a path are a range's or a struct's rest, one is a method's.
            for (const match of module.text.matchAll(/(?<!\w|::|(?<!\.)\.)(?:r#)?[A-Za-z_]\w*(?:\s*::\s*(?:r#)?[A-Za-z_]\w*)+/g)) {
                const path = match[0].split('::').map((part) => part.trim().replace(/^r#/, ''));
                point(this.resolve(module, path)?.file, match.index);
            }
        }
    }

    isBelow(module, found) {
        const file = found?.file ?? found?.module?.file;
        return this.modules.some((other) => {
            if (other.file !== file) return false;
            for (let above = other.parent; above; above = above.parent) if (above === module) return true;
            return false;
        });
    }
}

/** Groups of files of which each leads to every other: Tarjan's strongly connected components, those of two and more. */
function components(arrows) {
    const index = new Map();
    const low = new Map();
    const stack = [];
    const found = [];
    const visit = (file) => {
        index.set(file, index.size);
        low.set(file, index.get(file));
        stack.push(file);
        for (const next of arrows.get(file)?.keys() ?? []) {
            if (!index.has(next)) visit(next);
            if (stack.includes(next)) low.set(file, Math.min(low.get(file), low.get(next)));
        }
        if (low.get(file) !== index.get(file)) return;
        const group = stack.splice(stack.indexOf(file));
        if (group.length > 1) found.push(group.sort());
    };
    for (const file of arrows.keys()) if (!index.has(file)) visit(file);
    return found;
}

/**
 * Which files of a crate import which.
 * @param {string} folder the crate's, with `src` in it
 * @param {string[]} files those that belong to the repository, below `folder`
 * @returns `arrows`: for each file a map from those it imports to one import's offset; `describe(from, to)` names that import
 */
export function importsOf(folder, files) {
    const roots = files.filter((file) => /^src\/(lib\.rs|main\.rs|bin\/[^/]+\.rs|bin\/[^/]+\/main\.rs)$/.test(file));
    const arrows = new Map();
    const sources = new Map();
    for (const root of roots) {
        const target = new Target(join(folder, root));
        for (const [file, source] of target.files) sources.set(relative(folder, file), source);
        target.imports((from, to, offset) => {
            [from, to] = [relative(folder, from), relative(folder, to)];
            if (!arrows.has(from)) arrows.set(from, new Map());
            const known = arrows.get(from).get(to) ?? Infinity;
            arrows.get(from).set(to, Math.min(known, offset));
        });
    }
    const describe = (from, to) => {
        const source = sources.get(from);
        const offset = arrows.get(from).get(to);
        const line = source.slice(0, offset).split('\n').length;
        // A `use` that spans several lines is told on one.
        const [code] = /^(?:(?:pub\S* )?use [^;]*;|[^\n]*)/.exec(source.slice(offset));
        return `${from}:${line} imports ${to}: ${code.replace(/\s+/g, ' ').trim()}`;
    };
    return { arrows, describe };
}

/**
 * The circles among a crate's files.
 * @param {string} crate what to call it
 * @returns {{ files: string[], message: string }[]} one a circle; the message names its files and one import of each arrow
 */
export function circles(folder, files, crate) {
    const { arrows, describe } = importsOf(folder, files);
    return components(arrows).map((group) => {
        const lines = [`${crate}: ${group.join(', ')} import each other in a circle:`];
        for (const from of group) {
            for (const to of group) if (arrows.get(from)?.has(to)) lines.push(`  ${describe(from, to)}`);
        }
        return { files: group, message: lines.join('\n') };
    });
}
