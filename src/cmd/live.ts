/** Says what to do where no bundle was given: asking a live cluster is not in this version. */
import { UsageError } from './usage-error.ts';

const HOW_TO = `Take one and ask again with --bundle:
  kubectl get nodes,pods,services,endpointslices,namespaces,configmaps,daemonsets,networkpolicies -A -o json > objects.json
  skoop collect --print-script | ssh NODE sudo sh -s -- -n NODE > NODE.dump          (for each node on the path)
  skoop bundle create --objects objects.json --dump *.dump -o cluster.skoop`;

export class NoBundleError extends UsageError {
  readonly remedy = HOW_TO;

  constructor() {
    super('a bundle is needed: this version does not ask a live cluster');
  }
}
