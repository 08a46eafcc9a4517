// The statements of a .proto text and where they lie in it: no more grammar than that, which is protobufjs's. Own file: its
// reflection tells neither in which order a message declares its parts nor where.

/** One statement: its first words, and the body that it may have. */
export interface Statement {
  readonly start: number;
  /** Position after it. */
  readonly end: number;
  /** Words and signs up to the body or the semicolon, without what stands in brackets behind an equals sign. */
  readonly words: readonly string[];
  /** The statements in braces, where it has a body. */
  readonly body: readonly Statement[] | undefined;
  /** Position of the first character of the body. */
  readonly bodyStart: number;
}

// Comments, strings, words with dots and signs, and everything else one by one.
const tokenPattern =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[\p{L}\p{N}_.+-]+|[^\s]/gu;

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Reads the statements of a text that protobufjs parses; of any other it may find anything. */
export function readStatements(proto: string): readonly Statement[] {
  const tokens = tokensOf(proto);
  return readBody(tokens, { at: 0 });
}

function tokensOf(proto: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const { 0: text, index } of proto.matchAll(tokenPattern)) {
    if (!text.startsWith('//') && !text.startsWith('/*'))
      tokens.push({ text, start: index, end: index + text.length });
  }
  return tokens;
}

function readBody(tokens: readonly Token[], cursor: { at: number }): readonly Statement[] {
  const statements: Statement[] = [];
  for (let token = tokens[cursor.at]; token && token.text !== '}'; token = tokens[cursor.at]) {
    if (token.text === ';') cursor.at++;
    else statements.push(readStatement(tokens, cursor));
  }
  return statements;
}

function readStatement(tokens: readonly Token[], cursor: { at: number }): Statement {
  const { start, text: first } = tokens[cursor.at]!;
  const words: string[] = [];
  let depth = 0;
  let token = tokens[cursor.at];
  for (; token && (depth > 0 || token.text !== ';'); token = tokens[++cursor.at]) {
    const { text } = token;
    // Braces behind the equals sign of an option are its value.
    const isBody = text === '{' && depth === 0 && !(first === 'option' && words.includes('='));
    if (isBody || (text === '}' && depth === 0)) break;
    if (text === '{' || text === '[') depth++;
    else if (text === '}' || text === ']') depth--;
    else if (depth === 0) words.push(text);
  }
  if (token?.text !== '{') {
    if (token?.text === ';') cursor.at++;
    return { start, end: token?.end ?? start, words, body: undefined, bodyStart: 0 };
  }
  cursor.at++;
  const body = readBody(tokens, cursor);
  const end = tokens[cursor.at]?.end ?? token.end;
  cursor.at++;
  return { start, end, words, body, bodyStart: token.end };
}
