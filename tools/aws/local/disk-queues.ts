// SQS queues whose messages stand on disk: fauxqs's own store keeps every message in memory, with its persistence too, and a run
// of a million records fills a queue with as many. Its API, checks and deduplication stay.
import { randomUUID } from 'node:crypto';
import type { MessageFile, StoredMessage } from './message-file.ts';
import type {
  FauxqsClasses,
  InflightEntry,
  ReceivedMessage,
  SqsMessage,
  SqsQueue,
  SqsStore,
} from './fauxqs-stores.ts';

/** A store of queues on disk. */
export interface DiskQueues {
  readonly store: SqsStore;
  /** Makes the queues that the file remembers; their URLs are at `port`. */
  readonly restore: (port: number, region: string) => void;
  /** Copies what a queue has got behind `after`, see `MessageFile.lastSeq`, to a queue of its own, whose name it gives. */
  readonly copy: (name: string, after: number) => string;
}

/** Queues of a proof, which are of no use after it; see `openDocuments`. */
const proofPrefix = 'tailrace-proof-';

/** Makes the store; nothing is in it before `restore()`. */
export function createDiskQueues(classes: FauxqsClasses, file: MessageFile): DiskQueues {
  const DiskQueue = toDiskQueueClass(classes, file);
  class DiskStore extends classes.SqsStore {
    override createQueue(...parameters: Parameters<SqsStore['createQueue']>): SqsQueue {
      const [name, url, arn] = parameters;
      const queue = new DiskQueue(...parameters);
      // Maps by which fauxqs finds queues; its method fills them with a queue of its own making.
      const { queues, queuesByName, queuesByArn } = this as unknown as Readonly<
        Record<'queues' | 'queuesByName' | 'queuesByArn', Map<string, SqsQueue>>
      >;
      queues.set(url, queue);
      queuesByName.set(name, queue);
      queuesByArn.set(arn, queue);
      queue.setAttributes({});
      return queue;
    }

    override deleteQueue(url: string): boolean {
      const name = this.getQueue(url)?.name;
      const isDeleted = super.deleteQueue(url);
      if (isDeleted && name !== undefined) file.removeQueue(name);
      return isDeleted;
    }
  }
  const store = new DiskStore();
  const portOf = { port: '', region: '' };
  return {
    store,
    restore(port, region) {
      Object.assign(portOf, { port: String(port), region });
      for (const { name, arn, attributes, sequence } of file.queues()) {
        if (name.startsWith(proofPrefix)) {
          file.removeQueue(name);
          continue;
        }
        const url = store.buildQueueUrl(name, String(port), `127.0.0.1:${port}`, region);
        const queue = store.createQueue(name, url, arn, { ...attributes });
        queue.sequenceCounter = sequence;
      }
    },
    copy(name, after) {
      const original = store.getQueueByName(name);
      const suffix = original?.isFifo() === true ? '.fifo' : '';
      const copyName = `${proofPrefix}${randomUUID()}${suffix}`;
      const { port, region } = portOf;
      const url = store.buildQueueUrl(copyName, port, `127.0.0.1:${port}`, region);
      const arn = `arn:aws:sqs:${region}:000000000000:${copyName}`;
      store.createQueue(copyName, url, arn, suffix === '' ? {} : { FifoQueue: 'true' });
      file.copy(name, copyName, after);
      return copyName;
    },
  };
}

function toDiskQueueClass({ SqsQueue: Base }: FauxqsClasses, file: MessageFile): FauxqsClasses['SqsQueue'] {
  return class DiskQueue extends Base {
    override inflightMessages = new HeldMessages(file, this.name);

    override getAttribute(name: Parameters<SqsQueue['getAttribute']>[0]): string | undefined {
      switch (name) {
        case 'ApproximateNumberOfMessages':
          return String(file.count(this.name, 'ready'));
        case 'ApproximateNumberOfMessagesNotVisible':
          return String(file.count(this.name, 'held'));
        case 'ApproximateNumberOfMessagesDelayed':
          return String(file.count(this.name, 'delayed'));
        default:
          return super.getAttribute(name);
      }
    }

    override setAttributes(attributes: Record<string, string>): void {
      super.setAttributes(attributes);
      this.save();
    }

    override nextSequenceNumber(): string {
      const number = super.nextSequenceNumber();
      this.save();
      return number;
    }

    override enqueue(message: SqsMessage): void {
      const { delayUntil, messageGroupId } = message;
      const isDelayed = delayUntil !== undefined && delayUntil > Date.now();
      file.add(this.name, {
        group: messageGroupId ?? null,
        hiddenUntil: isDelayed ? delayUntil : null,
        content: JSON.stringify(message),
      });
      if (!isDelayed) this.wakeWaiters();
    }

    override dequeue(...parameters: Parameters<SqsQueue['dequeue']>): ReceivedMessage[] {
      const [maxCount, visibilityTimeout, findDeadLetterQueue] = parameters;
      const now = Date.now();
      file.reveal(this.name, now);
      const timeoutSeconds = visibilityTimeout ?? Number(this.attributes['VisibilityTimeout']);
      const { maxReceiveCount, deadLetterTargetArn = '' } = readRedrivePolicy(this.attributes);
      const received: ReceivedMessage[] = [];
      for (const stored of file.ready(this.name, Math.min(maxCount, 10))) {
        const message = JSON.parse(stored.content) as SqsMessage;
        message.approximateReceiveCount += 1;
        message.approximateFirstReceiveTimestamp ??= now;
        const deadLetters = findDeadLetterQueue?.(deadLetterTargetArn);
        if (deadLetters !== undefined && message.approximateReceiveCount > maxReceiveCount) {
          file.remove(stored.seq);
          deadLetters.enqueue(message);
          continue;
        }
        const handle = randomUUID();
        const content = JSON.stringify(message);
        file.hold(stored.seq, { handle, hiddenUntil: now + timeoutSeconds * 1000, content });
        received.push(toReceived(message, handle));
      }
      return received;
    }

    override deleteMessage(handle: string): boolean {
      const held = file.held(this.name, handle);
      if (held === undefined) return false;
      file.remove(held.seq);
      // Its group may have more; a waiter that is woken in vain waits no more.
      if (held.group !== null) this.processTimers();
      return true;
    }

    override changeVisibility(handle: string, timeoutSeconds: number): void {
      const held = file.held(this.name, handle);
      if (held === undefined) return;
      file.hide(held.seq, Date.now() + timeoutSeconds * 1000);
      if (timeoutSeconds === 0) this.processTimers();
    }

    override processTimers(): void {
      file.reveal(this.name, Date.now());
      if (this.pollWaiters.length > 0 && file.ready(this.name, 1).length > 0) this.wakeWaiters();
    }

    override purge(): void {
      file.clear(this.name);
    }

    private wakeWaiters(): void {
      for (const { timer, resolve } of this.pollWaiters.splice(0)) {
        clearTimeout(timer);
        resolve();
      }
    }

    private save(): void {
      const { name, arn, attributes, sequenceCounter: sequence } = this;
      file.saveQueue({ name, arn, attributes, sequence });
    }
  };
}

/** What fauxqs looks up by a receipt handle. */
class HeldMessages extends Map<string, InflightEntry> {
  readonly #file: MessageFile;
  readonly #queue: string;

  constructor(file: MessageFile, queue: string) {
    super();
    this.#file = file;
    this.#queue = queue;
  }

  override has(handle: string): boolean {
    return this.#file.held(this.#queue, handle) !== undefined;
  }

  override get(handle: string): InflightEntry | undefined {
    const held: StoredMessage | undefined = this.#file.held(this.#queue, handle);
    if (held === undefined) return undefined;
    const message = JSON.parse(held.content) as SqsMessage;
    return { message, receiptHandle: handle, visibilityDeadline: held.hiddenUntil ?? 0 };
  }
}

function readRedrivePolicy({ RedrivePolicy: policy }: Readonly<Record<string, string>>): {
  readonly maxReceiveCount: number;
  readonly deadLetterTargetArn?: string;
} {
  if (policy === undefined || policy === '') return { maxReceiveCount: Number.POSITIVE_INFINITY };
  const { maxReceiveCount, deadLetterTargetArn } = JSON.parse(policy) as Record<string, string>;
  return {
    maxReceiveCount: Number(maxReceiveCount ?? Number.POSITIVE_INFINITY),
    ...(deadLetterTargetArn !== undefined && { deadLetterTargetArn }),
  };
}

function toReceived(message: SqsMessage, handle: string): ReceivedMessage {
  const { messageId, md5OfBody, body, messageAttributes, md5OfMessageAttributes } = message;
  return {
    MessageId: messageId,
    ReceiptHandle: handle,
    MD5OfBody: md5OfBody,
    Body: body,
    ...(md5OfMessageAttributes !== '' &&
      md5OfMessageAttributes !== undefined && { MD5OfMessageAttributes: md5OfMessageAttributes }),
    ...(Object.keys(messageAttributes).length > 0 && { MessageAttributes: messageAttributes }),
  };
}
