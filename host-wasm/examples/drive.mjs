#!/usr/bin/env node
// Replays a recording of s_server_wasm in its guest, under Node's WASI: drive.mjs GUEST.wasm RECORDING
//
// Every connection of a recording has a guest of its own, as it had one then. Each is fed the frames that went in to it,
// by the guest's command form, on standard input, and what comes out on standard output is compared with the frames that
// were recorded. A guest gets no clock, no files and no randomness but in frames.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, exit } from 'node:process';
import { WASI } from 'node:wasi';

const HEADER = 16;
const FAULT = 0x8f;
// What the host of all guests did itself, recorded as connection 0: listening, the end, the exit status, its own lines.
const HOST = [0x0e, 0x10, 0x12, 0x13];

// Each frame: its kind, its connection, and all its bytes.
function* frames(data) {
  for (let at = 0; at < data.length;) {
    const end = data.length - at < HEADER ? Infinity : at + HEADER + data.readUInt32LE(at + 4);
    if (end > data.length) throw new Error(`offset ${at}: the bytes end inside a frame`);
    yield { kind: data[at], connection: data.readUIntLE(at + 1, 3), bytes: data.subarray(at, end) };
    at = end;
  }
}

// For each guest, by its number: the frames that went in, and those that came out. A connection whose first frame is not
// its acceptance has a guest of its own; others are in that of number 0.
function byGuest(data) {
  const guests = new Map(), owns = new Map();
  let host = false;
  for (const { kind, connection, bytes } of frames(data)) {
    if (!owns.has(connection)) owns.set(connection, kind !== 0x03);
    const number = owns.get(connection) ? connection : 0;
    if (!guests.has(number)) guests.set(number, { wentIn: [], cameOut: [] });
    if (kind < 0x80) host = number === 0 && HOST.includes(kind);
    const { wentIn, cameOut } = guests.get(number);
    if (!host || number) (kind < 0x80 ? wentIn : cameOut).push(bytes);
  }
  return guests;
}

// What the guest writes when it reads these frames. It ends when they do.
async function run(module, wentIn) {
  const folder = mkdtempSync(join(tmpdir(), 's_server-drive-'));
  writeFileSync(join(folder, 'in'), Buffer.concat(wentIn));
  const stdin = openSync(join(folder, 'in'), 'r');
  const stdout = openSync(join(folder, 'out'), 'w');
  try {
    const wasi = new WASI({ version: 'preview1', stdin, stdout, returnOnExit: true });
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
  const guests = byGuest(readFileSync(recording));
  const module = await WebAssembly.compile(readFileSync(guest));
  let count = 0, length = 0;
  for (const [number, { wentIn, cameOut }] of guests) {
    const expected = Buffer.concat(cameOut), came = await run(module, wentIn);
    if (!came.equals(expected)) {
      const fault = [...frames(came)].find(({ kind, bytes }) => kind === FAULT && !expected.includes(bytes));
      if (fault) throw new Error(`guest ${number} does not take a frame: ${fault.bytes.subarray(HEADER)}`);
      const at = expected.findIndex((byte, at) => came[at] !== byte);
      const where = at < 0 ? expected.length : at;
      throw new Error(`output of guest ${number} differs at byte ${where} of ${expected.length}; ${came.length} came`);
    }
    count += wentIn.length;
    length += came.length;
  }
  console.log(`${guests.size} guests, ${count} frames in, ${length} bytes out, as recorded`);
}

if (argv.length !== 4) {
  console.error('usage: drive.mjs GUEST.wasm RECORDING');
  exit(2);
}
await main(argv[2], argv[3]).catch(why => {
  console.error(why.message);
  exit(1);
});
