// A small live chart over uPlot: drawn in the page's colours, redrawn as points come, told in words to those who do not see it.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

/** One line of a chart. */
export interface ChartLine {
  readonly label: string;
  /** Name of a colour of the style sheet, as `--accent`. */
  readonly color: string;
  readonly values: readonly (number | null)[];
  readonly isFilled?: boolean;
  readonly isDashed?: boolean;
}

/** What a chart shows. */
export interface ChartProps {
  /** Epoch seconds, rising. */
  readonly at: readonly number[];
  readonly lines: readonly ChartLine[];
  /** The chart in a sentence. */
  readonly words: string;
  readonly format: (value: number) => string;
  /** Least height of the scale. Default 1. */
  readonly least?: number;
}

/** Seconds that are shown. */
export const shownSeconds = 300;

const height = 112;
/** Shown at least, so that a run's first seconds are no needle at the edge. */
const leastSeconds = 60;

/** Draws it. */
export function Chart({ at, lines, words, format, least = 1 }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const shape = lines.map(({ label, color }) => `${label} ${color}`).join('|');
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const make = (): void => {
      plot.current?.destroy();
      plot.current = new uPlot(toOptions(element, lines, { format, least }), [[]], element);
      setData(plot.current, at, lines);
    };
    make();
    const sizes = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    sizes.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', make);
    return () => {
      scheme.removeEventListener('change', make);
      sizes.disconnect();
      plot.current?.destroy();
    };
  }, [shape]);
  useEffect(() => {
    if (plot.current !== undefined) setData(plot.current, at, lines);
  });
  return <div class="chart" ref={box} role="img" aria-label={words} />;
}

function setData(plot: uPlot, at: readonly number[], lines: readonly ChartLine[]): void {
  plot.setData([[...at], ...lines.map(({ values }) => [...values])] as uPlot.AlignedData);
}

function colorOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function toOptions(
  element: HTMLElement,
  lines: readonly ChartLine[],
  { format, least }: { readonly format: (value: number) => string; readonly least: number },
): uPlot.Options {
  const axis = {
    stroke: colorOf('--muted'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: colorOf('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height,
    padding: [6, 6, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: {
        time: true,
        range: (_plot, min, max) => {
          const end = max ?? Date.now() / 1000;
          const seconds = Math.min(shownSeconds, Math.max(leastSeconds, end - (min ?? end)));
          return [end - seconds, end];
        },
      },
      y: { range: (_plot, _min, max) => [0, Math.max(least, (max ?? 0) * 1.08)] },
    },
    axes: [
      { ...axis, size: 18, gap: 3, space: 70, values: (_plot, splits) => [...toTimes(splits)] },
      { ...axis, size: 46, gap: 4, space: 28, values: (_plot, splits) => splits.map(format) },
    ],
    series: [
      {},
      ...lines.map(({ label, color, isFilled, isDashed }) => ({
        label,
        stroke: colorOf(color),
        width: 1.5,
        points: { show: false },
        spanGaps: true,
        ...(isFilled === true && { fill: `${colorOf(color)}2e` }),
        ...(isDashed === true && { dash: [5, 4] }),
      })),
    ],
  };
}

/** Hours and minutes; seconds, too, where labels are less than a minute apart. */
function toTimes(splits: readonly number[]): readonly string[] {
  const [first = 0, second = 60] = splits;
  const parts = second - first < 60 ? 8 : 5;
  return splits.map((seconds) => new Date(seconds * 1000).toTimeString().slice(0, parts));
}
