"""An SMB1 client that logs on to a server as nobody, opens a named pipe and writes filler to
it in the frame of a remote procedure call ([MS-CIFS], [MS-RPCE]). For recordings: it shows a
sensor what an attempt at the pipes of 2006 looks like, and attempts nothing."""

import socket
import struct

NEGOTIATE, SESSION_SETUP, TREE_CONNECT, OPEN, WRITE, READ = 0x72, 0x73, 0x75, 0xA2, 0x2F, 0x2E
# The interface of the server service, version 3.0, and the transfer syntax NDR.
SRVSVC = bytes.fromhex("c84f324b7016d30112785a47bf6ee188") + struct.pack("<HH", 3, 0)
NDR = bytes.fromhex("045d888aeb1cc9119fe808002b104860") + struct.pack("<I", 2)
FILLER = b"filler for a recording. " * 128  # 3 KB


class Refused(Exception):
    """The server said no; the text has the NT status."""


class Session:
    def __init__(self, address, port):
        self.sock = socket.create_connection((address, port), timeout=5)
        self.uid = self.tid = self.mid = 0

    def call(self, command, words, data):
        """Sends a request and returns status, words and data of the response."""
        self.mid += 1
        header = struct.pack("<4sBIBH12xHHHH", b"\xffSMB", command, 0, 0x18, 0xC001,
                             self.tid, 4242, self.uid, self.mid)
        message = header + bytes([len(words) // 2]) + words + struct.pack("<H", len(data)) + data
        self.sock.sendall(struct.pack(">I", len(message)) + message)
        answer = self.receive(struct.unpack(">I", self.receive(4))[0] & 0xFFFFFF)
        status, = struct.unpack_from("<I", answer, 5)
        self.tid, = struct.unpack_from("<H", answer, 24)
        self.uid, = struct.unpack_from("<H", answer, 28)
        end = 33 + 2 * answer[32]
        return status, answer[33:end], answer[end + 2:]

    def receive(self, n):
        data = b""
        while len(data) < n:
            part = self.sock.recv(n - len(data))
            if not part:
                raise Refused("connection closed")
            data += part
        return data

    def must(self, what, answer):
        if answer[0]:
            raise Refused(f"{what}: NT status 0x{answer[0]:08x}")
        return answer[1]

    def log_on(self, server):
        self.must("negotiate", self.call(NEGOTIATE, b"", b"\x02NT LM 0.12\x00"))
        words = struct.pack("<BBHHHHIHHII", 0xFF, 0, 0, 4356, 2, 0, 0, 0, 0, 0, 0x50)
        self.must("session setup", self.call(SESSION_SETUP, words, b"\0" + utf16("") * 4))
        path = b"\0" + utf16(f"\\\\{server}\\IPC$") + b"?????\0"
        self.must("tree connect", self.call(TREE_CONNECT, struct.pack("<BBHHH", 0xFF, 0, 0, 0, 1), path))

    def open(self, pipe):
        """Opens a pipe and returns its handle."""
        name = utf16("\\" + pipe)
        words = struct.pack("<BBHBHIIIQIIIIIB", 0xFF, 0, 0, 0, len(name) - 2, 0, 0, 0x2019F, 0, 0, 3, 1, 0, 2, 0)
        return struct.unpack_from("<H", self.must(pipe, self.call(OPEN, words, b"\0" + name)), 5)[0]

    def write(self, handle, data):
        words = struct.pack("<BBHHIIHHHHHI", 0xFF, 0, 0, handle, 0, 0, 8, len(data), 0, len(data), 64, 0)
        self.must("write", self.call(WRITE, words, b"\0" + data))

    def read(self, handle):
        return self.call(READ, struct.pack("<BBHHIHHIHI", 0xFF, 0, 0, handle, 0, 4280, 0, 0, 0, 0), b"")[0]


def utf16(text):
    return text.encode("utf-16-le") + b"\0\0"


def rpc(kind, call, body):
    """One protocol data unit, whole."""
    return struct.pack("<BBBBIHHI", 5, 0, kind, 3, 0x10, 16 + len(body), 0, call) + body


def knock(address, port):
    """Logs on, tries the pipe browser and then srvsvc, and returns the octets written there."""
    s = Session(address, port)
    with s.sock:
        s.log_on(address)
        try:
            handle = s.open("browser")
        except Refused:  # Samba has no such pipe
            handle = s.open("srvsvc")
        bind = rpc(11, 1, struct.pack("<HHIB3xHBx", 4280, 4280, 0, 1, 0, 1) + SRVSVC + NDR)
        s.write(handle, bind)
        s.read(handle)
        wrote = len(bind)
        for call in range(2, 4):
            request = rpc(0, call, struct.pack("<IHH", len(FILLER), 0, 31) + FILLER)
            s.write(handle, request)
            s.read(handle)
            wrote += len(request)
    return wrote
