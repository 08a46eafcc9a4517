// Small pieces that every page has.
import type { ComponentChildren } from 'preact';
import type { LogLine } from '../wire.ts';
import type { AskError } from './api/ask.ts';

/** How a thing is going, in a word and a colour. */
export type Tone = 'good' | 'warn' | 'bad' | 'plain';

const tones: Readonly<Record<string, Tone>> = {
  ok: 'good',
  processed: 'good',
  committed: 'good',
  skipped: 'plain',
  filtered: 'plain',
  waiting: 'plain',
  unavailable: 'plain',
  'not run': 'plain',
  retried: 'warn',
  retrying: 'warn',
  partial: 'warn',
  failing: 'bad',
  failed: 'bad',
  error: 'bad',
  timeout: 'bad',
  crash: 'bad',
  discarded: 'bad',
  'dead-lettered': 'bad',
};

/** A status as a badge. */
export function Badge({ word }: { readonly word: string }) {
  return <span class={`badge ${tones[word] ?? 'plain'}`}>{word}</span>;
}

/** A section with a heading of its own. */
export function Section({
  title,
  aside,
  children,
}: {
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="panel" aria-label={title}>
      <div class="panel-head">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** A number with what it counts. */
export function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What a list says that has nothing in it. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** Why something failed. */
export function Failure({ error }: { readonly error: AskError | undefined }) {
  if (error === undefined) return null;
  return (
    <p class="failure" role="alert">
      {error.message}
    </p>
  );
}

/** Log lines as they were printed. */
export function Logs({
  lines,
  dropped = 0,
}: {
  readonly lines: readonly LogLine[];
  readonly dropped?: number;
}) {
  if (lines.length === 0) return <Empty>It printed nothing.</Empty>;
  return (
    <>
      <pre class="lines" tabIndex={0} aria-label="Log lines">
        {lines.map(({ stream, line }) => (
          <span class={`line ${stream}`}>{`${line}\n`}</span>
        ))}
      </pre>
      {dropped > 0 && <p class="note">{dropped} more lines were not kept.</p>}
    </>
  );
}

/** A choice of a few. */
export function Select({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly onChange: (value: string) => void;
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([name, text]) => (
          <option value={name} selected={name === value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A line of text. */
export function TextField({
  label,
  value,
  onInput,
  type = 'text',
  placeholder,
}: {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly type?: 'text' | 'number' | 'datetime-local';
  readonly placeholder?: string;
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        // The library's types want each kind by itself.
        {...({ type } as { readonly type: 'text' })}
        value={value}
        placeholder={placeholder}
        step={type === 'datetime-local' ? 1 : undefined}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}

/** A table with a name for those who do not see it, which scrolls by itself where it is wider than the page. */
export function Table({
  label,
  heads,
  children,
}: {
  readonly label: string;
  /** Columns; one of numbers says so. */
  readonly heads: readonly (string | { readonly number: string })[];
  readonly children: ComponentChildren;
}) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`${label}, a table`}>
      <table>
        <thead>
          <tr>
            {heads.map((head) =>
              typeof head === 'string' ? <th key={head}>{head}</th> : <th class="num">{head.number}</th>,
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
