"""What tshark makes of the TCP streams of a recording, for truth."""

import re
import subprocess


class Stream:
    """One connection: who opened it, when each side's payload came, and the octets."""

    def __init__(self, number, client, server):
        self.number, self.client, self.server = number, client, server  # server: address:port
        self.times, self.spoke = [], []
        self.sent = {True: b"", False: b""}  # by whether the client sent them

    def line(self, client, pattern):
        """Returns the first line of that side that begins with the pattern, and its groups."""
        return re.search(rb"(?im)^" + pattern, self.sent[client].replace(b"\r\n", b"\n"))

    def nick(self):
        found = self.line(True, rb"NICK :?(\S+)")
        return found.group(1).decode() if found else ""

    def answered(self):
        """Whether the server welcomed the client (001), or said anything where that is hidden."""
        if self.sent[True][:1] == b"\x16":  # TLS handshake record
            return bool(self.sent[False])
        return bool(self.line(False, rb"(?:@\S+ )?(?::\S+ )?001 "))


def streams(name, frames):
    """Returns the TCP connections of a file, in order; frames are those of truth.packets."""
    found = {}
    for p in frames:
        if not p["tcp.stream"] or p["icmp.type"] or p["icmpv6.type"]:
            continue
        number, src, dst = p["tcp.stream"], p["ipv6.src"] or p["ip.src"], p["ipv6.dst"] or p["ip.dst"]
        if number not in found:
            at = f"[{dst}]" if ":" in dst else dst
            found[number] = Stream(number, src, f"{at}:{p['tcp.dstport']}")
        s = found[number]
        s.times.append(p["frame.time_epoch"])
        if p["tcp.len"] not in ("", "0") and src == s.client:
            s.spoke.append(p["frame.time_epoch"])
    return list(found.values())


def follow(name, wanted):
    """Fills in what the two sides of the wanted streams sent, as tshark reassembles it."""
    if not wanted:
        return
    command = ["tshark", "-n", "-q", "-r", name]
    for s in wanted:
        command += ["-z", f"follow,tcp,raw,{s.number}"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    by_number, current = {s.number: s for s in wanted}, None
    for line in run.stdout.splitlines():
        if line.startswith("Filter: tcp.stream eq "):
            current = by_number[line.split()[-1]]
        elif current and re.fullmatch(r"\t?[0-9a-f]+", line):
            current.sent[not line.startswith("\t")] += bytes.fromhex(line.strip())
