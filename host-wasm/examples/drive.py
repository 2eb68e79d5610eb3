#!/usr/bin/env python3
"""Replays a recording of s_server_wasm in the guest, under Python's wasmtime: drive.py GUEST.wasm RECORDING

Feeds every frame that went in to the module for embedders (a reactor: functions over its memory), and compares what
comes out with the frames that were recorded. The guest gets no clock, no files and no randomness but in frames.
"""
import struct
import sys

from wasmtime import Engine, Linker, Module, Store, WasiConfig

HEADER = struct.Struct("<IIQ")  # kind and connection, length, microseconds


def frames(data):
    """Each frame: its kind, and all its bytes."""
    at = 0
    while at < len(data):
        if at + HEADER.size > len(data):
            sys.exit(f"offset {at}: the bytes end inside a frame's header")
        word, length, _ = HEADER.unpack_from(data, at)
        end = at + HEADER.size + length
        if end > len(data):
            sys.exit(f"offset {at}: the bytes end inside a frame")
        yield word & 0xFF, data[at:end]
        at = end


class Guest:
    def __init__(self, path):
        engine = Engine()
        self.store = Store(engine)
        self.store.set_wasi(WasiConfig())
        linker = Linker(engine)
        linker.define_wasi()
        self.exports = linker.instantiate(self.store, Module.from_file(engine, path)).exports(self.store)
        self.call("_initialize")
        assert self.call("s_server_abi") == 2

    def call(self, name, *arguments):
        return self.exports[name](self.store, *arguments)

    def step(self, data):
        """Frames in, frames out."""
        memory = self.exports["memory"]
        memory.write(self.store, data, self.call("s_server_buffer", len(data)) & 0xFFFFFFFF)
        length = self.call("s_server_step", len(data))
        at = self.call("s_server_output") & 0xFFFFFFFF
        return bytes(memory.read(self.store, at, at + length))


def main(guest, recording):
    guest, came, count = Guest(guest), b"", 0
    with open(recording, "rb") as file:
        recorded = list(frames(file.read()))
    for kind, frame in recorded:
        if kind < 0x80:
            came, count = came + guest.step(frame), count + 1
    expected = b"".join(frame for kind, frame in recorded if kind >= 0x80)
    if came != expected:
        differs = next((at for at, (a, b) in enumerate(zip(came, expected)) if a != b), min(len(came), len(expected)))
        sys.exit(f"output differs at byte {differs} of {len(expected)}; {len(came)} came")
    print(f"{count} frames in, {len(came)} bytes out, as recorded")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
