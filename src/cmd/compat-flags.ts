/** Flags of KubeSkoop that nothing reads: they are accepted, so that its users' scripts run unchanged. */
import { defineFlags } from '../context/flags.ts';

export const cloudFlags = defineFlags('Cluster config', {
  'cloud-provider': {
    type: 'string',
    default: 'generic',
    choices: ['generic', 'aliyun'],
    isHidden: true,
    help: 'what is between the nodes',
  },
});

export const aliyunFlags = defineFlags('Aliyun', {
  'aliyun-access-key-id': { type: 'string', help: 'access key', isHidden: true },
  'aliyun-access-key-secret': { type: 'string', help: 'secret of the access key', isHidden: true },
  'aliyun-security-token': { type: 'string', help: 'token of a temporary access key', isHidden: true },
});
