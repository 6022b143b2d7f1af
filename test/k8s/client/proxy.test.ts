/** Which proxy is on the way, by the rules of Go's httpproxy, whose own table most of these rows follow. */
import { describe, expect, it } from 'vitest';
import { proxyFor } from '../../../src/k8s/client/proxy.ts';

const PROXY = 'http://proxy.example:3128';
const used = (server: string, noProxy: string): boolean =>
  proxyFor(new URL(server), undefined, { HTTPS_PROXY: PROXY, NO_PROXY: noProxy }) !== undefined;

describe('NO_PROXY', () => {
  it.each([
    { server: 'https://api.example.com:6443', list: '', proxied: true },
    { server: 'https://api.example.com:6443', list: 'example.com', proxied: false },
    { server: 'https://example.com:6443', list: 'example.com', proxied: false },
    { server: 'https://api.example.com:6443', list: '.example.com', proxied: false },
    { server: 'https://example.com:6443', list: '.example.com', proxied: true },
    { server: 'https://api.example.com:6443', list: '*.example.com', proxied: false },
    { server: 'https://notexample.com:6443', list: 'example.com', proxied: true },
    { server: 'https://api.example.com:6443', list: 'EXAMPLE.COM , other', proxied: false },
    { server: 'https://api.example.com:6443', list: 'api.example.com:6443', proxied: false },
    { server: 'https://api.example.com:6443', list: 'api.example.com:443', proxied: true },
    { server: 'https://api.example.com', list: 'api.example.com:443', proxied: false },
    { server: 'https://10.1.2.3:6443', list: '10.0.0.0/8', proxied: false },
    { server: 'https://11.1.2.3:6443', list: '10.0.0.0/8', proxied: true },
    { server: 'https://10.1.2.3:6443', list: '10.1.2.3', proxied: false },
    { server: 'https://10.1.2.3:6443', list: '2.3', proxied: true },
    { server: 'https://[fd00::1]:6443', list: 'fd00::/16', proxied: false },
    { server: 'https://[fd00::1]:6443', list: 'fd00::1', proxied: false },
    { server: 'https://[fd00::1]:6443', list: '[fd00::1]:6443', proxied: false },
    { server: 'https://10.1.2.3:6443', list: '*', proxied: false },
    { server: 'https://localhost:6443', list: '', proxied: false },
    { server: 'https://127.0.0.1:6443', list: '', proxied: false },
    { server: 'https://[::1]:6443', list: '', proxied: false },
  ])('"$list" for $server: $proxied', ({ server, list, proxied }) => {
    expect(used(server, list)).toBe(proxied);
  });
});

describe('the proxy', () => {
  const server = new URL('https://api.example.com:6443');
  it.each([
    {
      what: "the cluster's own",
      own: 'socks5://127.0.0.1:1080',
      env: { HTTPS_PROXY: PROXY, NO_PROXY: '*' },
      url: 'socks5://127.0.0.1:1080',
    },
    { what: "the environment's", own: undefined, env: { https_proxy: PROXY }, url: 'http://proxy.example:3128/' },
    {
      what: 'one without a scheme',
      own: undefined,
      env: { HTTPS_PROXY: 'proxy.example:3128' },
      url: 'http://proxy.example:3128/',
    },
    { what: 'none for another scheme', own: undefined, env: { HTTP_PROXY: PROXY }, url: undefined },
  ])('is $what', ({ own, env, url }) => {
    expect(proxyFor(server, own, env)?.url.href).toBe(url);
  });

  it('must have an address', () => {
    expect(() => proxyFor(server, 'ftp://proxy', {})).toThrow(/proxy-url of the kubeconfig is no address of a proxy/);
  });
});
