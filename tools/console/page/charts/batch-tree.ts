// A batch's invocations as a tree of what they were called with: a retry is one more call of a node, a half or a rest is a node below.
import type { Batch, Call, OffsetSpan } from '../../wire.ts';

/** The same records, called once or several times. */
export interface BatchNode {
  readonly spans: readonly OffsetSpan[];
  readonly records: number;
  readonly calls: readonly Call[];
  readonly children: readonly BatchNode[];
  /** What it is of the node above. */
  readonly what: 'batch' | 'half' | 'rest';
}

interface Draft extends BatchNode {
  calls: Call[];
  children: Draft[];
}

/** The root has the whole batch; undefined for one without calls. */
export function toTree({ calls }: Pick<Batch, 'calls'>): BatchNode | undefined {
  const [first, ...others] = calls;
  if (first === undefined) return undefined;
  const root = toNode(first, 'batch');
  for (const call of others) place(root, call);
  return root;
}

function place(root: Draft, call: Call): void {
  let at = root;
  for (;;) {
    if (isSame(at.spans, call.delivered)) {
      at.calls.push(call);
      return;
    }
    // Parts of a node have no record in common.
    const below = at.children.find(({ spans }) => covers(spans, call.delivered));
    if (below === undefined) break;
    at = below;
  }
  // A partial response leaves a rest; an error leaves two halves.
  at.children.push(toNode(call, at.calls.at(-1)?.status === 'partial' ? 'rest' : 'half'));
}

function toNode(call: Call, what: BatchNode['what']): Draft {
  return { spans: call.delivered, records: call.records, calls: [call], children: [], what };
}

function isSame(a: readonly OffsetSpan[], b: readonly OffsetSpan[]): boolean {
  return (
    a.length === b.length &&
    a.every((span, index) => {
      const other = b[index];
      return span.partition === other?.partition && span.from === other.from && span.to === other.to;
    })
  );
}

function covers(spans: readonly OffsetSpan[], parts: readonly OffsetSpan[]): boolean {
  return parts.every(({ partition, from, to }) =>
    spans.some((span) => span.partition === partition && span.from <= from && span.to >= to),
  );
}
