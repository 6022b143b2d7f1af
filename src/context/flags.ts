/** How a module declares the flags it reads. Declaring is data; parsing belongs to the command line. */

/** Headings of `--help`, in the order they are printed. */
export type FlagHeading =
  | 'Diagnose task'
  | 'Bundle'
  | 'Cluster config'
  | 'UI config'
  | 'Collector'
  | 'Calico'
  | 'Flannel'
  | 'Generic provider'
  | 'Aliyun'
  | 'Log'
  | 'Miscellaneous';

interface FlagBase {
  readonly help: string;
  readonly short?: string;
  readonly placeholder?: string;
  /** Other spellings: `kubeconfig` for `kube-config`. */
  readonly aliases?: readonly string[];
  /** Accepted for scripts written for others, not shown by `--help`. */
  readonly isHidden?: boolean;
}

export type Flag =
  | (FlagBase & { readonly type: 'string'; readonly default?: string; readonly choices?: readonly string[] })
  | (FlagBase & { readonly type: 'boolean'; readonly default?: boolean })
  | (FlagBase & { readonly type: 'integer'; readonly default?: number; readonly min?: number; readonly max?: number })
  /** Go durations such as `2m0s`; the value is in milliseconds, the default is written as text. */
  | (FlagBase & { readonly type: 'duration'; readonly default?: string })
  /** Repeatable; a comma separates values too, unless `isVariadic`: then each of the words up to the next flag is one value. */
  | (FlagBase & { readonly type: 'strings'; readonly isVariadic?: boolean });

export type FlagSet = Readonly<Record<string, Flag>>;

export interface FlagGroup<F extends FlagSet = FlagSet> {
  readonly heading: FlagHeading;
  readonly flags: F;
}

/** A flag with choices has one of them as its value. */
type ValueOf<T extends Flag> = T['type'] extends 'string'
  ? T extends { readonly choices: readonly (infer C extends string)[] }
    ? C
    : string
  : T['type'] extends 'boolean'
    ? boolean
    : T['type'] extends 'strings'
      ? readonly string[]
      : number;

/** Values of a group: a flag with a default always has one. */
export type FlagValues<F extends FlagSet> = {
  readonly [K in keyof F]: F[K] extends { readonly default: unknown }
    ? ValueOf<F[K]>
    : F[K]['type'] extends 'strings'
      ? readonly string[]
      : ValueOf<F[K]> | undefined;
};

/** Declares a module's flags: `defineFlags('Flannel', { 'flannel-bridge': { type: 'string', default: 'cni0', help: '…' } })`. */
export function defineFlags<const F extends FlagSet>(heading: FlagHeading, flags: F): FlagGroup<F> {
  return { heading, flags };
}
