// The account of one consumer: every produced record against what was found where records land. Found means read back
// from S3, DynamoDB or SQS, not remembered.

/** What the producer knows of a record that it sent. */
export interface ProducedRecord {
  /** 0, 1, 2, ... in the order of production. */
  readonly sequence: number;
  /** `order` and `tombstone` must land; `undecodable` and `over-limit` cannot; `invalid` lands where no schema is asked for. */
  readonly kind: 'order' | 'tombstone' | 'undecodable' | 'invalid' | 'over-limit';
  readonly key: string;
  readonly partition: number;
  readonly offset: number;
  /** First 8 bytes of the SHA-256 of the inflated value; undefined for a tombstone. */
  readonly digest: bigint | undefined;
}

/** All records of a run, found by place. */
export interface ProducedRecords extends Iterable<ProducedRecord> {
  readonly size: number;
  at(partition: number, offset: number): ProducedRecord | undefined;
}

/** The account, closed. `isProven` is the one thing that counts. */
export interface Account {
  readonly consumer: string;
  readonly produced: number;
  /** Records found where they belong. */
  readonly landed: number;
  readonly deadLettered: number;
  /** Dead letters by error code. */
  readonly deadLettersByCode: ReadonlyMap<string, number>;
  /** Copies found beyond the first. */
  readonly doubled: number;
  /** How many copies redeliveries explain. */
  readonly doublesAllowed: number;
  /** Records found nowhere, as `partition@offset`; at most ten are named. */
  readonly missing: number;
  readonly missingPlaces: readonly string[];
  /** Records whose content or fate is not what was produced, each in words; at most ten. */
  readonly wrong: number;
  readonly wrongPlaces: readonly string[];
  /** Found, but not of this run (an external broker's topic may hold others' records). */
  readonly foreign: number;
  readonly isProven: boolean;
}

/** An account under way. */
export interface OpenAccount {
  /** A record was found where it belongs; without a digest only its place counts. */
  land(partition: number, offset: number, digest?: bigint): void;
  /** A record was found set aside: by the function, which says it can never succeed, or by the mapping, out of attempts. */
  deadLetter(partition: number, offset: number, code: string, by: 'function' | 'mapping'): void;
  /** Something found contradicts what was produced. */
  contradict(what: string): void;
  /** Sums up; `redelivered` is how many records were delivered more than once, which at-least-once may double. */
  close(redelivered: number): Account;
}

const maxPlaces = 10;

/** Opens the account of `consumer`. */
export function openAccount(consumer: string, produced: ProducedRecords): OpenAccount {
  const landedTimes = new Uint32Array(produced.size);
  const deadTimes = new Uint32Array(produced.size);
  const codes = new Map<string, number>();
  const wrongPlaces: string[] = [];
  let wrong = 0;
  let foreign = 0;
  const contradict = (what: string): void => {
    if (++wrong <= maxPlaces) wrongPlaces.push(what);
  };
  const find = (partition: number, offset: number): ProducedRecord | undefined => {
    const record = produced.at(partition, offset);
    if (record === undefined) foreign++;
    return record;
  };

  return {
    contradict,
    land(partition, offset, digest) {
      const record = find(partition, offset);
      if (record === undefined) return;
      count(landedTimes, record);
      if (!mayLand(record)) contradict(`${partition}@${offset} is ${record.kind} and landed`);
      if (digest !== undefined && digest !== record.digest) {
        contradict(`${partition}@${offset} landed with other content than was produced`);
      }
    },
    deadLetter(partition, offset, code, by) {
      const record = find(partition, offset);
      if (record === undefined) return;
      count(deadTimes, record);
      codes.set(code, (codes.get(code) ?? 0) + 1);
      if (by === 'function' && mustLand(record))
        contradict(`${partition}@${offset} is a good ${record.kind} and was dead-lettered as ${code}`);
    },
    close(redelivered) {
      const missingPlaces: string[] = [];
      let [landed, deadLettered, doubled, missing] = [0, 0, 0, 0];
      for (const record of produced) {
        const [land, dead] = [landedTimes[record.sequence] ?? 0, deadTimes[record.sequence] ?? 0];
        if (land > 0) landed++;
        else if (dead > 0) deadLettered++;
        else if (++missing <= maxPlaces) missingPlaces.push(`${record.partition}@${record.offset}`);
        doubled += Math.max(0, land + dead - 1);
      }
      return {
        consumer,
        produced: produced.size,
        landed,
        deadLettered,
        deadLettersByCode: codes,
        doubled,
        doublesAllowed: redelivered,
        missing,
        missingPlaces,
        wrong,
        wrongPlaces,
        foreign,
        isProven:
          missing === 0 && wrong === 0 && doubled <= redelivered && landed + deadLettered === produced.size,
      };
    },
  };
}

function mustLand({ kind }: ProducedRecord): boolean {
  return kind === 'order' || kind === 'tombstone';
}

function mayLand({ kind }: ProducedRecord): boolean {
  return kind !== 'undecodable' && kind !== 'over-limit';
}

function count(times: Uint32Array, { sequence }: ProducedRecord): void {
  times[sequence] = (times[sequence] ?? 0) + 1;
}
