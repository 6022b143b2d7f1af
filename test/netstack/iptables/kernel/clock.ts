/** Times near the present one, as rules name them: a row with a fixed one would be true in the morning and not at night. */
const HOUR = 3_600_000;

/** `08:30:15`, in UTC. */
export const clock = (hoursFromNow: number): string =>
  new Date(Date.now() + hoursFromNow * HOUR).toISOString().slice(11, 19);

/** Yesterday, today and tomorrow, so that midnight may come in between. */
export const daysAround = (part: { readonly weekday: 'short' } | { readonly day: 'numeric' }): string =>
  [-24, 0, 24]
    .map((hours) => new Date(Date.now() + hours * HOUR).toLocaleDateString('en-GB', { timeZone: 'UTC', ...part }))
    .join(',');
