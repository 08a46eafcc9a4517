// The highest value of something over several spans that overlap: one span for each invocation under way. Its own file because the
// budget and the watermark both need it, and because noting a value must cost no more with many spans than with one.

/** Spans over one value that changes. */
export class Peaks {
  readonly #spans = new Set<Peak>();
  /** The highest value since the spans were told last: they are when one begins, ends, or is asked. */
  #highest = 0;

  /** Spans that have begun and not ended. */
  get size(): number {
    return this.#spans.size;
  }

  /** Notes a value, from 0. */
  note(value: number): void {
    if (value > this.#highest) this.#highest = value;
  }

  /** Begins a span at the present value. */
  begin(value: number): Peak {
    this.tell();
    const span = new Peak(this, value);
    this.#spans.add(span);
    return span;
  }

  /** Ends a span; false where it has ended before. */
  end(span: Peak): boolean {
    this.tell();
    return this.#spans.delete(span);
  }

  /** Tells all spans what was noted since they were told last. */
  tell(): void {
    for (const span of this.#spans) span.highest = Math.max(span.highest, this.#highest);
    this.#highest = 0;
  }
}

/** One span. */
export class Peak {
  /** As told last. */
  highest: number;
  readonly #peaks: Peaks;

  constructor(peaks: Peaks, value: number) {
    this.#peaks = peaks;
    this.highest = value;
  }

  /** The highest value of the span, up to now or to its end. */
  get value(): number {
    this.#peaks.tell();
    return this.highest;
  }
}
