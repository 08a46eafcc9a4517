// The frame of the page: where one is, whether the runner answers, and the page in between.
import { useEffect, useRef } from 'preact/hooks';
import { BatchesPage } from './pages/batches.tsx';
import { CallPage } from './pages/call.tsx';
import { DeadLettersPage } from './pages/dead-letters.tsx';
import { useLive, type Live } from './api/live.ts';
import { OverviewPage } from './pages/overview.tsx';
import { RecordPage } from './pages/record.tsx';
import { RecordsPage } from './pages/records.tsx';
import { ReportsPage } from './pages/reports.tsx';
import { toHref, useRoute, type Route } from './route.ts';
import { SendPage } from './pages/send.tsx';

const pages = [
  ['', 'Overview'],
  ['batches', 'Batches'],
  ['records', 'Records'],
  ['dead-letters', 'Dead letters'],
  ['send', 'Send'],
  ['reports', 'Reports'],
] as const;

/** Pages that belong to one in the menu. */
const parents: Readonly<Record<string, string>> = { calls: 'batches', record: 'records' };

const titles: Readonly<Record<string, string>> = { calls: 'Invocation', record: 'Record' };

/** The whole page. */
export function App() {
  const live = useLive();
  const route = useRoute();
  const current = parents[route.page] ?? route.page;
  const title =
    titles[route.page] ?? pages.find(([name]) => name === current)?.[1] ?? 'There is no page of this name';
  const main = useRef<HTMLElement>(null);
  const place = `${route.page}/${route.rest.join('/')}`;
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${title} · Tailrace (local)`;
  }, [title]);
  useEffect(() => {
    // Who follows a link by keyboard goes on from the new page's beginning.
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
    scrollTo(0, 0);
  }, [place]);
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => skip(event, main.current)}>
        Skip to the content
      </a>
      <header class="top">
        <div class="brand">
          <strong>Tailrace</strong> <span class="local">local</span>
          <span class="project">{live.info?.project}</span>
        </div>
        <nav aria-label="Pages">
          {pages.map(([name, text]) => (
            <a href={toHref(name)} aria-current={name === current ? 'page' : undefined}>
              {text}
            </a>
          ))}
        </nav>
        <Connection live={live} />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <h1 class={route.page === '' ? 'unseen' : undefined}>{title}</h1>
        {live.state === 'refused' ? <Refused /> : <Page route={route} live={live} />}
      </main>
    </>
  );
}

function skip(event: Event, main: HTMLElement | null): void {
  event.preventDefault();
  main?.focus();
}

function Page({ route, live }: { readonly route: Route; readonly live: Live }) {
  switch (route.page) {
    case '':
      return <OverviewPage live={live} />;
    case 'batches':
      return <BatchesPage live={live} route={route} />;
    case 'calls':
      return <CallPage requestId={route.rest[0] ?? ''} live={live} />;
    case 'records':
      return <RecordsPage live={live} route={route} />;
    case 'record':
      return <RecordPage live={live} rest={route.rest} key={route.rest.join('/')} />;
    case 'dead-letters':
      return <DeadLettersPage live={live} route={route} />;
    case 'send':
      return <SendPage live={live} route={route} />;
    case 'reports':
      return <ReportsPage route={route} />;
    default:
      return <p>See the menu.</p>;
  }
}

const words: Readonly<Record<Live['state'], string>> = {
  connecting: 'connecting',
  connected: 'live',
  lost: 'the runner does not answer; trying again',
  refused: 'refused',
};

function Connection({ live }: { readonly live: Live }) {
  return (
    <div class={`connection ${live.state}`} role="status">
      <span class="dot" aria-hidden="true" />
      {words[live.state]}
    </div>
  );
}

function Refused() {
  return (
    <section class="panel refused">
      <h2>This page has no token of the run</h2>
      <p>
        Open the address that the runner has printed, <code>console: http://127.0.0.1:…/#token=…</code>. The
        token keeps others on this machine from reading your records.
      </p>
    </section>
  );
}
