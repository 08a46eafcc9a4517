// What the comparison finds.

/**
 * - `mapping-replaced`: the new mapping is made while the old one holds its consumer group: 409.
 * - `mapping-moved`: the same, by another logical id or another stack.
 * - `topic-ignored`: CloudFormation takes the change, and the mapping goes on with its old topic.
 * - `mapping-removed`: records stay unread.
 * - `data-replaced`, `data-removed`: what it holds is lost, or kept where nobody looks.
 * - `grant-moved`: a running mapping loses a permission that it had.
 */
export type ChangeKind =
  | 'mapping-replaced'
  | 'mapping-moved'
  | 'mapping-removed'
  | 'topic-ignored'
  | 'data-replaced'
  | 'data-removed'
  | 'grant-moved';

/** One thing that a deployment would break. */
export interface Change {
  readonly kind: ChangeKind;
  /** Logical id, after that of its nested stack and a slash. */
  readonly resource: string;
  readonly type: string;
  /** Properties at fault. */
  readonly properties: readonly string[];
  /** What happens; a sentence without its full stop. */
  readonly what: string;
  /** What to do instead. */
  readonly wayRound: string;
}
