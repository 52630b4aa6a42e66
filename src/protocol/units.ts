/** Milliseconds. Monotonic unless a name says `unix`. */
export type Milliseconds = number & { readonly __unit?: "ms" };

export const SECOND_MS: Milliseconds = 1000;
