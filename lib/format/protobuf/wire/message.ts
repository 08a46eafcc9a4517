// A message while it is read, and as it is shown: well-known types are gathered like any other, because their parts may come one by
// one, and turned into what is shown of them once everything is there.

import { ownValue } from '../../bounds/plain-object.ts';
import type { ProtobufInput } from './input.ts';
import type { Show } from './well-known.ts';

/** A message as it is gathered. */
export type Gathered = Record<string, unknown>;

/** Reads one field's content into the message. @throws FormatError */
export type ReadField = (input: ProtobufInput, into: Gathered, tag: number) => void;

/** How messages of one type are read and shown. */
export interface MessagePlan {
  /** A message without any field that tracks presence. */
  create: () => Gathered;
  /** Reads fields until the input's end, or the end of group `groupTag`. @throws FormatError */
  readFields: (input: ProtobufInput, into: Gathered, groupTag: number | undefined) => void;
  /** What `create` takes. */
  heapBytes: number;
  /** Fields that hold messages. */
  readonly parts: {
    readonly name: string;
    readonly kind: 'one' | 'list' | 'map';
    readonly plan: MessagePlan;
  }[];
  readonly show: Show | undefined;
  /** Whether it, or a message in it, is shown otherwise than it is gathered. */
  isPresented: boolean;
}

/** A text that is put together, or an object beside its parts. */
const shownBytes = 112;

/** Turns a gathered message into what is shown of it. @throws FormatError `CORRUPT` */
export function present(plan: MessagePlan, input: ProtobufInput, message: Gathered): unknown {
  if (!plan.isPresented) return message;
  for (const { name, kind, plan: part } of plan.parts) {
    const value = ownValue(message, name);
    if (!part.isPresented || value === undefined) continue;
    if (kind === 'one') message[name] = present(part, input, value as Gathered);
    else if (kind === 'list') presentItems(value as Gathered[], part, input);
    else presentEntries(value as Record<string, Gathered>, part, input);
  }
  if (plan.show === undefined) return message;
  input.charge(shownBytes);
  const shown = plan.show(message);
  if (shown === undefined) throw input.fault('CORRUPT', 'a well-known type outside its range');
  return shown;
}

function presentItems(items: unknown[], plan: MessagePlan, input: ProtobufInput): void {
  for (let index = 0; index < items.length; index++)
    items[index] = present(plan, input, items[index] as Gathered);
}

function presentEntries(map: Record<string, unknown>, plan: MessagePlan, input: ProtobufInput): void {
  for (const name of Object.keys(map)) {
    const value = present(plan, input, map[name] as Gathered);
    if (name === '__proto__') Object.defineProperty(map, name, { value });
    else map[name] = value;
  }
}
