/** `npm run cluster`: a real Kubernetes in network namespaces of this machine. */
import { parseArgs } from 'node:util';
import { missing } from './available.ts';
import { buildEverything, isEverythingBuilt } from './build/everything.ts';
import { stopCluster, stopStaleClusters } from './down.ts';
import { attachCluster } from './running-cluster.ts';
import { foreground } from './process.ts';
import { statusLines } from './status.ts';
import { startCluster } from './up.ts';

const HELP = `npm run cluster -- COMMAND [--name NAME]
  build                 builds the programs and images (10 minutes from nothing)
  up                    starts a cluster with flannel and the application of the tests
    --nodes N           1 to 4 (2)
    --proxy MODE        iptables or nftables (iptables)
    --flannel BACKEND   vxlan or host-gw (vxlan)
    --no-app            without the application
  down                  ends it and cleans up, also after a crash
  status                the clusters of this machine
  kubectl …             as the administrator; --name before the word kubectl
  exec PLACE COMMAND …  in the network namespace of node-1, outside, control-plane, lan or NAMESPACE/POD
  env                   lines for a shell: KUBECONFIG
NAME is skoop if it is not given.
`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(argv: readonly string[]): Promise<number> {
  const at = argv.findIndex((word) => word === 'kubectl' || word === 'exec');
  const own = at === -1 ? argv : argv.slice(0, at + 1);
  const { values, positionals } = parseArgs({
    args: [...own],
    allowPositionals: true,
    options: {
      name: { type: 'string', default: 'skoop' },
      nodes: { type: 'string', default: '2' },
      proxy: { type: 'string', default: 'iptables' },
      flannel: { type: 'string', default: 'vxlan' },
      'no-app': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [command] = positionals;
  const { name, nodes, proxy, flannel } = values;
  if (values.help || command === undefined || positionals.length > 1) {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  switch (command) {
    case 'build': {
      const lacking = missing(isEverythingBuilt());
      if (lacking !== undefined) throw new Error(`a cluster cannot be built here: it ${lacking}`);
      await buildEverything(say);
      return 0;
    }
    case 'up': {
      const began = performance.now();
      if (proxy !== 'iptables' && proxy !== 'nftables') throw new Error(`--proxy ${proxy}: write iptables or nftables`);
      if (flannel !== 'vxlan' && flannel !== 'host-gw') throw new Error(`--flannel ${flannel}: write vxlan or host-gw`);
      const withoutApplication = values['no-app'];
      const starting = startCluster({
        name,
        nodes: Number(nodes),
        proxy,
        flannel,
        withoutApplication,
        onProgress: say,
      });
      stopOnSignal(name, starting);
      await starting;
      say(`ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
      for (const line of await statusLines()) process.stdout.write(`${line}\n`);
      return 0;
    }
    case 'down':
      await stopStaleClusters();
      await stopCluster(name);
      return 0;
    case 'status':
      for (const line of await statusLines()) process.stdout.write(`${line}\n`);
      return 0;
    case 'kubectl': {
      const cluster = await attachCluster(name);
      return foreground(cluster.kubectlArgv(argv.slice(at + 1)));
    }
    case 'exec': {
      const cluster = await attachCluster(name);
      return foreground(await cluster.execArgv(argv[at + 1] ?? '', argv.slice(at + 2)));
    }
    case 'env':
      process.stdout.write(`export KUBECONFIG=${(await attachCluster(name)).kubeconfig}\n`);
      return 0;
    default:
      throw new Error(`${command}: no such command\n${HELP}`);
  }
}

/** What is half started is taken away, as after any other failure. */
function stopOnSignal(name: string, starting: Promise<unknown>): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      say('taking it down again …');
      // the start fails as its processes end, and may have made something in between
      void stopCluster(name)
        .then(async () => starting.catch(() => {}))
        .then(async () => stopCluster(name))
        .finally(() => process.exit(130));
    });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
