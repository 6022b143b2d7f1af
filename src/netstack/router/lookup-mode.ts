/** How far a lookup goes. */
export type LookupMode =
  /** As a packet's routing decision: one nexthop is chosen. */
  | 'select'
  /** As fib_lookup alone: the route with the first nexthop that will do. */
  | 'first'
  /** As ip6_route_lookup: the device decides before score and metric. */
  | 'device';
