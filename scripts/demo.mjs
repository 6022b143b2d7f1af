/** `npm run demo`: asks the bundle in examples/ three questions and prints what was typed and what came back. */
import { ensureBuild } from './run/build.mjs';
import { ensureModules } from './run/modules.mjs';
import { ROOT, run } from './run/process.mjs';

const BUNDLE = 'examples/two-nodes.skoop';

const QUESTIONS = [
  {
    about: 'A pod asks a service that has an endpoint on each of two nodes, over flannel vxlan. Does that work?',
    args: ['-s', 'shop/client-a', '-d', 'web.shop', '-p', 'http'],
  },
  {
    about: 'The load balancer address of the same pods times out from inside the cluster. Why?',
    args: ['-s', 'shop/client-a', '-d', '203.0.113.82', '-p', '80'],
  },
  {
    about: 'And this service refuses every connection.',
    args: ['-s', 'node/kl-node2', '-d', 'svc/shop/nobody', '-p', '80'],
  },
];

const TRY_NEXT = [
  [`-s shop/client-a -d 203.0.113.82 -p 80 --bundle ${BUNDLE} --verbose`, 'every rule on the way'],
  [`-s shop/client-a -d web.shop -p 80 --bundle ${BUNDLE} -o path.svg`, 'a drawing'],
  [`bundle show ${BUNDLE}`, 'what was captured'],
  ['explain SERVICE_SOURCE_RANGES', 'what a finding means'],
];

await ensureModules();
await ensureBuild();
console.log(`${BUNDLE} is a capture of a real Kubernetes 1.36 cluster of two nodes. No cluster is needed to ask it.`);
let worst = 0;
for (const { about, args } of QUESTIONS) {
  const typed = ['dist/skoop.cjs', ...args, '--bundle', BUNDLE];
  console.log(`\n# ${about}\n$ node ${typed.join(' ')}\n`);
  worst = Math.max(worst, await run(process.execPath, typed, { cwd: ROOT }));
}
console.log('\nTry next:');
for (const [args, about] of TRY_NEXT) console.log(`  node dist/skoop.cjs ${args}\n      ${about}`);
console.log('docs/bundles.md says how to capture a cluster of your own.');
process.exitCode = worst;
