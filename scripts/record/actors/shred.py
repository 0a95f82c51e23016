#!/usr/bin/env python3
"""Passes the connections to a port on to another port of its own host, and what comes back
in segments of a few octets. For recordings.

    shred.py PORT OTHER MOST     segments of 1 to MOST octets
"""

import asyncio
import random
import socket
import sys

PORT, OTHER, MOST = map(int, sys.argv[1:])


async def copy(reader, writer, shred):
    while data := await reader.read(4096):
        while data:
            n = shred.randint(1, MOST) if shred else len(data)
            writer.write(data[:n])
            data = data[n:]
            if shred:
                await asyncio.sleep(0.001)
    writer.close()


async def passes(reader, writer):
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    there, back = await asyncio.open_connection("127.0.0.1", OTHER)
    await asyncio.gather(copy(reader, back, None), copy(there, writer, random.Random(1)))


async def main():
    async with await asyncio.start_server(passes, "0.0.0.0", PORT) as server:
        await server.serve_forever()


asyncio.run(main())
