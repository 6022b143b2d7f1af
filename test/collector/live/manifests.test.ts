import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { at, list } from '../../../src/k8s/fields.ts';
import {
  agentDaemonSet,
  CAPABILITIES,
  collectorNamespace,
  collectorPod,
  podSpec,
  timerJob,
} from '../../../src/collector/live/manifests.ts';
import { VERSION } from '../../../src/cmd/version.ts';
import { RIGHTS } from '../../../src/cmd/live/rights.ts';

const DEPLOY = join(import.meta.dirname, '../../../deploy');
const read = (file: string): string => readFileSync(join(DEPLOY, file), 'utf8');
const IMAGE = { image: `skoop/collector:${VERSION}`, pullPolicy: 'IfNotPresent' };
const IDENTITY = { namespace: 'skoop', run: '0badcafe', starter: '0123456789' };

describe('deploy/agent', () => {
  it('is what skoop agent install makes', () => {
    expect(parse(read('agent/daemonset.yaml'))).toEqual(agentDaemonSet('skoop', IMAGE, VERSION));
    expect(parse(read('agent/namespace.yaml'))).toEqual(collectorNamespace('skoop'));
  });

  it('is named by its kustomization', () => {
    expect(parse(read('agent/kustomization.yaml'))).toMatchObject({
      namespace: 'skoop',
      resources: ['namespace.yaml', 'daemonset.yaml'],
    });
  });
});

describe('deploy/rbac.yaml', () => {
  it('has the rights that the doctor looks for, and no others but those that put up the agent', () => {
    const roles = parseAllDocuments(read('rbac.yaml'))
      .map((document) => document.toJS() as unknown)
      .filter((role) => at(role, 'metadata')['name'] !== 'skoop-agent');
    const given = roles
      .flatMap((role) => list(at(role), 'rules').map((rule) => ({ role, rule: at(rule) })))
      .flatMap(({ role, rule }) =>
        list(rule, 'apiGroups').flatMap((group) =>
          list(rule, 'resources').flatMap((resource) =>
            list(rule, 'verbs').map(
              (verb) =>
                `${at(role)['kind'] === 'Role' ? 'collector' : 'cluster'} ${String(verb)} ${String(group)}/${String(resource)}`,
            ),
          ),
        ),
      );
    const asked = RIGHTS.map(({ scope, verb, group, resource }) => `${scope} ${verb} ${group}/${resource}`);
    expect(new Set(given)).toEqual(new Set(asked));
  });
});

describe('a collector pod', () => {
  const pod = collectorPod(
    IDENTITY,
    { name: 'skoop-0badcafe', uid: 'u-1' },
    { node: 'node-a', number: 1, seconds: 300, image: IMAGE },
  );

  it('is bound to its node and goes with its Job', () => {
    expect(at(pod, 'spec')).toMatchObject({ nodeName: 'node-a', activeDeadlineSeconds: 300, restartPolicy: 'Never' });
    expect(at(pod, 'metadata')).toMatchObject({
      name: 'skoop-0badcafe-1',
      labels: { 'skoop.io/run': '0badcafe', 'app.kubernetes.io/component': 'collector' },
      ownerReferences: [{ kind: 'Job', name: 'skoop-0badcafe', uid: 'u-1', controller: false }],
    });
    expect(timerJob(IDENTITY, 'skoop-0badcafe', 300)).toMatchObject({
      spec: { parallelism: 0, activeDeadlineSeconds: 300, ttlSecondsAfterFinished: 0 },
    });
  });

  it('has the rights that were found to be needed, and is not privileged', () => {
    const [container] = list(at(podSpec(IMAGE, 300)), 'containers');
    expect(at(container, 'securityContext')).toMatchObject({
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], add: ['SYS_ADMIN', 'SYS_PTRACE', 'NET_ADMIN', 'NET_RAW', 'SYS_CHROOT'] },
    });
    expect(CAPABILITIES).toHaveLength(5);
    expect(podSpec(IMAGE)).not.toHaveProperty('activeDeadlineSeconds');
  });
});
