#!/usr/bin/env python3
"""Plays the network side of a worm of 2006, for recordings: connects to many addresses, then
opens an SMB1 session with each that answered and writes some KB to a named pipe, and serves
a file by TFTP to whoever asks. It exploits nothing and carries no code: what it writes and
serves is filler. It refuses to go anywhere but the lab's addresses.

    worm.py --port 445 --rate 40 --serve 10.20.0.24 10.20.8.1-146

It prints what such a bot reports to its channel.
"""

import argparse
import asyncio
import ipaddress
import sys

import knock
import tftp

LAB = [ipaddress.ip_network(n) for n in ("10.20.0.0/16", "10.30.0.0/16")]


def addresses(words):
    """Expands A.B.C.D and A.B.C.D-E."""
    out = []
    for word in words:
        first, _, last = word.partition("-")
        start = ipaddress.ip_address(first)
        out += [start + i for i in range(int(last or first.split(".")[3]) - int(first.split(".")[3]) + 1)]
    strange = [str(a) for a in out if not any(a in net for net in LAB)]
    if strange:
        sys.exit(f"worm: not of the lab: {' '.join(strange)}")
    return [str(a) for a in out]


async def probe(target, port, answered):
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(target, port), 3)
    except (OSError, asyncio.TimeoutError):
        return
    writer.close()
    answered.append(target)


async def sweep(targets, port, rate):
    answered, probes = [], []
    for target in targets:
        probes.append(asyncio.create_task(probe(target, port, answered)))
        await asyncio.sleep(1 / rate)
    await asyncio.gather(*probes)
    return sorted(answered, key=targets.index)


def say(text):
    print(text, flush=True)


async def run(o):
    targets = addresses(o.targets)
    if o.serve:
        await tftp.serve(lambda peer: say(f"[TFTP]: File transfer complete to IP: {peer}."))
    answered = await sweep(targets, o.port, o.rate)
    say(f"[SCAN]: {len(targets)} addresses done, {len(answered)} open.")
    for target in answered if o.knock else []:
        try:
            wrote = await asyncio.to_thread(knock.knock, target, o.port)
        except (OSError, knock.Refused) as err:
            print(f"worm: {target}: {err}", file=sys.stderr)
            continue
        say(f"[NetApi]: Exploiting IP: {target}. {wrote} octets.")
    if o.serve:
        await asyncio.sleep(o.stay)


def main():
    p = argparse.ArgumentParser(description="the network side of a worm, for recordings")
    p.add_argument("targets", nargs="+", metavar="ADDRESS[-LAST]")
    p.add_argument("--port", type=int, default=445)
    p.add_argument("--rate", type=float, default=40, help="connections a second")
    p.add_argument("--knock", action="store_true", help="write to a pipe of those that answered")
    p.add_argument("--serve", action="store_true", help="serve a file by TFTP")
    p.add_argument("--stay", type=float, default=60, help="seconds to serve")
    asyncio.run(run(p.parse_args()))


if __name__ == "__main__":
    main()
