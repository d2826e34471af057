// Sorts all suffixes of a text in linear time by induced sorting (SA-IS, Nong, Zhang and Chan 2009). A suffix that is
// the beginning of another one comes first.

/** The end of the memory used so far; what a text needs besides its result is taken from there. */
let stack: usize;

/**
 * Writes the start of every suffix of `text` (`n` bytes) in their order to `result` (n words). `scratch` is what may be
 * used besides: 6 bytes per byte of text and 4 KiB.
 */
export function sortSuffixes(text: usize, n: i32, result: usize, scratch: usize): void {
  stack = scratch;
  sort<u8>(text, n, 256, result);
}

function at<T>(text: usize, i: i32): u32 {
  return <u32> load<T>(text + (<usize> i << alignof<T>()));
}

function get(words: usize, i: i32): i32 {
  return load<i32>(words + (<usize> i << 2));
}

function put(words: usize, i: i32, value: i32): void {
  store<i32>(words + (<usize> i << 2), value);
}

/** A suffix that comes before the one behind it is small; one whose left neighbour is not is a leftmost small one. */

function isLeftmost(small: usize, i: i32): bool {
  return i > 0 && load<u8>(small + i) != 0 && load<u8>(small + i - 1) == 0;
}

function markSmall<T>(text: usize, n: i32, small: usize): void {
  store<u8>(small + n - 1, 0);
  for (let i = n - 2; i >= 0; i--) {
    const here = at<T>(text, i), next = at<T>(text, i + 1);
    store<u8>(small + i, here == next ? load<u8>(small + i + 1) : <u8> (here < next));
  }
}

/** Where the suffixes of each letter begin (or, with `ends`, stop) in the order. */
function findBuckets<T>(text: usize, n: i32, letters: i32, buckets: usize, ends: bool): void {
  memory.fill(buckets, 0, 4 * letters);
  for (let i = 0; i < n; i++) {
    const letter = at<T>(text, i);
    put(buckets, letter, get(buckets, letter) + 1);
  }
  let sum = 0;
  for (let letter = 0; letter < letters; letter++) {
    const count = get(buckets, letter);
    put(buckets, letter, ends ? sum + count : sum);
    sum += count;
  }
}

/** From the order of the leftmost small suffixes, which stand at the ends of their buckets, to the order of all. */
function induce<T>(text: usize, n: i32, letters: i32, order: usize, small: usize, buckets: usize): void {
  findBuckets<T>(text, n, letters, buckets, false);
  placeFirst<T>(text, n - 1, order, buckets);
  for (let i = 0; i < n; i++) {
    const before = get(order, i) - 1;
    if (before >= 0 && load<u8>(small + before) == 0) placeFirst<T>(text, before, order, buckets);
  }
  findBuckets<T>(text, n, letters, buckets, true);
  for (let i = n - 1; i >= 0; i--) {
    const before = get(order, i) - 1;
    if (before >= 0 && load<u8>(small + before) != 0) placeLast<T>(text, before, order, buckets);
  }
}

function placeFirst<T>(text: usize, suffix: i32, order: usize, buckets: usize): void {
  const letter = at<T>(text, suffix), to = get(buckets, letter);
  put(buckets, letter, to + 1);
  put(order, to, suffix);
}

function placeLast<T>(text: usize, suffix: i32, order: usize, buckets: usize): void {
  const letter = at<T>(text, suffix), to = get(buckets, letter) - 1;
  put(buckets, letter, to);
  put(order, to, suffix);
}

/** Puts the leftmost small suffixes, as they stand in the text, at the ends of their buckets. */
function seed<T>(text: usize, n: i32, letters: i32, order: usize, small: usize, buckets: usize): void {
  findBuckets<T>(text, n, letters, buckets, true);
  memory.fill(order, 255, 4 * n);
  for (let i = n - 1; i > 0; i--) {
    if (isLeftmost(small, i)) placeLast<T>(text, i, order, buckets);
  }
}

/** Whether the pieces from two leftmost small suffixes to the next ones are the same. */
function samePiece<T>(text: usize, n: i32, small: usize, a: i32, b: i32): bool {
  for (const start = a; a < n && b < n; a++, b++) {
    if (at<T>(text, a) != at<T>(text, b)) return false;
    if (a == start) continue;
    const endA = isLeftmost(small, a), endB = isLeftmost(small, b);
    if (endA || endB) return endA && endB;
  }
  return false;
}

function sort<T>(text: usize, n: i32, letters: i32, order: usize): void {
  const mark = stack;
  const buckets = mark;
  const small = buckets + 4 * letters;
  stack = small + ((n + 3) & ~3);
  markSmall<T>(text, n, small);
  seed<T>(text, n, letters, order, small, buckets);
  induce<T>(text, n, letters, order, small, buckets);

  // The sorted pieces get numbers; equal ones the same. The numbers in text order are a shorter text.
  let count = 0;
  for (let i = 0; i < n; i++) {
    const suffix = get(order, i);
    if (isLeftmost(small, suffix)) put(order, count++, suffix);
  }
  const names = order + 4 * count;
  memory.fill(names, 255, 4 * (n - count));
  let name = -1;
  for (let i = 0, previous = -1; i < count; i++) {
    const suffix = get(order, i);
    if (previous < 0 || !samePiece<T>(text, n, small, previous, suffix)) name++;
    put(names, suffix >> 1, name);
    previous = suffix;
  }
  const shorter = order + 4 * (n - count);
  for (let i = n - count - 1, to = count - 1; to >= 0; i--) {
    if (get(names, i) >= 0) put(shorter, to--, get(names, i));
  }
  if (name + 1 < count) {
    sort<u32>(shorter, count, name + 1, order);
  } else {
    for (let i = 0; i < count; i++) put(order, get(shorter, i), i);
  }

  // The shorter text's place is free now: first the suffixes it stands for, then those in their order.
  for (let i = 1, to = 0; i < n; i++) {
    if (isLeftmost(small, i)) put(shorter, to++, i);
  }
  for (let i = 0; i < count; i++) put(order, i, get(shorter, get(order, i)));
  memory.fill(order + 4 * count, 255, 4 * (n - count));
  findBuckets<T>(text, n, letters, buckets, true);
  for (let i = count - 1; i >= 0; i--) {
    const suffix = get(order, i);
    put(order, i, -1);
    placeLast<T>(text, suffix, order, buckets);
  }
  induce<T>(text, n, letters, order, small, buckets);
  stack = mark;
}
