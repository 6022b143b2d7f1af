/** The cluster's own authority and what it signs, so that every client can verify the API server. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { API_SERVICE, CONTROL_PLANE, nodeHost, nodeName } from './addresses.ts';
import { succeed } from './process.ts';

interface Certificate {
  readonly name: string;
  readonly subject: string;
  /** For a server: what it may be called. */
  readonly names?: readonly string[];
}

const SERVICE_NAMES = [
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
];

/** User and groups as kubeadm gives them. */
function certificates(nodes: number): Certificate[] {
  return [
    {
      name: 'apiserver',
      subject: '/CN=kube-apiserver',
      names: [
        ...[...SERVICE_NAMES, 'localhost'].map((name) => `DNS:${name}`),
        ...['127.0.0.1', CONTROL_PLANE.ipv4, CONTROL_PLANE.ipv6, ...API_SERVICE].map((ip) => `IP:${ip}`),
      ],
    },
    { name: 'apiserver-kubelet-client', subject: '/O=system:masters/CN=kube-apiserver-kubelet-client' },
    { name: 'admin', subject: '/O=system:masters/CN=kubernetes-admin' },
    { name: 'controller-manager', subject: '/CN=system:kube-controller-manager' },
    { name: 'scheduler', subject: '/CN=system:kube-scheduler' },
    { name: 'proxy', subject: '/CN=system:kube-proxy' },
    ...Array.from({ length: nodes }, (_, index) => {
      const { ipv4, ipv6 } = nodeHost(index + 1);
      const name = nodeName(index + 1);
      return {
        name,
        subject: `/O=system:nodes/CN=system:node:${name}`,
        names: [`DNS:${name}`, `IP:${ipv4}`, `IP:${ipv6}`],
      };
    }),
  ];
}

/** `NAME.crt` and `NAME.key` of each, `ca.crt`, and the key that service account tokens are signed with. */
export async function makeCertificates(folder: string, nodes: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const at = (name: string): string => join(folder, name);
  const key = ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out'];
  const openssl = async (args: readonly string[]): Promise<string> => succeed(['openssl', ...args]);
  await openssl([...key, at('ca.key')]);
  const isAuthority = [
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
  ];
  const config = ['-config', at('openssl.cnf')];
  // the machine's openssl.cnf may add extensions of its own, which would then be there twice
  await writeFile(at('openssl.cnf'), '[req]\ndistinguished_name=dn\n[dn]\n');
  await openssl([
    ...['req', '-x509', '-new', ...config, '-key', at('ca.key'), '-out', at('ca.crt'), '-days', '30'],
    ...['-subj', '/CN=kubernetes', ...isAuthority],
  ]);
  await Promise.all([
    (async () => {
      await openssl([...key, at('sa.key')]);
      await openssl(['ec', '-in', at('sa.key'), '-pubout', '-out', at('sa.pub')]);
    })(),
    ...certificates(nodes).map(async ({ name, subject, names }) => {
      await openssl([...key, at(`${name}.key`)]);
      await openssl(['req', '-new', ...config, '-key', at(`${name}.key`), '-subj', subject, '-out', at(`${name}.csr`)]);
      const usages = names === undefined ? 'clientAuth' : 'clientAuth,serverAuth';
      const alternative = names === undefined ? '' : `subjectAltName=${names.join(',')}\n`;
      await writeFile(at(`${name}.ext`), `basicConstraints=CA:FALSE\nextendedKeyUsage=${usages}\n${alternative}`);
      await openssl([
        ...['x509', '-req', '-in', at(`${name}.csr`), '-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-days', '30'],
        // without a file of serial numbers, which the processes beside this one would write too
        ...['-set_serial', `0x${serial(name)}`, '-extfile', at(`${name}.ext`), '-out', at(`${name}.crt`)],
      ]);
    }),
  ]);
}

const serial = (name: string): string =>
  Buffer.from(name)
    .toString('hex')
    .slice(-16)
    .replace(/^[89a-f]/, '1');
