"""Makes a datapath of Open vSwitch without flows, with devices as its ports: make-datapath.py NAME PORT..."""
import socket
import struct
import sys

CONTROLLER, GET_FAMILY, FAMILY_ID, FAMILY_NAME = 0x10, 3, 1, 2
NEW, TYPE_NETDEV, REQUEST_ACK, NLMSG_ERROR = 1, 1, 5, 2
DP_NAME, DP_UPCALL_PID = 1, 2
PORT_TYPE, PORT_NAME, PORT_UPCALL_PID = 2, 3, 5


def attribute(kind, value):
    data = value.encode() + b'\0' if isinstance(value, str) else struct.pack('<I', value)
    return struct.pack('<HH', 4 + len(data), kind) + data.ljust(-len(data) % 4 + len(data), b'\0')


def ask(channel, family, command, version, body):
    message = struct.pack('<BBH', command, version, 0) + body
    channel.send(struct.pack('<IHHII', 16 + len(message), family, REQUEST_ACK, 1, 0) + message)
    answer = b''
    while True:
        data = channel.recv(65536)
        length, kind = struct.unpack_from('<IH', data)
        if kind == NLMSG_ERROR:
            number = -struct.unpack_from('<i', data, 16)[0]
            if number != 0:
                raise OSError(number, 'netlink')
            return answer
        answer = data[:length]


def family_of(channel, name):
    answer = ask(channel, CONTROLLER, GET_FAMILY, 1, attribute(FAMILY_NAME, name))
    at = 20
    while at < len(answer):
        length, kind = struct.unpack_from('<HH', answer, at)
        if kind == FAMILY_ID:
            return struct.unpack_from('<H', answer, at + 4)[0]
        at += length + -length % 4
    raise OSError(f'no family {name}')


def main(name, *ports):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16) as channel:
        datapaths = family_of(channel, 'ovs_datapath')
        ask(channel, datapaths, NEW, 2, struct.pack('<i', 0) + attribute(DP_NAME, name) + attribute(DP_UPCALL_PID, 0))
        index = socket.if_nametoindex(name)
        vports = family_of(channel, 'ovs_vport')
        for port in ports:
            ask(channel, vports, NEW, 1, struct.pack('<i', index) + attribute(PORT_TYPE, TYPE_NETDEV)
                + attribute(PORT_NAME, port) + attribute(PORT_UPCALL_PID, 0))


main(*sys.argv[1:])
