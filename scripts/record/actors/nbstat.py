#!/usr/bin/env python3
"""Asks addresses for their NetBIOS names as Windows does of its own accord for the peers of
its connections: a node status request (RFC 1002 4.2.17) from port 137 to port 137, three
times, a second and a half apart. For recordings.

    nbstat.py SECONDS_BETWEEN ADDRESS...
"""

import heapq
import socket
import struct
import sys
import time

TRIES, AGAIN = 3, 1.5


def question(number):
    name = b"\x20" + b"CK" + b"A" * 30 + b"\0"  # "*" and 15 NUL, two letters for each octet
    return struct.pack(">HHHHHH", number, 0, 1, 0, 0, 0) + name + struct.pack(">HH", 0x21, 1)


def main():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", 137))
    start, between = time.monotonic(), float(sys.argv[1])
    plan = [(i * between + n * AGAIN, 0x8000 + i, a) for i, a in enumerate(sys.argv[2:]) for n in range(TRIES)]
    heapq.heapify(plan)
    while plan:
        at, number, address = heapq.heappop(plan)
        time.sleep(max(0, start + at - time.monotonic()))
        s.sendto(question(number), (address, 137))


main()
