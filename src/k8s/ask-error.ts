/** A name, port or family that a question names and the cluster does not have. */

/** The message is one sentence with the nearest matches; nothing was diagnosed. */
export class AskError extends Error {
  override readonly name = 'AskError';
}
