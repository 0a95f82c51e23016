"""A TFTP server for one file (RFC 1350, read requests in octet mode), for recordings."""

import asyncio
import struct

PORT, BLOCK = 69, 512
BODY = (b"MZ this is no program, it is filler for a recording\r\n" * 240)[:12000]
RRQ, DATA, ACK = 1, 3, 4


class Transfer(asyncio.DatagramProtocol):
    """Sends the file from a port of its own, block by block."""

    def __init__(self, peer, done):
        self.peer, self.done, self.block = peer, done, 1

    def connection_made(self, transport):
        self.transport = transport
        self.send()

    def send(self):
        part = BODY[(self.block - 1) * BLOCK:self.block * BLOCK]
        self.transport.sendto(struct.pack(">HH", DATA, self.block) + part, self.peer)

    def datagram_received(self, data, peer):
        if peer != self.peer or struct.unpack(">HH", data[:4]) != (ACK, self.block):
            return
        if self.block * BLOCK > len(BODY):  # the last block was short
            self.transport.close()
            self.done(self.peer[0])
            return
        self.block += 1
        self.send()


class Door(asyncio.DatagramProtocol):
    """Waits for read requests on port 69."""

    def __init__(self, done):
        self.done, self.tasks = done, set()

    def datagram_received(self, data, peer):
        if struct.unpack(">H", data[:2])[0] == RRQ:
            loop = asyncio.get_running_loop()
            task = loop.create_task(loop.create_datagram_endpoint(
                lambda: Transfer(peer, self.done), local_addr=("0.0.0.0", 0)))
            self.tasks.add(task)


async def serve(done):
    """Starts to serve; done is called with the peer's address after each whole transfer."""
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: Door(done), local_addr=("0.0.0.0", PORT))
