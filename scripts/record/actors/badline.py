#!/usr/bin/env python3
"""Passes frames between two interfaces as a bad line does: of those with TCP payload some
are lost and some are held back until later ones have passed. For recordings, where the
kernel has no netem; what the two ends then do (retransmit, repeat, join what they had sent
in parts) is their kernels' own.

    badline.py LEFT RIGHT SEED
"""

import random
import select
import socket
import struct
import sys
import time

LOST, HELD = 0.12, 0.25  # shares of the frames with payload
WAIT = 0.04  # seconds that a frame is held back at most
AFTER = 3  # frames that pass it
OUTGOING = 4  # PACKET_OUTGOING of linux/if_packet.h


def listen(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
    s.bind((name, 0))
    return s


def has_payload(frame):
    """Tells whether the frame is IPv4 with octets of a TCP stream."""
    if frame[12:14] != b"\x08\x00" or frame[23] != 6:
        return False
    start = 14 + (frame[14] & 15) * 4
    return 14 + struct.unpack_from(">H", frame, 16)[0] > start + (frame[start + 12] >> 4) * 4


def main():
    ends = [listen(name) for name in sys.argv[1:3]]
    other = {ends[0]: ends[1], ends[1]: ends[0]}
    chance = random.Random(int(sys.argv[3]))
    held = []  # [deadline, frames still to pass, socket, frame]
    print("ready", flush=True)
    while True:
        for s in select.select(ends, [], [], 0.005)[0]:
            frame, address = s.recvfrom(65535)
            if address[2] == OUTGOING:
                continue
            draw = chance.random() if has_payload(frame) else 1
            if draw < LOST:
                continue
            if draw < LOST + HELD:
                held.append([time.monotonic() + WAIT, AFTER, other[s], frame])
                continue
            other[s].send(frame)
            for h in held:
                h[1] -= h[2] is other[s]
        now = time.monotonic()
        for h in [h for h in held if h[0] < now or h[1] <= 0]:
            h[2].send(h[3])
            held.remove(h)


main()
