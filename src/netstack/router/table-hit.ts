/** What one table says about a flow. */
import type { Nexthop } from '../state.ts';
import type { TableRoute } from './tables.ts';

/** A route of the table, with the nexthop that made it count; `choices` are all that the kernel may then take. */
export interface TableHit {
  readonly entry: TableRoute;
  /** Length of the block that matched. */
  readonly length: number;
  /** Undefined for error routes. */
  readonly nexthop?: Nexthop;
  readonly choices?: readonly NexthopChoice[];
  /** Other routes of the same block between which neighbour state decides. */
  readonly siblings?: readonly TableRoute[];
}

export interface NexthopChoice {
  readonly nexthop: Nexthop;
  /** Absent where it depends on what is not known. */
  readonly probability?: number;
}

/** Error kinds of a route's type: fib_props and ip6_route_type. A throw goes on with the next rule. */
export const ROUTE_ERRORS = {
  unreachable: 'EHOSTUNREACH',
  prohibit: 'EACCES',
  blackhole: 'EINVAL',
  nat: 'EINVAL',
} as const;

export type ErrorType = keyof typeof ROUTE_ERRORS;

export function isErrorType(type: string): type is ErrorType | 'throw' {
  return type === 'throw' || Object.hasOwn(ROUTE_ERRORS, type);
}
