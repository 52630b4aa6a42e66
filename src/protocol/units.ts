/** Milliseconds. Monotonic unless a name says `unix`. */
export type Milliseconds = number & { readonly __unit?: "ms" };

export const SECOND_MS: Milliseconds = 1000;

/** For people, in messages: "250 ms", "5.5 s", "3 min", whatever fraction a clock gave. */
export function describeDuration(ms: Milliseconds): string {
  if (ms < 999.5) return `${String(Math.round(ms))} ms`;
  if (ms < 59_950) return `${String(Math.round(ms / 100) / 10)} s`;
  return `${String(Math.round(ms / 60_000))} min`;
}
