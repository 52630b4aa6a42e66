// The known word that somebody probably meant.

/** `unknown key lissten; did you mean listen?` */
export function unknown(what: string, given: string, known: readonly string[]): string {
  const suggestion = nearest(given, known);
  const hint = suggestion === undefined ? `one of: ${known.join(", ")}` : `did you mean ${suggestion}?`;
  return `unknown ${what} ${given}; ${hint}`;
}

/** Undefined where nothing is near: more than a third of the letters (at least two) would have to change. */
export function nearest(given: string, known: readonly string[]): string | undefined {
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const word of known) {
    const distance = editDistance(given, word);
    if (best === undefined || distance < best.distance) best = { word, distance };
  }
  const limit = Math.max(2, Math.floor(given.length / 3));
  return best !== undefined && best.distance <= limit ? best.word : undefined;
}

/** Optimal string alignment: insert, delete, replace, swap neighbours. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforePrevious[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    beforePrevious = previous;
    previous = row;
  }
  return previous[b.length] ?? 0;
}
