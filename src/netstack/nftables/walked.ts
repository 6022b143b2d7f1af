/** Chains made ready to be walked, at their first use. */
import type { Evidence } from '../../model/evidence.ts';
import type { Hook, RuleStep } from '../../model/step.ts';
import type { Op } from './op.ts';

/** A rule, or a policy, as a step of a walk shows it. */
export interface Place {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** 1-based; 0 for a policy. */
  readonly number: number;
  readonly handle: number | undefined;
  /** As nft prints it; made when somebody looks. */
  readonly text: () => string;
}

export interface WalkedRule {
  readonly ops: readonly Op[];
  readonly hit: Hit;
  /** Whether it at most counts, logs, or leaves a chain; undefined until somebody asks. */
  isHarmless: boolean | undefined;
  /** The one after it in its chain. */
  readonly next: WalkedRule | undefined;
}

export interface WalkedChain {
  readonly name: string;
  readonly first: WalkedRule | undefined;
  /** For base chains. */
  readonly policy: { readonly hit: Hit; readonly isDrop: boolean } | undefined;
  isHarmless: boolean | undefined;
}

export interface WalkedTable {
  readonly family: string;
  readonly name: string;
  /** Undefined where the dump has no such chain. */
  chain(name: string): WalkedChain | undefined;
}

/** The rules from this one to the chain's end. */
export function* rulesFrom(first: WalkedRule | undefined): Iterable<WalkedRule> {
  for (let rule = first; rule !== undefined; rule = rule.next) yield rule;
}

/** More different steps than this of one rule are made anew each time. */
const MOST_STEPS = 8;

/** What a hit leaves behind, made once. */
export class Hit {
  readonly #place: Place;
  #evidence: Evidence | undefined;
  readonly #steps: RuleStep[] = [];

  constructor(place: Place) {
    this.#place = place;
  }

  get evidence(): Evidence {
    if (this.#evidence !== undefined) return this.#evidence;
    const { family, table, chain, number, handle, text } = this.#place;
    const where = `nft ${family} ${table} ${chain}`;
    this.#evidence =
      number === 0
        ? { kind: 'policy', raw: text(), where }
        : { kind: 'rule', raw: text(), where: handle === undefined ? where : `${where} handle ${handle}` };
    return this.#evidence;
  }

  /** The step of an earlier hit, where it is the same. */
  step(family: 4 | 6, hook: Hook, effect: string, isAssumed: boolean): RuleStep {
    for (const step of this.#steps) {
      if (
        step.effect === effect &&
        step.hook === hook &&
        step.family === family &&
        (step.assumed === true) === isAssumed
      )
        return step;
    }
    const { family: tableFamily, table, chain, number, handle } = this.#place;
    const step: RuleStep = {
      kind: 'rule',
      ruleSet: 'nft',
      family,
      hook,
      table,
      chain,
      number,
      raw: this.evidence.raw,
      effect,
      tableFamily,
      ...(handle === undefined ? {} : { handle }),
      ...(isAssumed && { assumed: true }),
    };
    if (this.#steps.length < MOST_STEPS) this.#steps.push(step);
    return step;
  }
}

/** A chain at a hook. */
export interface BaseChain {
  readonly table: WalkedTable;
  readonly name: string;
  readonly type: 'filter' | 'nat' | 'route';
  readonly hook: string;
  readonly priority: number;
  /** Devices of an ingress or egress chain. */
  readonly devices: readonly string[];
  /** Which they are is not in the dump. */
  readonly hasUnreadDevices?: true;
  /** Grows with the order in which the kernel made chains of one table; between tables it is that of the tables. */
  readonly order: readonly [table: number, chain: number];
  /** No rules, and the policy accepts. */
  readonly isPassing: boolean;
  /** Why its rules can't be told; absent where they can. */
  readonly unreadable?: string;
  readonly chain: WalkedChain;
}
