/** The errors that damaged listings give. */

/** `place`: where in the listing, e.g. `line 12` or `object 7 (rule)`. */
export class NftSyntaxError extends Error {
  constructor(place: string, message: string) {
    super(`${place}: ${message.slice(0, 200)}`);
    this.name = 'NftSyntaxError';
  }
}

/** A statement or expression is of no form that is known: what it stands in is kept as `unknown`. */
export class NotUnderstood extends Error {}
