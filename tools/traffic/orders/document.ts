// One order document of a wanted size, in bytes exactly: varied enough to compress like real ones (LZ4 1.3-1.5x at
// 800 B), with text beyond ASCII, and canonical: JSON.stringify(JSON.parse(text)) === text, so digests survive parsing.
import type { Order, OrderItem } from './order.ts';
import type { Random } from '../random.ts';

/** Smallest size of a document, in bytes: an order with one item and the longest of every other property. */
export const smallestOrderBytes: number = 256;

/** Which state of which order to write. */
export interface OrderOptions {
  readonly orderId: string;
  /** How many states of this order came before. */
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly placedAtMs: number;
  /** Size of the JSON in UTF-8, at least smallestOrderBytes. */
  readonly bytes: number;
}

const statuses = ['placed', 'paid', 'shipped', 'cancelled'] as const;
const currencies = ['EUR', 'USD', 'GBP', 'CHF', 'SEK', 'JPY', 'BRL', 'INR'] as const;
const words = (
  'amber anchor apron atlas autumn bamboo basket battery beacon birch blanket bottle bracket bronze bucket burner cable ' +
  'camera candle canvas carbon carpet castle cedar ceramic chain charger cherry chisel circuit clamp classic clover ' +
  'cobalt coffee compass copper coral cotton cradle crystal cushion dagger denim desk diesel drawer driver duvet echo ' +
  'ember engine fabric faucet feather filter flannel folder forest frame garden garnet ginger glove granite gravel grinder ' +
  'hammer handle harbor hazel helmet hinge hollow honey indigo ivory jacket jasper kettle keyboard ladder lantern lattice ' +
  'leather lemon lever linen magnet maple marble meadow mirror monitor mortar nickel nylon oak olive onyx opal orchid ' +
  'paddle panel paper parcel pebble pencil pepper pillow piston planter plaster pocket polar poplar printer pulley quartz ' +
  'quilt radar raven ribbon ridge river rocket rubber saddle saffron sailor sapphire satin scarlet sensor shelf shovel ' +
  'silver slate socket spindle spruce stapler steel summit sunset switch table tackle teapot thermal timber toner torch ' +
  'tripod tulip tunnel turbine umbrella valley valve velvet violet walnut washer willow window winter woolen zephyr zinc ' +
  'please deliver before after office reception second floor leave with neighbour ring twice fragile gift wrap invoice ' +
  'attached customer asked called again refund partial replaced address changed courier delayed warehouse counted checked ' +
  'Zürich café Straße Malmö São Łódź 東京 naïve crème 你好 доставка 📦'
).split(' ');
const wordBytes = words.map((word) => Buffer.byteLength(word));

/** Writes an order as JSON of exactly `options.bytes` bytes in UTF-8. */
export function createOrderJson(random: Random, options: OrderOptions): string {
  const order = createOrder(random, options);
  let missing = options.bytes - Buffer.byteLength(JSON.stringify(order));
  const noteBytes = missing - Buffer.byteLength(',"note":""');
  if (noteBytes > 0) return JSON.stringify({ ...order, note: createText(random, noteBytes) });
  // Too little room for a note: the last title takes it.
  const last = order.items.at(-1);
  if (last === undefined) throw new RangeError(`order without items, got ${options.bytes} bytes`);
  missing = Math.max(0, missing);
  const items = [
    ...order.items.slice(0, -1),
    { ...last, title: last.title + createReference(random, missing) },
  ];
  return JSON.stringify({ ...order, items });
}

function createOrder(random: Random, { orderId, version, placedAtMs, bytes }: OrderOptions): Order {
  const items: OrderItem[] = [];
  // Most of what is beyond the smallest order are items, the rest is the note: the mixture sets how well it compresses.
  let room = (bytes - smallestOrderBytes) * 0.95;
  do {
    const item = createItem(random, room > 60 ? 1 + random.below(3) : 1);
    items.push(item);
    room -= Buffer.byteLength(JSON.stringify(item)) + 1;
  } while (room > 120); // longer than any item
  return {
    orderId,
    customerId: `customer-${String(random.below(100_000)).padStart(5, '0')}`,
    status: statuses[Math.min(version, 2) + (version > 2 ? random.below(2) : 0)] ?? 'placed',
    placedAt: new Date(placedAtMs).toISOString(),
    currency: currencies[random.below(currencies.length)] ?? 'EUR',
    totalCents: items.reduce((sum, { quantity, unitCents }) => sum + quantity * unitCents, 0),
    items,
  };
}

function createItem(random: Random, titleWords: number): OrderItem {
  const title = Array.from({ length: titleWords }, () => words[random.below(words.length)]);
  return {
    sku: `SKU-${createReference(random, 6)}`,
    title: title.join(' '),
    quantity: 1 + random.below(9),
    unitCents: 99 + random.below(25_000),
  };
}

// Words, now and then a reference number, and an end that makes it fit to the byte.
function createText(random: Random, bytes: number): string {
  const parts: string[] = [];
  let room = bytes;
  while (room > 20) {
    const index = random.below(words.length + 16);
    const word = words[index] ?? createReference(random, 10);
    parts.push(word, ' ');
    room -= (wordBytes[index] ?? 10) + 1;
  }
  return parts.join('') + createReference(random, room);
}

function createReference(random: Random, characters: number): string {
  let reference = '';
  while (reference.length < characters) reference += random.below(36 ** 5).toString(36);
  return reference.slice(0, characters).toUpperCase();
}
