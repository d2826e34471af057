/** Random changes to the files of a still cluster, and random damage to a folder it was restored into. */
import type { Dice } from "./dice.ts";
import { namesIn } from "./repository.ts";
import type { Site } from "./site.ts";
import { TABLESPACE_FILES } from "./still_cluster.ts";

/** Folders of the cluster in which files come, change and go. */
const FOLDERS = ["pg/base/1", "pg/base/5", `tablespace/${TABLESPACE_FILES}`] as const;

/** Around the sizes at which something changes: a page, a block size, a bundle limit, a buffer, several super blocks. */
const SIZES = [0, 1, 8191, 8192, 16_383, 16_384, 24_577, 65_536, 131_072, 262_145, 1_048_576, 1_048_577, 2_200_000];

const DAY = 86_400;

/**
 * Changes files of a cluster. No file ever gets a time it had before with other bytes: that is what no backup can see that goes
 * by times.
 */
export class StillChanges {
  readonly #site: Site;
  readonly #dice: Dice;
  readonly #times = new Map<string, Set<number>>();
  readonly #now: number;

  constructor(site: Site, dice: Dice) {
    this.#site = site;
    this.#dice = dice;
    this.#now = Math.floor(Date.now() / 1000);
    // Files of every age that counts for the size of blocks.
    for (const path of this.#files()) this.#setTime(path, this.#now - dice.roll(5, 40) * DAY);
  }

  /** Makes so many changes; in words, to tell what was done. */
  make(count: number): string[] {
    return Array.from({ length: count }, () => this.#change());
  }

  #change(): string {
    const dice = this.#dice;
    const name = dice.pick(Object.keys(CHANGES) as (keyof typeof CHANGES)[]);
    const paths = this.#files();
    const isNew = name === "create" || paths.length === 0;
    const path = isNew ? `${dice.pick(FOLDERS)}/${dice.roll(4000, 4099)}` : dice.pick(paths);
    const before = isNew ? new Uint8Array() : Deno.readFileSync(this.#site.path(path));
    if (!isNew && name === "remove") {
      Deno.removeSync(this.#site.path(path));
      return `remove ${path}`;
    }
    const after = CHANGES[name](before, dice);
    this.#write(path, after);
    return `${name} ${path} ${before.length} -> ${after.length} bytes`;
  }

  #write(path: string, bytes: Uint8Array<ArrayBuffer>): void {
    const last = Math.max(0, ...this.#times.get(path) ?? []) || this.#now - this.#dice.roll(5, 40) * DAY;
    this.#site.write(path, bytes, this.#dice.chance(10) ? 0o640 : 0o600);
    // Clocks are set back, and files come from elsewhere with an older time.
    const isOlder = this.#dice.chance(3);
    this.#setTime(path, isOlder ? last - this.#dice.roll(1, DAY) : last + this.#dice.roll(1, 2 * DAY));
  }

  #setTime(path: string, time: number): void {
    const used = this.#times.get(path) ?? new Set();
    let free = Math.min(time, this.#now);
    while (used.has(free)) free--;
    this.#times.set(path, used.add(free));
    Deno.utimeSync(this.#site.path(path), free, free);
  }

  #files(): string[] {
    return FOLDERS.flatMap((folder) => namesIn(this.#site.path(folder)).map((name) => `${folder}/${name}`));
  }
}

type Change = (bytes: Uint8Array<ArrayBuffer>, dice: Dice) => Uint8Array<ArrayBuffer>;

/** What can happen to a file. */
const CHANGES = {
  create: (_, dice) => content(dice, dice.pick(SIZES)),
  remove: (bytes) => bytes,
  touch: (bytes) => bytes,
  empty: () => new Uint8Array(),
  rewrite: (bytes, dice) => content(dice, bytes.length),
  replace: (_, dice) => content(dice, dice.pick(SIZES)),
  grow: (bytes, dice) => join(bytes, content(dice, dice.pick([1, 8192 - bytes.length % 8192, 20_000, 300_000]))),
  cut: (bytes, dice) => bytes.slice(0, dice.roll(0, bytes.length)),
  cutAtPage: (bytes, dice) => bytes.slice(0, 8192 * dice.roll(0, Math.floor(bytes.length / 8192))),
  oneByte: (bytes, dice) => scatter(bytes, dice, 1),
  someBytes: (bytes, dice) => scatter(bytes, dice, dice.roll(2, 12)),
  /** A page moves to another place, where blocks have numbers that go up and down. */
  movePage: (bytes, dice) => {
    const pages = Math.floor(bytes.length / 8192);
    if (pages > 1) bytes.copyWithin(8192 * dice.roll(0, pages - 1), 8192 * dice.roll(0, pages - 1), bytes.length);
    return bytes;
  },
} as const satisfies Record<string, Change>;

function join(a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function scatter(bytes: Uint8Array<ArrayBuffer>, dice: Dice, count: number): Uint8Array<ArrayBuffer> {
  for (let i = 0; i < count && bytes.length > 0; i++) bytes[dice.roll(0, bytes.length - 1)]! ^= dice.roll(1, 255);
  return bytes;
}

/** Bytes that nothing compresses, that compress well, that are all the same, or pages one like the other. */
function content(dice: Dice, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  const [mask, repeat] = dice.pick([[0xff, size], [0x11, size], [0, size], [0xff, 8192]] as const);
  for (let at = 0; at < Math.min(size, repeat); at++) bytes[at] = dice.roll(0, 255) & mask;
  for (let at = repeat; at < size; at += repeat) bytes.copyWithin(at, 0, repeat);
  return bytes;
}

/**
 * Damages files in folders; with `hidden` some changed ones keep size and time, so that only their bytes tell. In words what
 * was done.
 */
export function damageAtRandom(
  folders: readonly string[],
  { dice, count, hidden }: { dice: Dice; count: number; hidden: boolean },
): string[] {
  const paths = folders.flatMap((folder) => namesIn(folder).map((name) => `${folder}/${name}`));
  return Array.from({ length: Math.min(count, paths.length) }, () => {
    const path = paths.splice(dice.roll(0, paths.length - 1), 1)[0]!;
    const name = dice.pick(Object.keys(DAMAGES) as (keyof typeof DAMAGES)[]);
    const { mtime } = Deno.statSync(path);
    DAMAGES[name](path, dice);
    if (hidden && name === "change" && dice.chance(50)) Deno.utimeSync(path, mtime!, mtime!);
    return `${name} ${path}`;
  });
}

/** What can have happened to a file that was restored. */
const DAMAGES = {
  change: (path, dice) => Deno.writeFileSync(path, scatter(Deno.readFileSync(path), dice, dice.roll(1, 5))),
  cut: (path, dice) => Deno.truncateSync(path, dice.roll(0, Deno.statSync(path).size)),
  grow: (path, dice) => Deno.writeFileSync(path, content(dice, dice.roll(1, 50_000)), { append: true }),
  remove: (path) => Deno.removeSync(path),
  lock: (path) => Deno.chmodSync(path, 0o400),
  secondName: (path) => Deno.linkSync(path, `${path}-second`),
  stranger: (path) => Deno.writeFileSync(`${path}-stranger`, new Uint8Array(100)),
  becomeFolder: (path) => {
    const { uid, gid } = Deno.statSync(path);
    Deno.removeSync(path);
    Deno.mkdirSync(`${path}/within`, { recursive: true });
    for (const folder of [path, `${path}/within`]) Deno.chownSync(folder, uid, gid);
  },
} as const satisfies Record<string, (path: string, dice: Dice) => void>;
