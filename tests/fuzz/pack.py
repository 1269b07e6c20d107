#!/usr/bin/env python3
"""Kept inputs: many small ones in one file, each behind its length (four bytes, little-endian).

    pack.py unpack PACK FOLDER      writes each input of the pack, if there is one, to a file of the folder
    pack.py pack PACK FOLDER        makes the pack of all files of the folder, the shortest first
"""
import os
import struct
import sys


def read(path):
    with open(path, "rb") as file:
        return file.read()


def unpack(pack, folder):
    os.makedirs(folder, exist_ok=True)
    data = read(pack) if os.path.exists(pack) else b""
    at = number = 0
    while at < len(data):
        size = struct.unpack_from("<I", data, at)[0]
        with open(os.path.join(folder, "kept-%05d" % number), "wb") as file:
            file.write(data[at + 4:at + 4 + size])
        at += 4 + size
        number += 1
    return number


def pack(path, folder):
    inputs = sorted({read(os.path.join(folder, name)) for name in os.listdir(folder)}, key=lambda data: (len(data), data))
    with open(path, "wb") as file:
        for data in inputs:
            file.write(struct.pack("<I", len(data)) + data)
    return len(inputs)


def main():
    verb, path, folder = sys.argv[1:]
    print("%s: %d inputs" % (os.path.basename(path), {"unpack": unpack, "pack": pack}[verb](path, folder)))


if __name__ == "__main__":
    main()
