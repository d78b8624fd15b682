// Who a process is. A number alone is not enough, for the system gives it out again: with the moment of its start and
// the boot it belongs to, it is one process for ever.
import { readFileSync, readdirSync } from 'node:fs';

const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** `{ group, start }` of a living process, in clock ticks since boot; undefined where there is none, or only a zombie. */
function look(pid) {
    try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        // The name stands in parentheses and may hold anything; the fields after it are numbered from the third.
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return fields[0] === 'Z' || fields[0] === 'X' ? undefined : { group: Number(fields[2]), start: Number(fields[19]) };
    } catch {
        return undefined;
    }
}

/** What to write down about a process to know it again: `{ pid, start, boot }`. */
export function identify(pid) {
    return { pid, start: look(pid)?.start, boot: bootId };
}

export function isAlive({ pid, start, boot }) {
    return boot === bootId && start !== undefined && look(pid)?.start === start;
}

/** Whether anything lives of the process group that this process led, itself included. */
export function groupIsAlive({ pid, start, boot }) {
    if (boot !== bootId || start === undefined) return false;
    const leader = look(pid);
    if (leader) return leader.start === start;
    return readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .some((name) => {
            const other = look(name);
            return other !== undefined && other.group === pid && other.start >= start;
        });
}

/** Sends a signal to a whole process group; one that is gone already is fine. */
export function signalGroup(pid, signal) {
    try {
        process.kill(-pid, signal);
    } catch (error) {
        if (error.code !== 'ESRCH') throw error;
    }
}

export const delay = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits until `condition()` holds; false if it didn't within the time. */
export async function until(condition, milliseconds) {
    for (const end = Date.now() + milliseconds; !condition(); await delay(50)) {
        if (Date.now() > end) return false;
    }
    return true;
}
