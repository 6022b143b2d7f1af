"""Holds the network namespaces of one scenario and does in them what Node cannot: setns.

Reads one JSON request a line on standard input, writes one JSON answer a line on standard output. Every
namespace is unnamed and lives only as long as this process and its children, so a crash leaves nothing behind.
"""
import base64
import collections
import ctypes
import errno
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWPID, CLONE_NEWNET = 0x20000, 0x4000000, 0x20000000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
IP_RECVERR, IPV6_RECVERR, IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, IP_PKTINFO, IPV6_RECVPKTINFO, IPV6_PKTINFO = 11, 25, 10, 23, 8, 49, 50
TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ = 19, 20, 21
libc = ctypes.CDLL(None, use_errno=True)
PATH = '/usr/sbin:/usr/bin:/sbin:/bin'
ENV = {'PATH': PATH, 'LC_ALL': 'C'}


def check(result, what):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f'{what}: {os.strerror(number)}')


def setns(fd):
    check(libc.setns(fd, CLONE_NEWNET), 'setns')


def mount(source, target, kind, flags):
    encode = lambda text: None if text is None else text.encode()
    check(libc.mount(encode(source), target.encode(), encode(kind), flags, None), f'mount {target}')


class Lab:
    def __init__(self):
        # a /run of its own: the lock of iptables is then nobody else's, and can be made without root
        check(libc.unshare(CLONE_NEWNS), 'unshare')
        mount(None, '/', None, MS_REC | MS_PRIVATE)
        mount('tmpfs', '/run', 'tmpfs', 0)
        self.own = os.open('/proc/self/ns/net', os.O_RDONLY)
        self.fds = {}
        self.inits = {}
        self.servers = {}
        self.adopted = set()
        self.seen = {}
        # how many TCP probes were sent from each address and port
        self.asked = collections.Counter()
        self.unanswered = {}
        self.traces = {}
        self.poll = select.epoll()

    # -- namespaces and commands ------------------------------------------------------------------

    def create(self, names):
        try:
            for name in names:
                check(libc.unshare(CLONE_NEWNET), 'unshare')
                self.fds[name] = os.open('/proc/self/ns/net', os.O_RDONLY)
        finally:
            setns(self.own)
        return {name: os.fstat(fd).st_ino for name, fd in self.fds.items()}

    def adopt(self, namespaces):
        """Takes in namespaces that others made. Their servers are not ours, but a half-open connection shows there too."""
        for name, path in namespaces.items():
            fd = os.open(path, os.O_RDONLY)
            if name in self.fds:
                os.close(self.fds[name])
            self.fds[name] = fd
            self.adopted.add(name)
        return []

    def inside(self, name, action):
        setns(self.fds[name])
        try:
            return action()
        finally:
            setns(self.own)

    def fill(self, text):
        """Puts the path of a namespace where a command names it as @ns:NAME@."""
        parts = text.split('@ns:')
        out = [parts[0]]
        for part in parts[1:]:
            name, _, rest = part.partition('@')
            out.append(f'/proc/{os.getpid()}/fd/{self.fds[name]}{rest}')
        return ''.join(out)

    def sysctl(self, values):
        failures = []
        for name, pairs in values.items():
            def write():
                for key, value in pairs:
                    try:
                        with open('/proc/sys/' + key, 'w') as file:
                            file.write(value)
                    except OSError as error:
                        failures.append({'ns': name, 'command': f'{key}={value}', 'code': error.errno, 'stderr': str(error)})
            self.inside(name, write)
        return failures

    def quicken(self, names):
        """Lets an address that nobody answers for fail in 0.2 s instead of 3 s."""
        def write():
            for family in ('ipv4', 'ipv6'):
                base = f'/proc/sys/net/{family}/neigh'
                for device in os.listdir(base):
                    for key, value in (('retrans_time_ms', '100'), ('mcast_solicit', '2'), ('ucast_solicit', '2')):
                        try:
                            with open(f'{base}/{device}/{key}', 'w') as file:
                                file.write(value)
                        except OSError:
                            pass
        for name in names:
            self.inside(name, write)
        return []

    def run(self, batches):
        """Runs the commands of each batch one after the other, the batches side by side."""
        failures, running = [], []
        queues = [(batch['ns'], list(batch['commands'])) for batch in batches]
        active = {}

        def start(index):
            name, commands = queues[index]
            command = commands.pop(0)
            argv = command.get('argv') or ['/bin/sh', '-ec', self.fill(command['sh'])]
            process = self.inside(name, lambda: subprocess.Popen(
                [self.fill(word) for word in argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENV))
            process.stdin.write(self.fill(command.get('stdin', '')).encode())
            process.stdin.close()
            active[index] = (process, command)

        waiting = [index for index, (_, commands) in enumerate(queues) if commands]
        while waiting or active:
            while waiting and len(active) < 4:
                start(waiting.pop(0))
            index = next(iter(active))
            process, command = active.pop(index)
            output = process.stdout.read().decode(errors='replace')
            process.stdout.close()
            code = process.wait()
            if code != 0:
                failures.append({'ns': queues[index][0], 'command': command.get('sh') or ' '.join(command['argv']), 'code': code,
                                 'stderr': output[:2000]})
            if queues[index][1]:
                waiting.insert(0, index)
        return failures

    def nfacct(self, names, objects):
        """Makes the accounting objects that kube-proxy's rules name (NFNL_MSG_ACCT_NEW)."""
        def make():
            netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
            for sequence, name in enumerate(objects, 1):
                value = name.encode() + b'\0'
                attribute = struct.pack('=HH', 4 + len(value), 1) + value
                attribute += b'\0' * (-len(attribute) % 4)
                body = struct.pack('=BBH', 0, 0, 0) + attribute
                netlink.send(struct.pack('=IHHII', 16 + len(body), (7 << 8) | 0, 0x1 | 0x4 | 0x400, sequence, 0) + body)
                answer = netlink.recv(4096)
                code = struct.unpack('=i', answer[16:20])[0]
                if code not in (0, -errno.EEXIST):
                    raise OSError(-code, f'nfacct {name}')
            netlink.close()
        for name in names:
            self.inside(name, make)
        return []

    # -- nodes as machines ------------------------------------------------------------------------

    def nodes(self, nodes):
        """Gives each node a PID 1, a /proc, a /run and one pause process per pod, as a container runtime would."""
        for node in nodes:
            read, write = os.pipe()
            middle = os.fork()
            if middle == 0:
                try:
                    os.close(read)
                    self.become_node(node, write)
                except BaseException as error:
                    os.write(write, f'error {error}\n'.encode())
                finally:
                    os._exit(1)
            os.close(write)
            with os.fdopen(read) as pipe:
                lines = pipe.read().splitlines()
            if len(lines) != 2 or lines[1] != 'ready':
                raise RuntimeError(f'node {node["name"]}: {lines}')
            self.inits[node['name']] = int(lines[0])
        return []

    def become_node(self, node, write):
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        setns(self.fds[node['ns']])
        check(libc.unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS), 'unshare')
        go_read, go_write = os.pipe()
        init = os.fork()
        if init != 0:
            os.write(write, f'{init}\n'.encode())
            os.close(write)
            os.close(go_read)
            os.write(go_write, b'x')
            os.close(go_write)
            os.close(0)
            os.waitpid(init, 0)
            os._exit(0)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        os.close(go_write)
        os.read(go_read, 1)
        socket.sethostname(node['name'])
        mount(None, '/', None, MS_REC | MS_PRIVATE)
        mount('proc', '/proc', 'proc', 0)
        mount('tmpfs', '/run', 'tmpfs', 0)
        os.mkdir('/run/netns')
        os.mkdir('/run/cgroup')
        for pod in node['pods']:
            path = '/run/netns/' + pod['netns']
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
            mount(f'/proc/self/fd/{self.fds[pod["ns"]]}', path, None, MS_BIND)
            pause = os.fork()
            if pause == 0:
                os.close(write)
                setns(self.fds[pod['ns']])
                libc.prctl(PR_SET_NAME, b'pause', 0, 0, 0)
                self.rest()
            cgroup = f'/run/cgroup/{pause}'
            with open(cgroup, 'w') as file:
                file.write(pod['cgroup'])
            # the kernel may refuse mounts over /proc/PID; then the pods are found by their addresses
            libc.mount(cgroup.encode(), f'/proc/{pause}/cgroup'.encode(), None, MS_BIND, None)
        os.write(write, b'ready\n')
        os.close(write)
        self.rest()

    def rest(self):
        """Waits for ever, holding nothing but the namespaces; reaps what is reparented to PID 1."""
        os.closerange(0, 4096)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            signal.pause()

    def collect(self, nodes, argv):
        """Runs the collector inside each node, all nodes side by side."""
        started = []
        for node in nodes:
            command = ['nsenter', '-t', str(self.inits[node['name']]), '-m', '-p', '-n', '-u', '--'] + argv + node['args']
            started.append((node['name'], subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                                           stderr=subprocess.PIPE, env={**ENV, 'TMPDIR': '/run'})))
        out = []
        for name, process in started:
            stdout, stderr = process.communicate()
            out.append({'node': name, 'code': process.returncode, 'dump': base64.b64encode(stdout).decode(),
                        'stderr': stderr.decode(errors='replace')[:4000]})
        return out

    def execute(self, name, argv):
        """One command's standard output inside a namespace."""
        process = self.inside(name, lambda: subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, env=ENV))
        return {'code': process.returncode, 'stdout': process.stdout.decode(errors='replace'),
                'stderr': process.stderr.decode(errors='replace')}

    # -- which rules are hit ----------------------------------------------------------------------

    def trace_start(self, names, backend):
        self.numbers = {}
        for name in names:
            if backend == 'legacy':
                self.traces[name] = self.inside(name, self.log_socket)
                continue
            self.numbers[name] = rule_numbers(self.execute(name, ['nft', '-a', 'list', 'ruleset'])['stdout'])
            # not xtables-monitor: it crashes on rules of ip6tables (1.8.9)
            self.traces[name] = self.inside(name, lambda: subprocess.Popen(
                ['stdbuf', '-oL', 'nft', '-a', 'monitor', 'trace'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, env=ENV))
        if backend == 'nft':
            time.sleep(0.15)
        return []

    def trace_read(self):
        """What was written since the last call, once it is quiet."""
        out = {name: [] for name in self.traces}
        rest = {name: b'' for name in self.traces}
        quiet_at = time.monotonic() + 0.04
        while time.monotonic() < quiet_at:
            for name, source in self.traces.items():
                if isinstance(source, subprocess.Popen):
                    if select.select([source.stdout], [], [], 0)[0]:
                        data = os.read(source.stdout.fileno(), 1 << 16)
                        rest[name] += data
                        if data:
                            quiet_at = time.monotonic() + 0.04
                else:
                    lines = list(log_prefixes(source))
                    out[name] += lines
                    if lines:
                        quiet_at = time.monotonic() + 0.02
            time.sleep(0.003)
        for name, data in rest.items():
            out[name] += list(hits(data.decode(errors='replace'), self.numbers.get(name, {})))
        return out

    def trace_stop(self):
        for source in self.traces.values():
            if isinstance(source, subprocess.Popen):
                source.kill()
                source.communicate()
            else:
                source.close()
        self.traces.clear()
        return []

    def log_socket(self):
        """A listener of NFLOG group 0, where iptables-legacy's TRACE writes to."""
        sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)

        def configure(family, kind, value):
            attribute = struct.pack('=HH', 4 + len(value), kind) + value
            attribute += b'\0' * (-len(attribute) % 4)
            body = struct.pack('=BB', family, 0) + struct.pack('!H', 0) + attribute
            sock.send(struct.pack('=IHHII', 16 + len(body), (4 << 8) | 1, 0x1 | 0x4, 1, 0) + body)
            code = struct.unpack('=i', sock.recv(4096)[16:20])[0]
            if code:
                raise OSError(-code, os.strerror(-code))

        for family in (socket.AF_INET, socket.AF_INET6):
            configure(family, 1, struct.pack('=B', 3))
        configure(socket.AF_UNSPEC, 1, struct.pack('=B', 1))
        configure(socket.AF_UNSPEC, 2, struct.pack('!IBB', 0, 1, 0))
        configure(socket.AF_UNSPEC, 5, struct.pack('!I', 1))
        sock.setblocking(False)
        return sock

    # -- servers ----------------------------------------------------------------------------------

    def serve(self, servers):
        for server in servers:
            for listen in server['listen']:
                self.inside(server['ns'], lambda: self.listen(server['ns'], server['name'], listen))
        return []

    def listen(self, ns, name, listen):
        address = listen['address']
        family = socket.AF_INET6 if ':' in address else socket.AF_INET
        is_tcp = listen['protocol'] == 'tcp'
        sock = socket.socket(family, socket.SOCK_STREAM if is_tcp else socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1 if listen.get('v6only') else 0)
        if not is_tcp:
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
            sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        if listen.get('device'):
            sock.setsockopt(socket.SOL_SOCKET, 25, listen['device'].encode() + b'\0')
        if listen.get('freebind'):
            sock.setsockopt(socket.IPPROTO_IP, 15, 1)
        sock.bind((address, listen['port']))
        sock.setblocking(False)
        if is_tcp:
            sock.listen(1024)
        self.servers[sock.fileno()] = (sock, ns, name, is_tcp)
        self.poll.register(sock.fileno(), select.EPOLLIN)

    def answer_datagram(self, sock, ns, name):
        try:
            data, ancillary, _, peer = sock.recvmsg(65536, 256)
        except OSError:
            return
        token = data[:24].decode(errors='replace').split('\n')[0]
        at, control = '', []
        for level, kind, value in ancillary:
            if level == socket.IPPROTO_IP and kind == IP_PKTINFO:
                _, local, destination = struct.unpack('=i4s4s', value)
                at = socket.inet_ntop(socket.AF_INET, destination)
                control = [(level, kind, struct.pack('=i4s4s', 0, destination, b'\0' * 4))]
            elif level == socket.IPPROTO_IPV6 and kind == IPV6_PKTINFO and not control:
                at = plain(socket.inet_ntop(socket.AF_INET6, value[:16]))
                control = [(level, kind, value[:16] + (value[16:20] if value[:2] == b'\xfe\x80' else b'\0' * 4))]
        self.seen[token] = {'saw': host_port(peer), 'at': at, 'server': name}
        # the token first, so that an answer that is dropped can be told apart too
        answer = json.dumps({'token': token, **self.seen[token]}).encode()
        try:
            sock.sendmsg([answer.ljust(min(len(data), 1200))], control, 0, peer)
        except OSError as error:
            self.unanswered[token] = {'in': ns, 'error': errno.errorcode.get(error.errno, str(error.errno))}

    # -- probes -----------------------------------------------------------------------------------

    def probe(self, probes, timeout, quiet=0):
        """Asks everything at once. A probe is {from, to, port, protocol, size, bind}; answers come in the same order.

        Silence lasts `timeout` seconds, and on a slow machine `quiet` ones of them without a word to anybody.
        """
        self.seen.clear()
        self.unanswered.clear()
        results = [None] * len(probes)
        clients, links = {}, {}
        by_ns = {}
        for index, probe in enumerate(probes):
            by_ns.setdefault(probe['from'], []).append(index)
        pending = [(name, index) for name, indexes in by_ns.items() for index in indexes]
        pending.reverse()
        open_until = {}

        def finish(fd, result, **more):
            sock, index, state = clients.pop(fd)
            if result != 'open' and state['kind'] == 'tcp' and was_resent(sock):
                more['resent'] = True
            first = first_sequence(sock, state) if result != 'open' and state['kind'] == 'tcp' else None
            results[index] = {'result': result, 'from': state['from'], 'stage': state['stage'], 'token': index,
                              **({} if first is None else {'sequence': first}), **more}
            try:
                self.poll.unregister(fd)
            except OSError:
                pass
            sock.close()

        def start(name, index):
            probe = probes[index]
            try:
                sock, state = self.open_probe(probe, index)
            except OSError as error:
                results[index] = {'result': errno.errorcode.get(error.errno, str(error.errno)), 'from': '', 'stage': 'call',
                                  'token': index}
                return
            clients[sock.fileno()] = (sock, index, state)
            if state['kind'] == 'tcp':
                self.asked[host_port(sock.getsockname())] += 1
            self.poll.register(sock.fileno(), select.EPOLLOUT if state['kind'] == 'tcp' else select.EPOLLIN)
            state['deadline'] = time.monotonic() + timeout

        current = None
        half_open = []
        heard = time.monotonic()
        while pending or clients:
            # a bounded number in the air, so that no probe waits in a queue of ours
            count = 0
            while pending and len(clients) < 1500 and count < 64:
                name, index = pending.pop()
                if name != current:
                    setns(self.fds[name])
                    current = name
                start(name, index)
                count += 1
            if not pending and current is not None:
                setns(self.own)
                current = None
            events = self.poll.poll(0.0 if pending else 0.02)
            if events:
                heard = time.monotonic()
            for fd, event in events:
                if fd in clients:
                    self.step_probe(fd, event, clients, finish, probes)
                elif fd in self.servers:
                    sock, ns, name, is_tcp = self.servers[fd]
                    if is_tcp:
                        try:
                            link, peer = sock.accept()
                        except OSError:
                            continue
                        link.setblocking(False)
                        links[link.fileno()] = (link, name, peer, bytearray())
                        self.poll.register(link.fileno(), select.EPOLLIN)
                    else:
                        self.answer_datagram(sock, ns, name)
                elif fd in links:
                    self.step_link(fd, links)
            now = time.monotonic()
            late = [fd for fd, (_, _, state) in clients.items() if state['deadline'] < now and heard + quiet <= now]
            if late and current is not None:
                setns(self.own)
                current = None
            if late:
                half_open = self.half_open()
            for fd in late:
                sock, index, state = clients[fd]
                more = {}
                if state['kind'] == 'tcp' and state['stage'] == 'connect':
                    # an ICMP error that came in while connect() still held the socket is kept as a soft error: the
                    # next SYN, a second later, would end the call with it
                    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    if code:
                        finish(fd, errno.errorcode.get(code, str(code)))
                        continue
                    # a source port that was rewritten may be another probe's: only the whole address tells; two
                    # probes to different servers may have one, then or before: a half-open connection tells neither
                    peer = host_port(sock.getsockname())
                    arrived = [row for row in half_open if row['peer'] == peer and self.asked[peer] == 1]
                    more = {'arrived': arrived[0]['ns'], 'saw': arrived[0]['peer']} if arrived else {}
                finish(fd, 'timeout', **more)
        for fd in list(links):
            link = links.pop(fd)[0]
            link.close()
        for index, probe in enumerate(probes):
            token = f't{index}'
            if probe['protocol'] == 'udp' and results[index]['result'] != 'open' and token in self.seen:
                results[index]['arrived'] = self.seen[token]['server']
                results[index]['saw'] = self.seen[token]['saw']
                if token in self.unanswered:
                    results[index]['unanswered'] = self.unanswered[token]
        return results

    def open_probe(self, probe, index):
        family = socket.AF_INET6 if ':' in probe['to'] else socket.AF_INET
        kind = probe['protocol']
        if kind == 'tcp':
            sock = socket.socket(family, socket.SOCK_STREAM)
        elif kind == 'udp':
            sock = socket.socket(family, socket.SOCK_DGRAM)
        else:
            sock = socket.socket(family, socket.SOCK_DGRAM, socket.IPPROTO_ICMPV6 if family == socket.AF_INET6 else socket.IPPROTO_ICMP)
        state = {'kind': kind, 'stage': 'connect', 'from': '', 'data': bytearray(), 'written': 0}
        try:
            sock.setblocking(False)
            if kind != 'tcp':
                if family == socket.AF_INET6:
                    sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
                    if probe.get('size'):
                        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, 2)
                else:
                    sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
                    if probe.get('size'):
                        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, 2)
            if probe.get('bind'):
                sock.bind((probe['bind'], 0))
            try:
                sock.connect((probe['to'], probe['port'] or 0))
            except BlockingIOError:
                pass
            state['from'] = plain(sock.getsockname()[0])
            if kind != 'tcp':
                state['stage'] = 'sent'
                if kind == 'udp':
                    sock.send((f't{index}\n').encode().ljust(probe.get('size') or 0, b'.'))
                else:
                    sock.send(struct.pack('!BBHHH', 128 if family == socket.AF_INET6 else 8, 0, 0, 0, index & 0xffff)
                              + b'x' * max(0, (probe.get('size') or 0) - 8))
        except OSError:
            sock.close()
            raise
        return sock, state

    def step_probe(self, fd, event, clients, finish, probes):
        sock, index, state = clients[fd]
        probe = probes[index]
        try:
            if state['kind'] == 'tcp' and state['stage'] == 'connect':
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if code:
                    return finish(fd, errno.errorcode.get(code, str(code)))
                state['stage'] = 'open'
                state['from'] = plain(sock.getsockname()[0])
                if probe.get('connectOnly'):
                    return finish(fd, 'open')
                size = probe.get('size') or 0
                state['written'] = sock.send(f'{size}\n'.encode().ljust(size, b'.'))
                self.poll.modify(fd, select.EPOLLIN)
                return None
            data, sender = sock.recvfrom(65536)
        except BlockingIOError:
            return None
        except OSError as error:
            # errors too: one that quotes another destination is not for this probe, and the ping command ignores it
            if state['kind'] == 'icmp' and probe['to'] not in (told := quoted_destinations(sock)) and told:
                return None
            return finish(fd, errno.errorcode.get(error.errno, str(error.errno)))
        if state['kind'] == 'icmp':
            # the kernel gives a ping socket every answer with its identifier, from whatever address
            return finish(fd, 'open') if plain(sender[0]) == probe['to'] else None
        if state['kind'] == 'udp':
            answer = json.loads(data)
            return finish(fd, 'open', saw=answer['saw'], at=answer['at'], server=answer['server'])
        state['data'] += data
        if data:
            return None
        if not state['data']:
            return finish(fd, 'closed')
        answer = json.loads(bytes(state['data']))
        return finish(fd, 'open', saw=answer['saw'], at=answer['at'], server=answer['server'])

    def step_link(self, fd, links):
        link, name, peer, data = links[fd]
        try:
            part = link.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            part = b''
        data += part
        line, found, _ = bytes(data).partition(b'\n')
        if part and (not found or len(data) < int(line)):
            return
        if part:
            at = plain(link.getsockname()[0])
            answer = json.dumps({'saw': host_port(peer), 'at': at, 'server': name})
            link.setblocking(True)
            try:
                link.send(answer.ljust(int(line)).encode())
            except OSError:
                pass
        self.poll.unregister(fd)
        del links[fd]
        link.close()

    def half_open(self):
        """The connections in SYN_RECV of every namespace with a server: a SYN that arrived and whose answer did not."""
        rows = []
        for ns in {entry[1] for entry in self.servers.values()} | self.adopted:
            def read():
                for file, family in (('/proc/self/net/tcp', socket.AF_INET), ('/proc/self/net/tcp6', socket.AF_INET6)):
                    try:
                        with open(file) as lines:
                            for line in list(lines)[1:]:
                                words = line.split()
                                if words[3] != '03':
                                    continue
                                address, port = words[2].split(':')
                                raw = b''.join(struct.pack('=I', int(address[i:i + 8], 16)) for i in range(0, len(address), 8))
                                peer = plain(socket.inet_ntop(family, raw))
                                rows.append({'ns': ns, 'peer': host_port((peer, int(port, 16)))})
                    except OSError:
                        pass
            self.inside(ns, read)
        return rows


def was_resent(sock):
    """Whether a busy machine let more than the second pass after which the kernel sends a SYN once more (tcpi_total_retrans)."""
    try:
        return struct.unpack_from('=I', sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 100)[0] > 0
    except (OSError, struct.error):
        return False


def quoted_destinations(sock):
    """Where the packets went that the errors in a socket's queue are about (ip_icmp_error); none where it was told otherwise."""
    found = set()
    while True:
        try:
            found.add(plain(sock.recvmsg(256, 512, socket.MSG_ERRQUEUE)[3][0]))
        except OSError:
            return found


def first_sequence(sock, state):
    """The sequence number of a connection's SYN: no translation changes it, so it tells this probe's packets from all others."""
    try:
        sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
        sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, 2)
        next_one = sock.getsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ)
        sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 0)
    except OSError:
        return None
    return (next_one - state['written'] - 1) % (1 << 32)


def rule_numbers(ruleset):
    """Place in its chain of every rule, by table, chain and handle, as iptables counts: from 1."""
    numbers, table, chain, count = {}, '', '', 0
    for line in ruleset.splitlines():
        words = line.split()
        if line.startswith('table '):
            table = words[2]
        elif line.startswith('\tchain '):
            chain, count = words[1], 0
        elif line.startswith('\t\t') and '# handle ' in line:
            count += 1
            numbers[(table, chain, words[-1])] = count
    return numbers


def hits(text, numbers):
    """Lines of `nft -a monitor trace` in the words of iptables-legacy's trace: `filter:FORWARD:rule:3`, `raw:OUTPUT:policy`."""
    for line in text.splitlines():
        words = line.split()
        if len(words) < 7 or words[:2] != ['trace', 'id']:
            continue
        table, chain, kind = words[4], words[5], words[6]
        if kind == 'rule' and '# handle ' in line:
            handle = line.rpartition('# handle ')[2].split()[0]
            yield f'{table}:{chain}:rule:{numbers.get((table, chain, handle), "?" + handle)}'
        elif kind == 'policy':
            yield f'{table}:{chain}:policy'


def log_prefixes(sock):
    """The rule in the prefix of every packet that was logged: `filter:FORWARD:rule:3`."""
    while True:
        try:
            data = sock.recv(65536)
        except BlockingIOError:
            return
        while len(data) >= 16:
            length, kind = struct.unpack('=IH', data[:6])
            message, data = data[20:length], data[(length + 3) & ~3:]
            if kind != 4 << 8:
                continue
            while len(message) >= 4:
                size, attribute = struct.unpack('=HH', message[:4])
                if attribute & 0x7fff == 10:
                    yield message[4:size].rstrip(b'\0').decode(errors='replace').strip().removeprefix('TRACE: ')
                message = message[(size + 3) & ~3:]


def plain(address):
    """An address without zone and without the v4-mapped prefix."""
    address = address.split('%')[0]
    return address[7:] if address.startswith('::ffff:') and '.' in address else address


def host_port(peer):
    address = plain(peer[0])
    return f'[{address}]:{peer[1]}' if ':' in address else f'{address}:{peer[1]}'


def main():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lab = Lab()
    for line in sys.stdin:
        request = json.loads(line)
        operation = request.pop('op')
        if operation == 'quit':
            # for a holder that nobody can kill from outside; what it started dies with it
            os._exit(0)
        began = time.monotonic()
        try:
            answer = {'ok': getattr(lab, operation)(**request)}
        except Exception as error:
            answer = {'error': f'{operation}: {type(error).__name__}: {error}'}
        answer['milliseconds'] = round((time.monotonic() - began) * 1000, 1)
        sys.stdout.write(json.dumps(answer) + '\n')
        sys.stdout.flush()


main()
