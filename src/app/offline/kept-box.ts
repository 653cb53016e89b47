import { createStore, del, get, set, type UseStore } from 'idb-keyval'
import type { Kept } from './kept-data'

/** Where what was seen is kept between two starts of the page. What cannot be read or written is as good as not kept. */
export type KeptBox = {
  read: () => Promise<Kept | null>
  write: (kept: Kept) => Promise<void>
  wipe: () => Promise<void>
}

const NAME = 'wheelhouse'
const KEY = 'last-known'

let opened: UseStore | null = null
const store = () => (opened ??= createStore(NAME, KEY))

/** In the browser's own database, of this origin alone. */
export const browserBox: KeptBox = {
  // Written by this file alone, of the same build: `mayShow` looks at that first.
  read: async () => (await get<Kept>(KEY, store())) ?? null,
  write: (kept) => set(KEY, kept, store()),
  wipe: () => del(KEY, store()),
}
