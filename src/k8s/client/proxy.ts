/** Which proxy is on the way to the API server: the kubeconfig's, else the environment's, by the rules of Go's programs. */
import { contains, isLoopback, parseIP, parsePrefix } from '../../model/address.ts';
import { ApiError } from './api-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ProxyChoice {
  readonly url: URL;
  /** For words about it. */
  readonly from: string;
}

/** The proxy is at fault, not the API server. */
export class ProxyRefusal extends Error {}

const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:', 'socks5:', 'socks5h:']);

export function proxyFor(server: URL, ofCluster: string | undefined, env: Environment): ProxyChoice | undefined {
  if (ofCluster !== undefined) return readProxy(ofCluster, 'proxy-url of the kubeconfig');
  const names = server.protocol === 'https:' ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy'];
  const name = names.find((one) => (env[one] ?? '') !== '');
  if (name === undefined || isExempt(server, env['NO_PROXY'] ?? env['no_proxy'] ?? '')) return undefined;
  return readProxy(env[name]!, name);
}

function readProxy(text: string, from: string): ProxyChoice {
  const whole = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url === undefined || !SCHEMES.has(url.protocol))
    throw new ApiError(`${from} is no address of a proxy`, {
      problem: 'configuration',
      remedy: 'It looks like http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT.',
    });
  return { url, from };
}

/** As golang.org/x/net/http/httpproxy: names match with all below them, addresses and blocks exactly, a port where it is given. */
function isExempt(server: URL, list: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = server.port === '' ? (server.protocol === 'https:' ? '443' : '80') : server.port;
  const address = parseIP(host);
  if (host === 'localhost' || (address !== undefined && isLoopback(address))) return true;
  return list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const block = parsePrefix(entry);
      if (block !== undefined && entry.includes('/')) return address !== undefined && contains(block, address);
      const [, bare = entry, onlyPort] =
        /^\[?([^[\]]*?)\]?(?::(\d+))?$/.exec(parseIP(entry) === undefined ? entry : `[${entry}]`) ?? [];
      if (onlyPort !== undefined && onlyPort !== port) return false;
      if (address !== undefined || parseIP(bare) !== undefined) return bare === host;
      const name = bare.replace(/^\*\./, '.');
      return name.startsWith('.') ? host.endsWith(name) : host === name || host.endsWith(`.${name}`);
    });
}
