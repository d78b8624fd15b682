import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const SAMPLE_RATE = 16_000;
const HEADER_BYTES = 44;

/** A sine tone as 16-bit mono WAV. */
export function tone(seconds: number): Buffer {
  const samples = Math.round(seconds * SAMPLE_RATE);
  const wav = Buffer.alloc(HEADER_BYTES + 2 * samples);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(SAMPLE_RATE, 24);
  wav.writeUInt32LE(2 * SAMPLE_RATE, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(2 * samples, 40);
  for (let sample = 0; sample < samples; sample++) {
    const level = 0.5 * Math.sin((2 * Math.PI * 220 * sample) / SAMPLE_RATE);
    wav.writeInt16LE(Math.round(level * 32_767), HEADER_BYTES + 2 * sample);
  }
  return wav;
}

/** A tar archive with these files. */
export function tar(files: Record<string, string | Buffer>): Buffer {
  const folder = mkdtempSync(path.join(tmpdir(), "avagar-archive-"));
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), content);
    }
    return execFileSync("tar", ["-cf", "-", "-C", folder, ...Object.keys(files)], { maxBuffer: 1 << 26 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
