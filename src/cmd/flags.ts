/** The flags that the command line itself reads; the other modules declare their own. */
import { defineFlags } from '../context/flags.ts';

export const taskFlags = defineFlags('Diagnose task', {
  src: {
    type: 'string',
    short: 's',
    placeholder: 'NAME|IP',
    help: 'where the packet starts: an address, namespace/pod, pod/x, node/x, deploy/x',
  },
  dst: {
    type: 'string',
    short: 'd',
    placeholder: 'NAME|IP',
    help: 'where it goes: as --src, or svc/x, or a DNS name of a service',
  },
  dport: {
    type: 'string',
    short: 'p',
    placeholder: 'PORT',
    aliases: ['port'],
    help: "destination port, or the name of a service's port",
  },
  protocol: { type: 'string', default: 'tcp', choices: ['tcp', 'udp', 'icmp', 'sctp'], help: 'protocol of the packet' },
  namespace: { type: 'string', short: 'n', placeholder: 'NAME', help: 'namespace of names that do not say one' },
  family: { type: 'string', choices: ['4', '6'], help: 'address family, where both ends have both' },
  size: {
    type: 'integer',
    placeholder: 'BYTES',
    min: 28,
    max: 65_535,
    help: 'size of the IP packet; of tcp, of those with data (default: the first packet, then the largest that the ends make)',
  },
  via: {
    type: 'string',
    placeholder: 'NODE',
    help: 'node at which traffic from outside comes in; all are tried where absent',
  },
  queries: {
    type: 'string',
    placeholder: 'FILE|-',
    help: 'many questions: one JSON object a line in, one JSON result a line out',
  },
  probe: {
    type: 'boolean',
    default: false,
    help: "also open the connection from the source's namespace, and compare (running cluster only)",
  },
  'exit-code': { type: 'boolean', default: false, help: 'exit with 0 reachable, 1 unreachable, 2 undetermined' },
});

export const bundleFlags = defineFlags('Bundle', {
  bundle: {
    type: 'string',
    short: 'b',
    placeholder: 'FILE',
    help: 'diagnose the cluster captured in this file (default: the running cluster)',
  },
  'save-bundle': {
    type: 'string',
    placeholder: 'FILE',
    help: 'keep what a running cluster was diagnosed by, to ask again with --bundle',
  },
});

export const uiFlags = defineFlags('UI config', {
  format: { type: 'string', choices: ['text', 'json', 'd2', 'svg'], help: 'also write the result in this format' },
  output: {
    type: 'string',
    short: 'o',
    placeholder: 'FILE|-',
    help: 'where to; output.json and so on where absent; - is standard output',
  },
  verbose: { type: 'boolean', default: false, help: 'show every step of every chain, of both directions' },
  http: { type: 'boolean', default: false, help: 'serve the result as a page, until Ctrl-C' },
  'http-address': { type: 'string', default: '127.0.0.1:8080', placeholder: 'HOST:PORT', help: 'address of that page' },
});

export const logFlags = defineFlags('Log', {
  v: {
    type: 'integer',
    short: 'v',
    placeholder: 'LEVEL',
    default: 0,
    help: 'say to standard error what is collected: 1 each node and what failed there, 2 each network namespace',
  },
  'add-dir-header': { type: 'boolean', isHidden: true, help: 'accepted for scripts written for klog' },
  alsologtostderr: { type: 'boolean', isHidden: true, help: 'accepted for scripts written for klog' },
  'log-backtrace-at': { type: 'string', isHidden: true, help: 'accepted for scripts written for klog' },
  'log-dir': { type: 'string', isHidden: true, help: 'accepted for scripts written for klog' },
  'log-file': { type: 'string', isHidden: true, help: 'accepted for scripts written for klog' },
  'log-file-max-size': { type: 'integer', isHidden: true, help: 'accepted for scripts written for klog' },
  logtostderr: { type: 'boolean', isHidden: true, help: 'accepted for scripts written for klog' },
  'one-output': { type: 'boolean', isHidden: true, help: 'accepted for scripts written for klog' },
  'skip-headers': { type: 'boolean', isHidden: true, help: 'accepted for scripts written for klog' },
  'skip-log-headers': { type: 'boolean', isHidden: true, help: 'accepted for scripts written for klog' },
  stderrthreshold: { type: 'string', isHidden: true, help: 'accepted for scripts written for klog' },
  vmodule: { type: 'string', isHidden: true, help: 'accepted for scripts written for klog' },
});

export const miscFlags = defineFlags('Miscellaneous', {
  color: {
    type: 'string',
    default: 'auto',
    choices: ['auto', 'always', 'never'],
    help: 'colour the text; NO_COLOR and FORCE_COLOR are honoured',
  },
  version: { type: 'boolean', default: false, help: 'print the version' },
});
