// The stores of fauxqs with their data on disk, as its own startFauxqs() wires them; that one listens on 0.0.0.0. Own file: these
// are modules that fauxqs does not export, at its pinned version.
import type { BuildAppOptions } from 'fauxqs';

/** The stores that `buildApp` takes. */
export type Stores = NonNullable<BuildAppOptions['stores']>;
/** All queues. */
export type SqsStore = Stores['sqsStore'];
/** One queue. */
export type SqsQueue = ReturnType<SqsStore['createQueue']>;
/** One message as fauxqs has it. */
export type SqsMessage = Parameters<SqsQueue['enqueue']>[0];
/** A message as it is handed out. */
export type ReceivedMessage = ReturnType<SqsQueue['dequeue']>[number];
/** What a queue knows of a message that somebody holds. */
export type InflightEntry = NonNullable<ReturnType<SqsQueue['inflightMessages']['get']>>;

/** The classes behind them. */
export interface FauxqsClasses {
  readonly SqsStore: new () => SqsStore;
  readonly SqsQueue: new (...parameters: Parameters<SqsStore['createQueue']>) => SqsQueue;
  readonly SnsStore: new () => Stores['snsStore'];
  readonly S3Store: new () => Stores['s3Store'];
}

interface Persistence {
  readonly db: { readonly exec: (sql: string) => void };
  loadS3(store: Stores['s3Store']): void;
}

/** Loads the classes. */
export async function loadFauxqs(): Promise<FauxqsClasses> {
  const parts = await Promise.all([
    load('sqs/sqsStore.js'),
    load('sns/snsStore.js'),
    load('s3/s3Store.js'),
    admitAstralCharacters(),
  ]);
  return Object.assign({}, ...parts) as FauxqsClasses;
}

/** A store of objects whose bodies stand in `folder/fauxqs.db`; names and sizes stay in memory, about 1 KB an object. */
export async function createObjectStore(
  { S3Store }: FauxqsClasses,
  folder: string,
): Promise<Stores['s3Store']> {
  const { PersistenceManager } = (await load('persistence.js')) as {
    readonly PersistenceManager: new (folder: string) => Persistence;
  };
  const persistence = new PersistenceManager(folder);
  // What is written outlives this process, killed or not; only a machine that loses power may lose it.
  persistence.db.exec('PRAGMA synchronous = OFF');
  const store = new S3Store();
  persistence.loadS3(store);
  store.persistence = persistence as never;
  return store;
}

async function load(path: string): Promise<object> {
  return (await import(new URL(path, import.meta.resolve('fauxqs')).href)) as object;
}

// SQS takes U+10000..U+10FFFF, emoji for one, in a message body. fauxqs 2.4.1 tests bodies by UTF-16 unit and refuses them
// with InvalidMessageContents; its pattern is one shared object, corrected here in place.
async function admitAstralCharacters(): Promise<void> {
  const { INVALID_MESSAGE_BODY_CHAR: pattern } = (await load('sqs/sqsTypes.js')) as {
    INVALID_MESSAGE_BODY_CHAR: RegExp;
  };
  const refused = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
  pattern.test = (text) => refused.test(text);
}
