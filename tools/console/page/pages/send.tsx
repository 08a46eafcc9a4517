// Send: one record by a form that follows the definition's format, or many from a file.
import { useEffect, useState } from 'preact/hooks';
import type { SendForm, SendRequest, SendResult } from '../../record-wire.ts';
import { ask, useAction, useAsk } from '../api/ask.ts';
import { toAmount, toBytes } from '../format.ts';
import { toNames, type Live } from '../api/live.ts';
import { Failure, Section, Select, TextField } from '../parts.tsx';
import { go, toHref, type Route } from '../route.ts';

/** Draws it. */
export function SendPage({ live, route }: { readonly live: Live; readonly route: Route }) {
  const names = toNames(live);
  const consumer = route.query.get('consumer') ?? names[0] ?? '';
  const { data: form, error } = useAsk<SendForm>(
    consumer === '' ? undefined : `/send?${new URLSearchParams({ consumer })}`,
  );
  return (
    <>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Select
          label="Consumer"
          value={consumer}
          options={names.map((name) => [name, name] as const)}
          onChange={(value) => go(toHref('send', { consumer: value }))}
        />
        {form !== undefined && (
          <p class="note">
            To topic <code>{form.topic}</code>.{' '}
            {form.format === null
              ? 'There is no definition here, so values are written as JSON.'
              : `Values are written by ${form.format}().`}
          </p>
        )}
      </form>
      <Failure error={error} />
      {form?.problem !== null && form !== undefined && <p class="failure">{form.problem}</p>}
      {form !== undefined && (
        <Form key={form.consumer} form={form} refusal={live.info?.refusals.send ?? null} />
      )}
    </>
  );
}

const packings = ['none', 'lz4', 'gzip', 'zstd'] as const;

interface FormProps {
  readonly form: SendForm;
  readonly refusal: string | null;
}

function Form({ form, refusal }: FormProps) {
  const begin = toOne(form.example);
  const [key, setKey] = useState(begin.key);
  const [value, setValue] = useState(begin.value);
  const [partition, setPartition] = useState('');
  const [packing, setPacking] = useState<SendRequest['compression']>('none');
  const [file, setFile] = useState<{ readonly name: string; readonly text: string } | undefined>(undefined);
  const [problem, setProblem] = useState('');
  const send = useAction(async (lines: string) => {
    const body: SendRequest = { consumer: form.consumer, lines, compression: packing };
    return await ask<SendResult>('/send', body);
  });
  useEffect(() => setProblem(''), [value, key]);
  const sendOne = (event: Event): void => {
    event.preventDefault();
    const line = toLine({ key, value, partition }, form.format);
    if (line === undefined) setProblem('The value is not JSON. Text goes between quotes.');
    else send.run(line);
  };
  const packingField = (
    <Select
      label="Compression"
      value={packing}
      options={packings.map((name) => [name, name] as const)}
      onChange={(name) => setPacking(name as SendRequest['compression'])}
    />
  );
  return (
    <>
      <div class="columns">
        <Section title="One record">
          <form onSubmit={sendOne}>
            <div class="row">
              <TextField label="Key" value={key} placeholder="none" onInput={setKey} />
              <TextField
                label="Partition"
                type="number"
                value={partition}
                placeholder="by key"
                onInput={setPartition}
              />
              {packingField}
            </div>
            <label class="field wide">
              <span>{form.format === 'text' ? 'Value, text' : 'Value, JSON'}</span>
              <textarea
                class="value"
                rows={12}
                spellcheck={false}
                value={value}
                onInput={(event) => setValue(event.currentTarget.value)}
              />
            </label>
            {problem !== '' && (
              <p class="failure" role="alert">
                {problem}
              </p>
            )}
            <div class="actions">
              <button type="submit" class="primary" disabled={send.isBusy || refusal !== null}>
                Send
              </button>
              <span class="note">{refusal ?? 'null is a tombstone, {"base64": "…"} is bytes.'}</span>
            </div>
          </form>
        </Section>
        <Section title="A file">
          <p class="note">
            A record a line, as <code>tailrace send</code> reads them:{' '}
            <code>{'{"key", "value", "headers", "partition", "timestamp"}'}</code>, or a value by itself.
          </p>
          <label class="field">
            <span>File</span>
            <input
              type="file"
              accept=".ndjson,.jsonl,.json,.txt"
              onChange={(event) => void readFile(event.currentTarget.files?.[0]).then(setFile)}
            />
          </label>
          <div class="actions">
            <button
              type="button"
              disabled={file === undefined || send.isBusy || refusal !== null}
              onClick={() => send.run(file?.text ?? '')}
            >
              Send the file
            </button>
            {form.sample !== null && (
              <button
                type="button"
                disabled={send.isBusy || refusal !== null}
                onClick={() => send.run(form.sample ?? '')}
              >
                Send the sample
              </button>
            )}
            {file !== undefined && (
              <span class="note">
                {file.name}, {toBytes(file.text.length)}
              </span>
            )}
          </div>
        </Section>
      </div>
      <Failure error={send.error} />
      {send.data !== undefined && <Sent result={send.data} consumer={form.consumer} />}
    </>
  );
}

function Sent({ result, consumer }: { readonly result: SendResult; readonly consumer: string }) {
  return (
    <Section title="Sent">
      <p role="status">
        {toAmount(result.sent, 'record')} to {result.topic}.{' '}
        <a href={toHref('records', { consumer })}>See them</a>
      </p>
      {result.refused.slice(0, 50).map(({ line, why }) => (
        <p class="failure">
          {line} was not sent: {why}
        </p>
      ))}
    </Section>
  );
}

async function readFile(file: File | undefined): Promise<{ name: string; text: string } | undefined> {
  return file === undefined ? undefined : { name: file.name, text: await file.text() };
}

/** A line as the form begins with it. */
function toOne(line: string): { readonly key: string; readonly value: string } {
  try {
    const parsed = JSON.parse(line) as { readonly key?: unknown; readonly value?: unknown };
    const isRecord = typeof parsed === 'object' && parsed !== null && 'value' in parsed;
    const value = isRecord ? parsed.value : parsed;
    const key = isRecord ? (parsed.key ?? '') : '';
    return {
      key: typeof key === 'string' ? key : JSON.stringify(key),
      value: typeof value === 'string' ? value : JSON.stringify(value, undefined, 2),
    };
  } catch {
    return { key: '', value: line };
  }
}

function toLine(
  { key, value, partition }: { readonly key: string; readonly value: string; readonly partition: string },
  format: string | null,
): string | undefined {
  const read = format === 'text' ? { value } : parse(value);
  if (read === undefined) return undefined;
  return JSON.stringify({
    ...(key !== '' && { key: parse(key)?.value ?? key }),
    value: read.value,
    ...(partition !== '' && { partition: Number(partition) }),
  });
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
