// Records: searched by place, key, time and outcome. Read from Kafka when asked for; values are shown on each record's own page.
import { useEffect, useState } from 'preact/hooks';
import type { RecordList } from '../../record-wire.ts';
import { useAsk } from '../api/ask.ts';
import { toBytes, toCount, toMoment } from '../format.ts';
import { toNames, type Live } from '../api/live.ts';
import { Badge, Empty, Failure, Section, Select, TextField, Table } from '../parts.tsx';
import { go, toCallHref, toHref, toRecordHref, type Route } from '../route.ts';

const outcomes = ['processed', 'retrying', 'dead-lettered', 'discarded', 'committed', 'waiting'] as const;

interface Fields {
  readonly consumer: string;
  readonly partition: string;
  readonly offset: string;
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly outcome: string;
}

/** Draws it. */
export function RecordsPage({ live, route }: { readonly live: Live; readonly route: Route }) {
  const names = toNames(live);
  const given = toFields(route.query, names[0] ?? '');
  const [fields, setFields] = useState(given);
  const place = route.query.toString();
  useEffect(() => setFields(given), [place, names[0]]);
  const [version, setVersion] = useState(0);
  const asked = useAsk<RecordList>(given.consumer === '' ? undefined : `/records?${toQuery(given)}`, version);
  const search = (event: Event): void => {
    event.preventDefault();
    const href = toHref('records', { ...fields });
    if (href === location.hash) setVersion(version + 1);
    else go(href);
  };
  const edit =
    (name: keyof Fields) =>
    (value: string): void =>
      setFields({ ...fields, [name]: value });
  return (
    <>
      <form class="filters" onSubmit={search}>
        <Select
          label="Consumer"
          value={fields.consumer}
          options={names.map((name) => [name, name] as const)}
          onChange={edit('consumer')}
        />
        <TextField label="Key contains" value={fields.key} onInput={edit('key')} />
        <TextField
          label="Partition"
          type="number"
          value={fields.partition}
          placeholder="all"
          onInput={edit('partition')}
        />
        <TextField
          label="From offset"
          type="number"
          value={fields.offset}
          placeholder="newest"
          onInput={edit('offset')}
        />
        <TextField label="From" type="datetime-local" value={fields.from} onInput={edit('from')} />
        <TextField label="To" type="datetime-local" value={fields.to} onInput={edit('to')} />
        <Select
          label="Outcome"
          value={fields.outcome}
          options={[['', 'any'], ...outcomes.map((word) => [word, word] as const)]}
          onChange={edit('outcome')}
        />
        <button type="submit">Search</button>
      </form>
      <Failure error={asked.error} />
      <Rows asked={asked} consumer={given.consumer} />
    </>
  );
}

function Rows({
  asked,
  consumer,
}: {
  readonly asked: ReturnType<typeof useAsk<RecordList>>;
  readonly consumer: string;
}) {
  const { data, isBusy } = asked;
  if (data === undefined)
    return isBusy ? <p class="note">Reading from Kafka; the first time takes a few seconds.</p> : null;
  if (data.rows.length === 0) return <Empty>No record was found among {toCount(data.scanned)}.</Empty>;
  return (
    <Section
      title="Found"
      aside={
        <span class="note">
          {toCount(data.rows.length)} of {toCount(data.scanned)} read
          {data.more && '; there are more, narrow the search'}
        </span>
      }
    >
      <Table
        label="Records"
        heads={['Place', 'Time', 'Key', { number: 'Value' }, { number: 'Calls' }, 'Outcome']}
      >
        {data.rows.map((row) => (
          <tr key={`${row.partition}@${row.offset}`}>
            <td>
              <a href={toRecordHref(consumer, row.partition, row.offset)}>
                {row.partition}@{row.offset}
              </a>
            </td>
            <td class="time">{toMoment(row.timestamp)}</td>
            <td class="key-text">{row.key ?? <span class="note">none</span>}</td>
            <td class="num">{row.valueBytes === null ? 'tombstone' : toBytes(row.valueBytes)}</td>
            <td class="num">{row.attempts === 0 ? '–' : row.attempts}</td>
            <td>
              {row.requestId === null ? (
                <Badge word={row.outcome} />
              ) : (
                <a href={toCallHref(row.requestId)} aria-label={`${row.outcome}: the invocation`}>
                  <Badge word={row.outcome} />
                </a>
              )}{' '}
              {row.code !== null && <code>{row.code}</code>}
            </td>
          </tr>
        ))}
      </Table>
    </Section>
  );
}

function toFields(query: URLSearchParams, consumer: string): Fields {
  const text = (name: string): string => query.get(name) ?? '';
  return {
    consumer: query.get('consumer') ?? consumer,
    partition: text('partition'),
    offset: text('offset'),
    key: text('key'),
    from: text('from'),
    to: text('to'),
    outcome: text('outcome'),
  };
}

function toQuery({ from, to, ...rest }: Fields): string {
  return new URLSearchParams({ ...rest, from: toMs(from), to: toMs(to) }).toString();
}

/** A local time as epoch milliseconds. */
function toMs(text: string): string {
  const at = new Date(text).getTime();
  return Number.isNaN(at) ? '' : String(at);
}
