/** The candidate nearest to `name`, or '' when none is near: at most a third of its letters may differ. */
export function nearest(name: string, candidates: Iterable<string>): string {
  let [best, least] = ['', Math.max(1, Math.floor(name.length / 3)) + 1];
  const wanted = name.toLowerCase().slice(0, 64);
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase().slice(0, 64));
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Letters to insert, drop or exchange (Levenshtein). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const exchange = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(exchange, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}

/** `; did you mean "x"?` or nothing, for the end of a sentence. */
export function hint(name: string, candidates: Iterable<string>): string {
  const found = nearest(name, candidates);
  return found === '' ? '' : `; did you mean "${found}"?`;
}
