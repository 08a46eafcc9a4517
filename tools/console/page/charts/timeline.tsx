// Invocations over time, a lane for each consumer and partition. For the eye; the table beside it has the same for everybody else.
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Batch, Call } from '../../wire.ts';
import { toClock, toDuration, toSpans } from '../format.ts';
import { Section } from '../parts.tsx';
import { go, toCallHref } from '../route.ts';

const laneHeight = 22;
const labelWidth = 132;
const leastWidth = 480;
const axisHeight = 20;
const leastBar = 3;
const mostLanes = 24;

interface Bar {
  readonly call: Call;
  readonly lane: string;
}

const tones: Readonly<Record<string, string>> = { ok: 'good', partial: 'warn', unavailable: 'plain' };

/** Draws the invocations of these batches. */
export function Timeline({ batches }: { readonly batches: readonly Batch[] }) {
  const bars = batches.flatMap(({ consumer, calls }) =>
    calls.flatMap((call) =>
      [...new Set(call.delivered.map(({ partition }) => partition))].map((partition): Bar => ({
        call,
        lane: `${consumer} ${partition}`,
      })),
    ),
  );
  const lanes = [...new Set(bars.map(({ lane }) => lane))]
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .slice(0, mostLanes);
  const from = bars.reduce((least, { call }) => Math.min(least, call.startedAt), Infinity);
  const to = bars.reduce((most, { call }) => Math.max(most, call.startedAt + call.durationMs), from + 1);
  const [box, width] = useWidth();
  const scale = (ms: number): number => labelWidth + ((ms - from) / (to - from)) * (width - labelWidth - 4);
  const height = lanes.length * laneHeight + axisHeight;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => from + share * (to - from));
  return (
    <Section
      title="Timeline"
      aside={
        <span class="note">
          <i class="key good">ok</i> <i class="key warn">partial</i> <i class="key bad">failed</i>,{' '}
          {toDuration(to - from)} in all
        </span>
      }
    >
      <div class="timeline" ref={box}>
        <svg width={width} height={height} role="img" aria-label={toWords(bars, lanes)}>
          {ticks.map((at, index) => (
            <>
              <line class="tick" x1={scale(at)} x2={scale(at)} y1={0} y2={height - axisHeight} />
              <text
                class="axis"
                x={scale(at)}
                y={height - 5}
                text-anchor={index === 0 ? 'start' : index === ticks.length - 1 ? 'end' : 'middle'}
              >
                {toClock(at)}
              </text>
            </>
          ))}
          {lanes.map((lane, index) => (
            <text class="lane" x={0} y={index * laneHeight + 15}>
              {lane}
            </text>
          ))}
          {bars.map(({ call, lane }) => {
            const index = lanes.indexOf(lane);
            if (index < 0) return null;
            const left = scale(call.startedAt);
            const wide = Math.max(leastBar, scale(call.startedAt + call.durationMs) - left);
            return (
              <rect
                class={`bar ${tones[call.status] ?? 'bad'}`}
                x={Math.min(left, width - leastBar)}
                y={index * laneHeight + 4}
                width={wide}
                height={laneHeight - 8}
                rx={2}
                onClick={() => go(toCallHref(call.requestId))}
              >
                <title>{`${call.status}, ${toSpans(call.delivered)}, ${toDuration(call.durationMs)}`}</title>
              </rect>
            );
          })}
        </svg>
      </div>
    </Section>
  );
}

/** The width that there is, followed. */
function useWidth(): readonly [RefObject<HTMLDivElement | null>, number] {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(1000);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const sizes = new ResizeObserver(() => setWidth(Math.max(leastWidth, element.clientWidth)));
    sizes.observe(element);
    return () => sizes.disconnect();
  }, []);
  return [box, width];
}

function toWords(bars: readonly Bar[], lanes: readonly string[]): string {
  const failed = bars.filter(({ call }) => call.status !== 'ok').length;
  return `${bars.length} invocations in ${lanes.length} lanes, ${failed} of them with failures; the table below lists them`;
}
