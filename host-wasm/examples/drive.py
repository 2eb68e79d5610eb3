#!/usr/bin/env python3
"""Replays a recording of s_server_wasm in its guest, under Python's wasmtime: drive.py GUEST.wasm RECORDING

Every connection of a recording has a guest of its own, as it had one then. Each is fed the frames that went in to it,
by the module for embedders (a reactor: functions over its memory), and what comes out is compared with the frames that
were recorded. A guest gets no clock, no files and no randomness but in frames.
"""
import struct
import sys

from wasmtime import Engine, Linker, Module, Store, WasiConfig

HEADER = struct.Struct("<IIQ")  # kind and connection, length, microseconds
FAULT = 0x8F
# What the host of all guests did itself, recorded as connection 0: listening, the end, the exit status, its own lines.
HOST = {0x0E, 0x10, 0x12, 0x13}


def frames(data):
    """Each frame: its kind, its connection, and all its bytes."""
    at = 0
    while at < len(data):
        if at + HEADER.size > len(data):
            sys.exit(f"offset {at}: the bytes end inside a frame's header")
        word, length, _ = HEADER.unpack_from(data, at)
        end = at + HEADER.size + length
        if end > len(data):
            sys.exit(f"offset {at}: the bytes end inside a frame")
        yield word & 0xFF, word >> 8, data[at:end]
        at = end


def by_guest(recorded):
    """For each guest, by its number: the frames that went in, and all bytes that came out.

    A connection whose first frame is not its acceptance has a guest of its own; others are in that of number 0.
    """
    guests, owns, host = {}, {}, False
    for kind, connection, frame in recorded:
        number = connection if owns.setdefault(connection, kind != 0x03) else 0
        went_in, came_out = guests.setdefault(number, ([], []))
        if kind < 0x80:
            host = number == 0 and kind in HOST
        if not host or number:
            (went_in if kind < 0x80 else came_out).append(frame)
    return {number: (went_in, b"".join(came_out)) for number, (went_in, came_out) in guests.items()}


class Guest:
    def __init__(self, engine, module):
        self.store = Store(engine)
        self.store.set_wasi(WasiConfig())
        linker = Linker(engine)
        linker.define_wasi()
        self.exports = linker.instantiate(self.store, module).exports(self.store)
        self.call("_initialize")
        assert self.call("s_server_abi") == 8

    def call(self, name, *arguments):
        return self.exports[name](self.store, *arguments)

    def step(self, data):
        """Frames in, frames out."""
        memory = self.exports["memory"]
        memory.write(self.store, data, self.call("s_server_buffer", len(data)) & 0xFFFFFFFF)
        length = self.call("s_server_step", len(data))
        at = self.call("s_server_output") & 0xFFFFFFFF
        return bytes(memory.read(self.store, at, at + length))


def play(guest, number, went_in, expected):
    """What comes out, which must be what was recorded."""
    came = b""
    for frame in went_in:
        answer = guest.step(frame)
        for kind, _, fault in frames(answer):
            if kind == FAULT and fault not in expected:
                words = fault[HEADER.size:].decode("utf-8", "replace")
                sys.exit(f"guest {number} does not take the frame {frame[:HEADER.size].hex(' ')}: {words}")
        came += answer
    if came != expected:
        differs = next((at for at, (a, b) in enumerate(zip(came, expected)) if a != b), min(len(came), len(expected)))
        sys.exit(f"output of guest {number} differs at byte {differs} of {len(expected)}; {len(came)} came")
    return len(came)


def main(guest, recording):
    with open(recording, "rb") as file:
        guests = by_guest(frames(file.read()))
    engine = Engine()
    module = Module.from_file(engine, guest)
    came = sum(play(Guest(engine, module), number, *parts) for number, parts in guests.items())
    count = sum(len(went_in) for went_in, _ in guests.values())
    print(f"{len(guests)} guests, {count} frames in, {came} bytes out, as recorded")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
