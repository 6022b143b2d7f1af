/** The command line was not understood; the message is one sentence that names the flag. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
