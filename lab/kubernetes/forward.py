"""Leads a port of this machine's loopback to the API server inside a network namespace.

    forward.py NAMESPACE-FILE HOST PORT PORT-FILE

A socket belongs to the namespace that it was made in: the listening one is made here, those to the API server after
entering the other. The number of the port, which the kernel chooses, is written to PORT-FILE.
"""
import asyncio
import ctypes
import os
import socket
import sys

CLONE_NEWNET = 0x40000000


async def copy(reader, writer):
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.close()


async def main(namespace, host, port, port_file):
    listening = socket.create_server(('127.0.0.1', 0))
    libc = ctypes.CDLL(None, use_errno=True)
    with open(namespace) as file:
        if libc.setns(file.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), 'setns')

    async def serve(reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection(host, int(port))
        except OSError:
            writer.close()
            return
        await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))
        far_writer.close()
        writer.close()

    server = await asyncio.start_server(serve, sock=listening)
    with open(port_file + '.new', 'w') as file:
        file.write(str(listening.getsockname()[1]))
    os.rename(port_file + '.new', port_file)
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
