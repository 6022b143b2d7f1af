import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEVICE_PROOFS } from '../../lab/device-proofs.ts';
import { expand } from '../../lab/scenario.ts';
import { GUEST_SCENARIOS, SCENARIOS } from '../../lab/scenarios/index.ts';

const names = new Set([...SCENARIOS, ...GUEST_SCENARIOS].map((scenario) => scenario.name));

describe('kinds of devices', () => {
  it.each(Object.entries(DEVICE_PROOFS))('%s has a proof that is there, or a reason for none', (_, proof) => {
    if (typeof proof !== 'string') expect(proof.filter((name) => !names.has(name))).toEqual([]);
    else if (proof.startsWith('test/')) expect(existsSync(proof)).toBe(true);
    else expect(proof).toMatch(/ /);
  });
});

describe("the guest's scenarios", () => {
  it('say what they need, and have names of their own', () => {
    expect(GUEST_SCENARIOS.filter((scenario) => scenario.needsKernel === undefined)).toEqual([]);
    const cases = expand([...SCENARIOS, ...GUEST_SCENARIOS]).map((one) => one.name);
    expect(new Set(cases).size).toBe(cases.length);
  });
});
