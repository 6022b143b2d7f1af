"""Opens sockets in the namespace it runs in, asks them from there and from another one, and prints who answered.

Standard input: {"servers": [...], "probes": [...], "client": "/run/netns/NAME"}; prints "ready", waits for a line, then
prints a JSON list with the index of the server that answered each probe, or the error.
"""
import ctypes, errno, json, os, selectors, socket, sys, threading

libc = ctypes.CDLL(None, use_errno=True)
spec = json.loads(sys.stdin.readline())
selector = selectors.DefaultSelector()
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}


def serve(index, server):
    kind = socket.SOCK_STREAM if server["protocol"] == "tcp" else socket.SOCK_DGRAM
    s = socket.socket(FAMILY[server["family"]], kind)
    s.setsockopt(socket.SOL_SOCKET, getattr(socket, spec["reuse"]), 1)
    if server["family"] == 6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(server["v6only"]))
    if server.get("dev"):
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, server["dev"].encode())
    s.bind((server["ip"], server["port"]))
    if server.get("peer"):
        s.connect((server["peer"]["ip"], server["peer"]["port"]))
    if kind == socket.SOCK_STREAM:
        s.listen(64)
    s.setblocking(False)
    selector.register(s, selectors.EVENT_READ, (index, kind))


def answer():
    while True:
        for key, _ in selector.select():
            index, kind = key.data
            try:
                if kind == socket.SOCK_STREAM:
                    connection, _ = key.fileobj.accept()
                    connection.sendall(str(index).encode())
                    connection.close()
                else:
                    _, peer = key.fileobj.recvfrom(64)
                    key.fileobj.sendto(str(index).encode(), peer) if not spec["servers"][index].get("peer") else key.fileobj.send(str(index).encode())
            except OSError:
                pass


def probe(p):
    family = FAMILY[6 if ":" in p["dst"] else 4]
    c = socket.socket(family, socket.SOCK_STREAM if p["protocol"] == "tcp" else socket.SOCK_DGRAM)
    c.settimeout(0.5)
    try:
        c.bind((p["src"], p["sport"]))
        if p["protocol"] == "tcp":
            c.connect((p["dst"], p["port"]))
            return int(c.recv(16) or b"-1")
        level = (socket.IPPROTO_IP, 11) if family == socket.AF_INET else (socket.IPPROTO_IPV6, 25)
        c.setsockopt(*level, 1)
        c.sendto(b"x", (p["dst"], p["port"]))
        return int(c.recv(16))
    except socket.timeout:
        return "timeout"
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e))
    finally:
        c.close()


def enter(path):
    fd = os.open(path, os.O_RDONLY)
    if libc.setns(fd, 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    os.close(fd)


refused = []
for i, server in enumerate(spec["servers"]):
    try:
        serve(i, server)
    except OSError as e:
        refused.append(i)
threading.Thread(target=answer, daemon=True).start()
print(json.dumps({"refused": refused}), flush=True)
sys.stdin.readline()

home = "/proc/self/ns/net"
home_fd = os.open(home, os.O_RDONLY)
out = []
for p in spec["probes"]:
    # setns is per thread: the servers stay where they are.
    if p["from"] == "outside":
        enter(spec["client"])
    # The kernel rations its unreachables: silence is believed at the third time only.
    for _ in range(3):
        answered = probe(p)
        if answered != "timeout":
            break
    out.append(answered)
    libc.setns(home_fd, 0x40000000)
print(json.dumps(out), flush=True)
