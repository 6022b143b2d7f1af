/** The container images of the cluster: a pause, a Debian with network tools, flanneld and the echo server, and a bare shell. */
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { VERSIONS } from '../versions.ts';
import { built, placeOf, type Recipe } from './cache.ts';
import { writeOciArchive, type LayerFile } from './oci-archive.ts';
import { succeed } from '../process.ts';
import { ECHO_SERVER, FLANNEL } from './programs.ts';

export const PAUSE = 'localhost/lab/pause:1';
export const TOOLS = 'localhost/lab/tools:1';
export const SHELL = 'localhost/lab/shell:1';

const PACKAGES = [
  'iproute2',
  'iptables',
  'nftables',
  'ipset',
  'conntrack',
  'ipvsadm',
  'ethtool',
  'tcpdump',
  'socat',
  'util-linux',
  'procps',
  'kmod',
];

/** A Debian root as one tar file. */
const TOOLS_ROOT: Recipe = {
  name: 'tools-root',
  from: [VERSIONS.debian, ...PACKAGES],
  make: async (folder) => {
    const leaveOut = ['doc', 'man', 'locale', 'info'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
    const include = `--include=${PACKAGES.join(',')}`;
    const file = join(folder, 'root.tar');
    await succeed(['mmdebstrap', '--quiet', '--variant=minbase', ...leaveOut, include, VERSIONS.debian, file]);
  },
};

/** The tar file, as the lowest layer of other images. */
export const toolsRoot = async (): Promise<string> => join(await built(TOOLS_ROOT), 'root.tar');

const BUSYBOX = '/bin/busybox';
// busybox' own `sleep infinity` does not end at a signal when it is PID 1
const PAUSE_SCRIPT = '#!/bin/sh\ntrap "exit 0" TERM INT\nwhile :; do sleep 3600 & wait $!; done\n';

const busybox = (...names: readonly string[]): readonly LayerFile[] => [
  { path: 'bin/busybox', file: BUSYBOX },
  ...names.map((name) => ({ path: `bin/${name}`, link: 'busybox' })),
];

/** One OCI archive per image; the folder holds nothing else. */
export const IMAGES: Recipe = {
  name: 'images',
  from: [
    ...[TOOLS_ROOT, FLANNEL, ECHO_SERVER].map(placeOf),
    ...['images.ts', 'oci-archive.ts'].map((name) =>
      readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8'),
    ),
  ],
  make: async (folder) => {
    const root = await toolsRoot();
    const flanneld = join(await built(FLANNEL), 'flanneld');
    const echo = join(await built(ECHO_SERVER), 'echo');
    await writeOciArchive(join(folder, 'pause.tar'), {
      reference: PAUSE,
      layers: [{ files: [...busybox('sh', 'sleep'), { path: 'pause', content: PAUSE_SCRIPT }] }],
      command: ['/pause'],
    });
    await writeOciArchive(join(folder, 'shell.tar'), {
      reference: SHELL,
      layers: [{ files: busybox('sh', 'nsenter') }],
      command: ['/bin/sh', '-c', 'while :; do read -r line; done'],
    });
    await writeOciArchive(join(folder, 'tools.tar'), {
      reference: TOOLS,
      layers: [
        { tar: root },
        {
          files: [
            { path: 'usr/local/bin/flanneld', file: flanneld },
            { path: 'usr/local/bin/echo-server', file: echo },
          ],
        },
      ],
      command: ['sleep', 'infinity'],
    });
  },
};
