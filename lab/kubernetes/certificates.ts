/** The cluster's own authority and what it signs, so that every client can verify the API server. */
import { randomBytes } from 'node:crypto';
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

const DAYS = 30;

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
  // no argument of ours has a space
  const openssl = async (line: string): Promise<string> => succeed(['openssl', ...line.split(' ')], { cwd: folder });
  const key = async (name: string): Promise<string> =>
    openssl(`ecparam -name prime256v1 -genkey -noout -out ${name}.key`);
  // the machine's openssl.cnf may add extensions of its own, which would then be there twice
  await writeFile(join(folder, 'openssl.cnf'), '[req]\ndistinguished_name=dn\n[dn]\n');
  await key('ca');
  const isAuthority = '-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign';
  const request = 'req -new -config openssl.cnf';
  await openssl(`${request} -x509 -key ca.key -out ca.crt -days ${DAYS} -subj /CN=kubernetes ${isAuthority}`);
  const sign = async ({ name, subject, names }: Certificate): Promise<void> => {
    await key(name);
    await openssl(`${request} -key ${name}.key -subj ${subject} -out ${name}.csr`);
    const usages = names === undefined ? 'clientAuth' : 'clientAuth,serverAuth';
    const alternative = names === undefined ? '' : `subjectAltName=${names.join(',')}\n`;
    const extensions = `basicConstraints=CA:FALSE\nextendedKeyUsage=${usages}\n${alternative}`;
    await writeFile(join(folder, `${name}.ext`), extensions);
    // without a file of serial numbers, which those beside it would write too
    const authority = `-CA ca.crt -CAkey ca.key -set_serial ${serial()}`;
    await openssl(`x509 -req -in ${name}.csr ${authority} -days ${DAYS} -extfile ${name}.ext -out ${name}.crt`);
  };
  await Promise.all([
    key('sa').then(async () => openssl('ec -in sa.key -pubout -out sa.pub')),
    ...certificates(nodes).map(sign),
  ]);
}

const serial = (): string => `0x1${randomBytes(8).toString('hex')}`;
