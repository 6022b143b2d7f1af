/** Opens one real connection from a namespace of a node, with whatever tool is there. */
import { ApiError } from '../../k8s/client/api-error.ts';
import type { ApiServer, PodContainer } from '../../k8s/client/api-server.ts';
import type { ProbeOutcome } from '../../model/probe.ts';

export interface ProbeRequest {
  /** Number of the source's network namespace; absent for the node's own. */
  readonly inode?: number;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly address: string;
  readonly port: number;
  readonly signal: AbortSignal;
}

export interface Probed {
  readonly outcome: ProbeOutcome;
  /** What the tool said, or why none could be used. */
  readonly said: string;
  readonly milliseconds: number;
}

const SECONDS = 3;

/**
 * Arguments: INODE|host PROTOCOL ADDRESS PORT SECONDS. Prints the tool, its exit code and what it said. The tools of the
 * image come first, then the node's.
 */
const SCRIPT = String.raw`
inode=$1 protocol=$2 address=$3 port=$4 seconds=$5 enter=''
if [ "$inode" != host ]; then
	for link in /proc/[0-9]*/ns/net; do
		case $(ls -l "$link" 2>/dev/null) in *"net:[$inode]") enter="nsenter --net=$link"; break ;; esac
	done
	[ -n "$enter" ] || { echo 'none 1 the network namespace of the pod is not there any more'; exit; }
fi
tool() {
	for dir in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
		[ -x "$dir/$1" ] && echo "$dir/$1" && return
	done
	for dir in /usr/local/bin /usr/bin /bin /usr/sbin /sbin; do
		[ -x "/proc/1/root$dir/$1" ] && echo "chroot /proc/1/root $dir/$1" && return
	done
	return 1
}
report() { echo "$1 $2 $(echo "$3" | tr '\n' ' ')"; exit; }
limit() { if command -v timeout >/dev/null 2>&1; then timeout "$((seconds + 1))" "$@"; else "$@"; fi; }
if [ "$protocol" = icmp ]; then
	if ping=$(tool ping); then said=$($enter $ping -n -c 1 -W "$seconds" "$address" 2>&1); report ping $? "$said"; fi
	report none 1 'there is no ping, neither in the image nor on the node'
fi
if bash=$(tool bash); then
	if [ "$protocol" = tcp ]; then
		said=$(limit $enter $bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$address" "$port" 2>&1)
	else
		said=$(limit $enter $bash -c 'exec 3<>"/dev/udp/$0/$1"; printf "skoop\n" >&3; sleep 0.3; printf "skoop\n" >&3 || exit 1; read -r -N 1 -t "$2" -u 3' "$address" "$port" "$seconds" 2>&1)
	fi
	report bash $? "$said"
fi
if [ "$protocol" = tcp ] && nc=$(tool nc); then said=$(limit $enter $nc -z -w "$seconds" "$address" "$port" 2>&1); report nc $? "$said"; fi
if socat=$(tool socat) && [ "$protocol" = tcp ]; then
	case $address in *:*) address="[$address]" ;; esac
	said=$(limit $enter $socat -u /dev/null "TCP:$address:$port,connect-timeout=$seconds" 2>&1)
	report socat $? "$said"
fi
report none 1 'there is no bash, nc or socat, neither in the image nor on the node'
`;

export async function probe(api: ApiServer, at: PodContainer, request: ProbeRequest): Promise<Probed> {
  const { inode, protocol, address, port, signal } = request;
  const began = performance.now();
  const chunks: Uint8Array[] = [];
  const words = [inode === undefined ? 'host' : String(inode), protocol, address, String(port), String(SECONDS)];
  try {
    await api.exec(at, ['sh', '-c', SCRIPT, 'sh', ...words], {
      onStdout: (chunk) => void chunks.push(chunk),
      signal,
      timeLimit: (SECONDS + 10) * 1000,
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { outcome: 'not-tried', said: error.message, milliseconds: performance.now() - began };
  }
  return { ...readProbe(Buffer.concat(chunks).toString('utf8'), protocol), milliseconds: performance.now() - began };
}

/** From what the script prints. */
export function readProbe(printed: string, protocol: ProbeRequest['protocol']): Omit<Probed, 'milliseconds'> {
  const found = /^(\w+) (\d+) ?(.*)$/s.exec(printed);
  if (found === null) return { outcome: 'not-tried', said: 'the collector said nothing' };
  const [, tool = '', code, rest = ''] = found;
  const text = rest.replaceAll(/\s+/g, ' ').trim();
  if (tool === 'none') return { outcome: 'not-tried', said: text };
  return { outcome: outcomeOf(Number(code), text, protocol), said: text };
}

/** The errors by name: as bash, nc, socat and ping print strerror(3) and ICMP types. */
function outcomeOf(code: number, said: string, protocol: ProbeRequest['protocol']): ProbeOutcome {
  if (code === 0) return 'open';
  if (/refused|Destination Port Unreachable/i.test(said)) return 'refused';
  if (/no route to host|unreachable|prohibited|not permitted|permission denied|Packet filtered/i.test(said))
    return 'unreachable';
  if (/cannot assign|invalid argument|unknown host|name or service/i.test(said)) return 'unreachable';
  return protocol === 'udp' ? 'silent' : 'timeout';
}
