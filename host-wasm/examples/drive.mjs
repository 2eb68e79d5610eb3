#!/usr/bin/env node
// Replays a recording of s_server_wasm in the guest, under Node's WASI: drive.mjs GUEST.wasm RECORDING
//
// Feeds the whole recording to the guest's command form, on standard input, and compares what comes out on standard
// output with the frames that were recorded. The guest gets no clock, no files and no randomness but in frames.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, exit } from 'node:process';
import { WASI } from 'node:wasi';

const HEADER = 16;

// Each frame: its kind, and all its bytes.
function* frames(data) {
  for (let at = 0; at < data.length;) {
    const end = data.length - at < HEADER ? Infinity : at + HEADER + data.readUInt32LE(at + 4);
    if (end > data.length) throw new Error(`offset ${at}: the bytes end inside a frame`);
    yield { kind: data[at], bytes: data.subarray(at, end) };
    at = end;
  }
}

// What the guest writes when it reads this file. It ends when the file does.
async function run(guest, file) {
  const folder = mkdtempSync(join(tmpdir(), 's_server-drive-'));
  const stdin = openSync(file, 'r');
  const stdout = openSync(join(folder, 'out'), 'w');
  try {
    const wasi = new WASI({ version: 'preview1', stdin, stdout, returnOnExit: true });
    const module = await WebAssembly.compile(readFileSync(guest));
    const status = wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
    if (status) throw new Error(`the guest exited with status ${status}`);
    return readFileSync(join(folder, 'out'));
  } finally {
    closeSync(stdin);
    closeSync(stdout);
    rmSync(folder, { recursive: true });
  }
}

async function main(guest, recording) {
  const recorded = [...frames(readFileSync(recording))];
  const out = recorded.filter(({ kind }) => kind >= 0x80).map(({ bytes }) => bytes);
  const expected = Buffer.concat(out);
  const came = await run(guest, recording);
  if (!came.equals(expected)) {
    const at = expected.findIndex((byte, at) => came[at] !== byte);
    const where = at < 0 ? expected.length : at;
    throw new Error(`output differs at byte ${where} of ${expected.length}; ${came.length} came`);
  }
  console.log(`${recorded.length - out.length} frames in, ${came.length} bytes out, as recorded`);
}

if (argv.length !== 4) {
  console.error('usage: drive.mjs GUEST.wasm RECORDING');
  exit(2);
}
await main(argv[2], argv[3]).catch(why => {
  console.error(why.message);
  exit(1);
});
