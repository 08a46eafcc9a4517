// Reports that soak and tune have left in this project, opened here. They bring styles and pictures, and nothing in them runs.
import type { ReportFile } from '../../record-wire.ts';
import { useAsk } from '../api/ask.ts';
import { toBytes, toMoment } from '../format.ts';
import { Empty, Failure, Section } from '../parts.tsx';
import { toHref, type Route } from '../route.ts';
import { readToken } from '../api/token.ts';

/** Draws it. */
export function ReportsPage({ route }: { readonly route: Route }) {
  const { data, error } = useAsk<readonly ReportFile[]>('/reports');
  const open = route.query.get('id') ?? '';
  if (data === undefined) return <Failure error={error} />;
  if (data.length === 0)
    return (
      <Empty>
        No report yet. <code>tailrace soak</code> finds out who holds memory, <code>tailrace tune</code>{' '}
        chooses its size; what they find is listed here.
      </Empty>
    );
  return (
    <>
      <Section title="In this project">
        <table>
          <thead>
            <tr>
              <th>Report</th>
              <th>Of</th>
              <th>Written</th>
              <th class="num">Size</th>
            </tr>
          </thead>
          <tbody>
            {data.map(({ id, name, kind, writtenAt, bytes }) => (
              <tr>
                <td>
                  <a href={toHref('reports', { id })} aria-current={id === open ? 'true' : undefined}>
                    {kind} of {name}
                  </a>
                </td>
                <td>{kind === 'soak' ? 'memory over time' : 'memory sizes'}</td>
                <td class="time">{toMoment(writtenAt)}</td>
                <td class="num">{toBytes(bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Section>
      {open !== '' && (
        <iframe
          class="report"
          title={`Report ${open}`}
          sandbox=""
          src={`/api/report?${new URLSearchParams({ id: open, token: readToken() })}`}
        />
      )}
    </>
  );
}
