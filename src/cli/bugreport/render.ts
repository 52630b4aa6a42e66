// The report as text: a head that says what it is and what it lacks, then a part after the other.
import type { Redactor } from "./redact.ts";
import { isMissing, type Missing, type Part } from "./section.ts";

export interface ReportHead {
  readonly version: string;
  readonly role: string;
  /** RFC 3339. */
  readonly made: string;
  readonly full: boolean;
}

export function renderReport(head: ReportHead, parts: readonly Part[], redactor: Redactor): string {
  const masked = head.full
    ? "Names and addresses are as they are (--full)."
    : "Names, public addresses and public keys are replaced, each by the same word throughout.";
  const lines = [
    `meshd ${head.version}: bug report of a ${head.role}, ${head.made}`,
    `${masked} There are no private keys, auth keys or tickets in it.`,
    ...missingOf(parts).map(({ title, reason }) => `Missing: ${title}: ${redactor.text(reason)}`),
  ];
  for (const each of parts) {
    if (!isMissing(each)) lines.push("", `== ${redactor.text(each.title)} ==`, contentText(each.content, redactor));
  }
  return `${lines.join("\n")}\n`;
}

export function missingOf(parts: readonly Part[]): readonly Missing[] {
  return parts.filter(isMissing);
}

/** Lists with an item a line (the log, files), other JSON indented, text as it is. */
function contentText(content: unknown, redactor: Redactor): string {
  if (typeof content === "string") return redactor.text(content).trimEnd();
  const clean = redactor.value(content);
  if (Array.isArray(clean)) return clean.map((item) => JSON.stringify(item)).join("\n");
  return JSON.stringify(clean, undefined, 2);
}
