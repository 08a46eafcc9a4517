// The messages of all queues in one SQLite file: a queue of a million takes disk and no memory. Knows nothing of SQS's API.
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';

/** A message with its place. `content` is whatever its owner has put there. */
export interface StoredMessage {
  /** Rises with each message of the file. */
  readonly seq: number;
  readonly group: string | null;
  /** Epoch milliseconds until which nobody gets it; null: it can be handed out. */
  readonly hiddenUntil: number | null;
  /** Receipt handle of whoever holds it; null: nobody. */
  readonly handle: string | null;
  readonly content: string;
}

/** A queue as it is remembered. */
export interface StoredQueue {
  readonly name: string;
  readonly arn: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Sequence number that was given last. */
  readonly sequence: number;
}

/** The open file. */
export interface MessageFile {
  readonly queues: () => readonly StoredQueue[];
  readonly saveQueue: (queue: StoredQueue) => void;
  readonly removeQueue: (name: string) => void;
  readonly add: (queue: string, message: Omit<StoredMessage, 'seq' | 'handle'>) => void;
  /** The first ones that nobody holds and whose group nobody holds a message of. */
  readonly ready: (queue: string, count: number) => readonly StoredMessage[];
  /** Gives a message to the holder of `handle`. */
  readonly hold: (seq: number, held: Pick<StoredMessage, 'handle' | 'hiddenUntil' | 'content'>) => void;
  readonly held: (queue: string, handle: string) => StoredMessage | undefined;
  readonly remove: (seq: number) => void;
  /** Gives back what was hidden until `now` or earlier. */
  readonly reveal: (queue: string, now: number) => void;
  readonly hide: (seq: number, until: number) => void;
  readonly count: (queue: string, which: 'ready' | 'held' | 'delayed') => number;
  readonly clear: (queue: string) => void;
  /** Copies the messages of a queue behind `after` to another name, held ones as if nobody held them. */
  readonly copy: (from: string, to: string, after: number) => void;
  /** Place of the latest message; 0 without any. */
  readonly lastSeq: () => number;
}

// A killed process loses nothing of what SQLite has handed to the operating system; only a power cut does.
const schema = `
  PRAGMA busy_timeout = 10000;
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = OFF;
  CREATE TABLE IF NOT EXISTS queues (
    name TEXT PRIMARY KEY, arn TEXT NOT NULL, attributes TEXT NOT NULL, sequence INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, "group" TEXT, hidden_until INTEGER, handle TEXT,
    content TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS ready ON messages (queue, seq) WHERE hidden_until IS NULL;
  CREATE INDEX IF NOT EXISTS hidden ON messages (queue, hidden_until) WHERE hidden_until IS NOT NULL;
  CREATE INDEX IF NOT EXISTS held ON messages (queue, handle, "group") WHERE handle IS NOT NULL;
`;

const counts = {
  ready: 'hidden_until IS NULL',
  held: 'handle IS NOT NULL',
  delayed: 'hidden_until IS NOT NULL AND handle IS NULL',
};

/**
 * Opens the file, which is made if it is not there. One process at a time has it: another waits, up to ten seconds, for one that is
 * just ending.
 */
export function openMessageFile(path: string): MessageFile {
  const database = new DatabaseSync(path);
  database.exec(schema);
  const columns = 'seq, "group", hidden_until AS hiddenUntil, handle, content';
  const queues = database.prepare('SELECT name, arn, attributes, sequence FROM queues');
  const saveQueue = database.prepare('INSERT OR REPLACE INTO queues VALUES (?, ?, ?, ?)');
  const removeQueue = database.prepare('DELETE FROM queues WHERE name = ?');
  const add = database.prepare(
    'INSERT INTO messages (queue, "group", hidden_until, content) VALUES (?, ?, ?, ?)',
  );
  const ready = database.prepare(`
    SELECT ${columns} FROM messages INDEXED BY ready
    WHERE queue = :queue AND hidden_until IS NULL AND ("group" IS NULL OR "group" NOT IN (
      SELECT "group" FROM messages INDEXED BY held
      WHERE queue = :queue AND handle IS NOT NULL AND "group" IS NOT NULL
    ))
    ORDER BY seq LIMIT :count`);
  const hold = database.prepare(
    'UPDATE messages SET handle = ?, hidden_until = ?, content = ? WHERE seq = ?',
  );
  const held = database.prepare(`SELECT ${columns} FROM messages WHERE queue = ? AND handle = ?`);
  const remove = database.prepare('DELETE FROM messages WHERE seq = ?');
  const reveal = database.prepare(
    'UPDATE messages SET hidden_until = NULL, handle = NULL WHERE queue = ? AND hidden_until <= ?',
  );
  const hide = database.prepare('UPDATE messages SET hidden_until = ? WHERE seq = ?');
  const clear = database.prepare('DELETE FROM messages WHERE queue = ?');
  const copy = database.prepare(
    'INSERT INTO messages (queue, "group", content) SELECT ?, "group", content FROM messages WHERE queue = ? AND seq > ? ORDER BY seq',
  );
  const last = database.prepare('SELECT max(seq) AS seq FROM messages');
  const counters = Object.fromEntries(
    Object.entries(counts).map(([which, where]) => [
      which,
      database.prepare(`SELECT count(*) AS count FROM messages WHERE queue = ? AND ${where}`),
    ]),
  );
  return {
    queues: () =>
      queues.all().map((row) => ({
        ...(row as unknown as StoredQueue),
        attributes: JSON.parse(String(row['attributes'])) as Record<string, string>,
      })),
    saveQueue: ({ name, arn, attributes, sequence }) =>
      void saveQueue.run(name, arn, JSON.stringify(attributes), sequence),
    removeQueue(name) {
      removeQueue.run(name);
      clear.run(name);
    },
    add: (queue, { group, hiddenUntil, content }) => void add.run(queue, group, hiddenUntil, content),
    ready: (queue, count) => ready.all({ queue, count }).map(toMessage),
    hold: (seq, { handle, hiddenUntil, content }) => void hold.run(handle, hiddenUntil, content, seq),
    held(queue, handle) {
      const row = held.get(queue, handle);
      return row === undefined ? undefined : toMessage(row);
    },
    remove: (seq) => void remove.run(seq),
    reveal: (queue, now) => void reveal.run(queue, now),
    hide: (seq, until) => void hide.run(until, seq),
    count: (queue, which) => Number(counters[which]?.get(queue)?.['count']),
    clear: (queue) => void clear.run(queue),
    copy: (from, to, after) => void copy.run(to, from, after),
    lastSeq: () => Number(last.get()?.['seq'] ?? 0),
  };
}

function toMessage(row: Record<string, SQLOutputValue>): StoredMessage {
  return row as unknown as StoredMessage;
}
