// Messages of thousands of fields. protobufjs looks through all fields of a message for each one that it adds, 9 s for 10,000 of them
// (8.8.1, Node 24.21, 2026-11): so it is given the text with the fields of such a message in nested ones of a bounded
// size, shards, and the decoder takes them for the fields of the one around them.

import protobuf from 'protobufjs';
import { readStatements, type Statement } from './statements.ts';

const maxFields = 256;
const shardName = 'TailraceShard_';
/** First words of statements that declare no field. */
const otherWords: ReadonlySet<string> = new Set(['extensions', 'option', 'reserved']);

/** The text with the fields of its large messages in shards; the very text where there are none. */
export function toShards(proto: string): string {
  // A field has an equals sign.
  if (proto.split('=', maxFields + 2).length <= maxFields) return proto;
  const edits: Edit[] = [];
  for (const statement of readStatements(proto)) cutMessage(statement, edits);
  let [text, at] = ['', 0];
  for (const { from, to, insert } of edits.toSorted((a, b) => a.from - b.from)) {
    text += proto.slice(at, from) + insert;
    at = to;
  }
  return text + proto.slice(at);
}

/** The fields of a message, those of its shards included. */
export function fieldsOf(type: protobuf.Type): readonly protobuf.Field[] {
  const shards = type.nestedArray.filter(
    (each): each is protobuf.Type => each instanceof protobuf.Type && each.name.startsWith(shardName),
  );
  return [type, ...shards].flatMap(({ fieldsArray }) => fieldsArray);
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

function cutMessage({ words, body = [] }: Statement, edits: Edit[]): void {
  if (words[0] !== 'message') return;
  if (body.filter(isField).length > maxFields)
    cutRuns(body, edits, (index) => [`message ${shardName}${index} {`, '}']);
  for (const part of body) {
    if (part.words[0] === 'oneof' && (part.body?.length ?? 0) > maxFields) cutOneof(part, edits);
    else cutMessage(part, edits);
  }
}

function isField({ words, body }: Statement): boolean {
  return body === undefined && !otherWords.has(words[0] ?? '') && words.includes('=');
}

/** Puts fields that follow each other into a shard; whatever stands between them is not a field's to move. */
function cutRuns(
  body: readonly Statement[],
  edits: Edit[],
  toBraces: (index: number) => readonly [open: string, close: string],
): void {
  let run: Statement[] = [];
  let index = 0;
  const close = (): void => {
    const [first, last] = [run[0], run.at(-1)];
    if (first === undefined || last === undefined) return;
    const [opening, closing] = toBraces(index++);
    edits.push({ from: first.start, to: first.start, insert: opening });
    edits.push({ from: last.end, to: last.end, insert: closing });
    run = [];
  };
  for (const statement of body) {
    if (!isField(statement)) close();
    else if (run.push(statement) === maxFields) close();
  }
  close();
}

/** The members of a large oneof go into oneofs of the same name, each in a shard of its own. */
function cutOneof({ start, end, words, body = [], bodyStart }: Statement, edits: Edit[]): void {
  const name = words[1] ?? '';
  edits.push({ from: start, to: bodyStart, insert: '' }, { from: end - 1, to: end, insert: '' });
  cutRuns(body, edits, (index) => [`message ${shardName}${name}_${index} { oneof ${name} {`, '} }']);
}
