// Findings of one kind: how many, and the first ten in words.

const maxTexts = 10;

/** Findings so far. */
export interface Findings {
  readonly add: (text: string) => void;
  readonly count: () => number;
  readonly texts: () => readonly string[];
}

/** Starts with none. */
export function createFindings(): Findings {
  const texts: string[] = [];
  let count = 0;
  return {
    add(text) {
      if (++count <= maxTexts) texts.push(text);
    },
    count: () => count,
    texts: () => texts,
  };
}
