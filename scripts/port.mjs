// Ports of this machine. `port.mjs free` answers with a free one of 127.0.0.1. `port.mjs check N` ends with 0 where N can
// be listened on, else with 1 and a sentence that names who has it, as far as the system tells.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import net from 'node:net';

const LISTENING = '0A';

function listen(port, host) {
    return new Promise((resolve, reject) => {
        const server = net.createServer();
        server.once('error', reject);
        server.listen({ port, host, exclusive: true }, () => {
            const taken = server.address().port;
            server.close(() => resolve(taken));
        });
    });
}

/** Sockets that listen on the port, as the kernel's tables give them. */
function listeners(port) {
    const hex = port.toString(16).toUpperCase().padStart(4, '0');
    return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => {
        try {
            return readFileSync(table, 'utf8').split('\n').slice(1)
                .map((line) => line.trim().split(/\s+/))
                .filter((columns) => columns[1]?.endsWith(`:${hex}`) && columns[3] === LISTENING)
                .map((columns) => `socket:[${columns[9]}]`);
        } catch {
            return [];
        }
    });
}

/** "name (process 123)", or undefined where the process is another user's. */
function owner(port) {
    const sockets = new Set(listeners(port));
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
        try {
            for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
                if (sockets.has(readlinkSync(`/proc/${pid}/fd/${descriptor}`))) {
                    return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (process ${pid})`;
                }
            }
        } catch {
            // Gone meanwhile, or not ours to look into.
        }
    }
    return undefined;
}

async function check(port) {
    for (const host of ['127.0.0.1', '::']) {
        try {
            await listen(port, host);
        } catch (error) {
            if (error.code === 'EADDRINUSE') return `port ${port} is taken by ${owner(port) ?? "another user's process"}`;
            if (error.code === 'EACCES') return `port ${port} needs more rights than this user has`;
            // A machine without IPv6 is fine.
            if (error.code !== 'EAFNOSUPPORT' && error.code !== 'EADDRNOTAVAIL') return `port ${port}: ${error.message}`;
        }
    }
    return undefined;
}

const [command, argument] = process.argv.slice(2);
if (command === 'free') {
    console.log(await listen(0, '127.0.0.1'));
} else if (command === 'check' && /^\d{1,5}$/.test(argument ?? '') && +argument >= 1 && +argument <= 65535) {
    const trouble = await check(Number(argument));
    if (trouble) {
        console.log(trouble);
        process.exitCode = 1;
    }
} else {
    console.log(command === 'check' ? `${argument} is not a port: give a number from 1 to 65535` : 'usage: port.mjs free | check PORT');
    process.exitCode = 2;
}
