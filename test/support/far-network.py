"""Runs a command in a network of its own in which 127.0.0.2 is a server on 127.0.0.1 that is far away.

`unshare --net python3 far-network.py WAY_MS COMMAND…`: what is sent to 127.0.0.2 leaves through a TUN device, waits here for
WAY_MS, and comes back as from 127.0.0.2 to 127.0.0.1, and the answer in the same way. The kernel does the rest of TCP.
"""

import fcntl
import os
import queue
import struct
import subprocess
import sys
import threading
import time

# linux/if_tun.h
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
MTU = 1500

way_s = float(sys.argv[1]) / 1000
device = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", b"far0", IFF_TUN | IFF_NO_PI))
for command in ("address add 127.0.0.1/32 dev far0", "link set far0 up"):
    subprocess.run(["ip", *command.split()], check=True)
for interface in ("all", "far0"):
    with open(f"/proc/sys/net/ipv4/conf/{interface}/route_localnet", "w", encoding="ascii") as file:
        file.write("1")
    with open(f"/proc/sys/net/ipv4/conf/{interface}/rp_filter", "w", encoding="ascii") as file:
        file.write("0")
subprocess.run("ip route add 127.0.0.2/32 dev far0 src 127.0.0.1".split(), check=True)

under_way: queue.SimpleQueue = queue.SimpleQueue()


def take() -> None:
    while True:
        packet = os.read(device, MTU)
        if packet[0] >> 4 == 4:
            # Source and destination change places, which leaves every checksum as it was.
            under_way.put((time.monotonic() + way_s, packet[:12] + packet[16:20] + packet[12:16] + packet[20:]))


def give() -> None:
    while True:
        due, packet = under_way.get()
        time.sleep(max(0.0, due - time.monotonic()))
        os.write(device, packet)


for work in (take, give):
    threading.Thread(target=work, daemon=True).start()
sys.exit(subprocess.run(sys.argv[2:], check=False).returncode)
