#!/usr/bin/env python3
"""Plays the IRC side of a bot of the years 2004 to 2006, for recordings: it registers, joins
and answers orders as the families Rbot and SDbot did, and does nothing else. What an order
to scan starts is told by --obey; its output goes to the channel, as theirs did.

    bot.py --style rbot --nick 'DEU|XP|483920' --join '#netapi k3y' 203.0.113.66 4915
"""

import argparse
import random
import select
import shlex
import socket
import subprocess
import sys
import time

# What each family sends once it is welcomed, and its mode.
STYLES = {"rbot": "-x+i", "sdbot": "+i"}


class Bot:
    def __init__(self, options):
        self.o = options
        self.nick = options.nick
        self.random = random.Random(options.nick)  # the same lines in every recording
        self.user = "".join(self.random.choices("abcdefghijklmnopqrstuvwxyz", k=9))
        self.sock, self.work, self.due = None, None, None

    def send(self, *lines):
        """Sends lines as one segment, or in segments of 1 to --segment octets."""
        data = "".join(line + "\r\n" for line in lines).encode()
        if not self.o.segment:
            self.sock.sendall(data)
            return
        while data:
            n = self.random.randint(1, self.o.segment)
            self.sock.sendall(data[:n])
            data = data[n:]
            time.sleep(self.o.pause)

    def say(self, text):
        self.send(f"PRIVMSG {self.channel()} :{text}")

    def channel(self):
        return self.o.join.split()[0]

    def session(self, until):
        """One connection: until its end, an error, or the given time."""
        with socket.create_connection((self.o.server, self.o.port), timeout=10) as self.sock:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.o.password:
                self.send(f"PASS {self.o.password}")
            self.send(f"NICK {self.nick}", f"USER {self.user} 0 0 :{self.nick}")
            pending = b""
            while time.monotonic() < until:
                ready = [self.sock] + ([self.work.stdout] if self.work else [])
                for f in select.select(ready, [], [], 0.1)[0]:
                    if f is self.sock:
                        data = self.sock.recv(4096)
                        if not data:
                            return
                        *lines, pending = (pending + data).split(b"\n")
                        for line in lines:
                            self.heard(line.decode("latin-1").strip())
                    else:
                        self.report()
                if self.due and time.monotonic() > self.due:
                    self.due = None
                    # Without a buffer, in which a line would lie where select does not see it.
                    self.work = subprocess.Popen(shlex.split(self.o.obey), stdout=subprocess.PIPE, bufsize=0)

    def heard(self, line):
        _, _, rest = line.partition(" ") if line.startswith(":") else ("", "", line)
        command, text = rest.partition(" ")[0], rest.partition(" :")[2]
        if command == "PING":
            self.send(line.replace("PING", "PONG", 1))
        elif command == "001":
            self.send(f"USERHOST {self.nick}")
        elif command == "302":
            self.send(f"MODE {self.nick} {STYLES[self.o.style]}", f"JOIN {self.o.join}")
        elif command == "433":
            self.rename()
        elif command in ("332", "PRIVMSG", "TOPIC"):
            self.order(text)

    def rename(self):
        """Draws new digits, as these families do for a nick that is in use or at will."""
        self.nick = "".join(self.random.choice("0123456789") if c.isdigit() else c for c in self.nick)
        self.send(f"NICK {self.nick}")

    def order(self, text):
        verb, *rest = text.lstrip(".!@").split() or [""]
        if verb == "advscan" and len(rest) > 3:
            service, threads, delay = rest[0], rest[1], rest[2]
            self.say(f"[SCAN]: Random Port Scan started on 10.20.x.x:{self.o.port_of[service]} with a delay"
                     f" of {delay} seconds for 0 minutes using {threads} threads.")
            if self.o.obey:
                self.due = time.monotonic() + self.o.hesitate
        elif verb == "login":
            self.say("[MAIN]: Password accepted.")
        elif verb == "rndnick":
            self.rename()
        elif verb in ("download", "update") and rest:
            self.say(f"[{verb.upper()}]: Downloading URL: {rest[0]} to: {rest[-2]}.")
        elif verb == "status":
            self.say("[MAIN]: Status: Ready. Bot Uptime: 0d 0h 0m.")

    def report(self):
        line = self.work.stdout.readline().decode()
        if line:
            print(line, end="", flush=True)  # the recording waits for some of them
            self.say(line.strip())
        else:
            self.work.wait()
            self.work = None


def main():
    p = argparse.ArgumentParser(description="the IRC side of a bot, for recordings")
    p.add_argument("server")
    p.add_argument("port", type=int)
    p.add_argument("--style", choices=STYLES, default="rbot")
    p.add_argument("--nick", required=True)
    p.add_argument("--password", default="", help="of the server")
    p.add_argument("--join", required=True, metavar="'#CHANNEL KEY'")
    p.add_argument("--obey", default="", help="command that an order to scan starts")
    p.add_argument("--hesitate", type=float, default=0, help="seconds before it starts")
    p.add_argument("--stay", type=float, default=20, help="seconds to stay in one connection")
    p.add_argument("--attempts", type=int, default=1, help="connections, one after the other")
    p.add_argument("--segment", type=int, default=0, help="most octets in a segment; 0: whole lines")
    p.add_argument("--pause", type=float, default=0.002, help="seconds between such segments")
    o = p.parse_args()
    o.port_of = {"netapi": 445, "netapi139": 139, "dcom135": 135, "lsass": 445}
    bot = Bot(o)
    for _ in range(o.attempts):
        try:
            bot.session(time.monotonic() + o.stay)
        except OSError as err:
            print(f"bot: {err}", file=sys.stderr)
        time.sleep(2)


if __name__ == "__main__":
    main()
