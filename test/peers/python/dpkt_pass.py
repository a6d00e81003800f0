"""One pass with dpkt: sessions by protocol and endpoints, both directions together, with their packets counted."""

import sys

import dpkt


def main(path):
    sessions = {}
    packets = 0
    with open(path, "rb") as file:
        for _, data in dpkt.pcap.Reader(file):
            packets += 1
            try:
                ip = dpkt.ethernet.Ethernet(data).data
            except dpkt.UnpackError:
                continue
            if isinstance(ip, dpkt.ip.IP):
                protocol = ip.p
            elif isinstance(ip, dpkt.ip6.IP6):
                protocol = ip.nxt
            else:
                continue
            transport = ip.data
            if not isinstance(transport, (dpkt.tcp.TCP, dpkt.udp.UDP)):
                continue
            a, b = (ip.src, transport.sport), (ip.dst, transport.dport)
            key = (protocol, a, b) if a <= b else (protocol, b, a)
            sessions[key] = sessions.get(key, 0) + 1
    print(f'{{"packets": {packets}, "sessions": {len(sessions)}}}')


main(sys.argv[1])
