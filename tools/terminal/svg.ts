// The few shapes that the drawing is made of, as SVG text.

/** Attributes of an element; what is undefined is left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element with its content, which is SVG already. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escape(value ?? '')}"`);
  return content === '' ? `<${name}${list.join('')}/>` : `<${name}${list.join('')}>${content}</${name}>`;
}

/** Plain text at a place. */
export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escape(content));
}

/** A line through points. */
export function polyline(points: readonly (readonly [x: number, y: number])[], color: string): string {
  const list = points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ');
  return element('polyline', { points: list, stroke: color, fill: 'none', 'stroke-width': 1.5 });
}

/** About what a text in a proportional font is wide, pixels. */
export function widthOf(content: string, fontSize: number): number {
  return content.length * fontSize * 0.56;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
