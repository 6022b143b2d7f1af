"""Attaches a BPF program that gives one answer for every packet: attach-bpf.py KIND WHERE ANSWER [NAME].

KIND and WHERE: `xdp DEVICE`, `tcx-ingress DEVICE`, `tcx-egress DEVICE`, `cgroup-ingress FOLDER`, `cgroup-connect4 FOLDER`, …
It is made of two instructions and needs no compiler. What it attaches is gone with the device or the cgroup.
"""
import ctypes
import os
import socket
import struct
import sys

BPF = 321  # x86_64
PROG_LOAD, PROG_ATTACH = 5, 8
# program type, attach type
KINDS = {
    'xdp': (6, 37),
    'tcx-ingress': (3, 46),
    'tcx-egress': (3, 47),
    'cgroup-ingress': (8, 0),
    'cgroup-egress': (8, 1),
    'cgroup-sysctl': (23, 18),
    'cgroup-connect4': (18, 10),
    'cgroup-connect6': (18, 11),
    'cgroup-sendmsg4': (18, 14),
    'cgroup-sendmsg6': (18, 15),
}
MAY_BE_MANY = 2
IFLA_XDP, IFLA_XDP_FD, NESTED, RTM_SETLINK = 43, 1, 1 << 15, 19
NLM_REQUEST_ACK = 5
libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes.ljust(128, b'\0'), 128)
    result = libc.syscall(BPF, command, buffer, 128)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f'bpf({command}): {os.strerror(number)}')
    return result


def load(program_type, attach_type, answer, name):
    # r0 = answer; exit
    code = ctypes.create_string_buffer(struct.pack('<BBhiBBhi', 0xB7, 0, 0, answer, 0x95, 0, 0, 0))
    license_ = ctypes.create_string_buffer(b'GPL')
    return bpf(PROG_LOAD, struct.pack('<IIQQIIQII16sII', program_type, 2, ctypes.addressof(code),
                                      ctypes.addressof(license_), 0, 0, 0, 0, 0, name.encode()[:15], 0, attach_type))


def set_xdp(index, program):
    fd = struct.pack('<HHi', 8, IFLA_XDP_FD, program)
    nested = struct.pack('<HH', 4 + len(fd), IFLA_XDP | NESTED) + fd
    body = struct.pack('<BxHiII', socket.AF_UNSPEC, 0, index, 0, 0) + nested
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as channel:
        channel.send(struct.pack('<IHHII', 16 + len(body), RTM_SETLINK, NLM_REQUEST_ACK, 1, 0) + body)
        number = -struct.unpack_from('<i', channel.recv(4096), 16)[0]
    if number != 0:
        raise OSError(number, f'XDP: {os.strerror(number)}')


def main(kind, where, answer, name='drop_all'):
    program_type, attach_type = KINDS[kind]
    program = load(program_type, attach_type if kind != 'xdp' else 0, int(answer), name)
    if kind == 'xdp':
        set_xdp(socket.if_nametoindex(where), program)
    elif kind.startswith('cgroup'):
        folder = os.open(where, os.O_RDONLY)
        bpf(PROG_ATTACH, struct.pack('<IIII', folder, program, attach_type, MAY_BE_MANY))
    else:
        bpf(PROG_ATTACH, struct.pack('<IIII', socket.if_nametoindex(where), program, attach_type, 0))


main(*sys.argv[1:])
