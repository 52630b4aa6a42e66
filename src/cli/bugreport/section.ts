// The parts of a bug report, before anything is redacted.

export interface Section {
  readonly title: string;
  /** JSON, or text as it is. */
  readonly content: unknown;
}

/** What could not be had, and why. */
export interface Missing {
  readonly title: string;
  readonly reason: string;
}

export type Part = Section | Missing;

export function isMissing(part: Part): part is Missing {
  return "reason" in part;
}

/** A part is worth nothing less than the others because one of them fails. */
export async function part(title: string, make: () => unknown): Promise<Part> {
  try {
    return { title, content: await make() };
  } catch (error) {
    return { title, reason: error instanceof Error ? error.message : String(error) };
  }
}
