/** What the path of every route begins with. Of itself: it is part of the page's first load, schemas are not. */
export const API_ROOT = '/api/v1'

// What the page's first load needs of `idempotency.ts`, which says more.
/** The header that names what a caller intends by a write. */
export const KEY_HEADER = 'idempotency-key'
/** Code of a 409: the first request with this key is not answered yet; ask again after `retry-after`. */
export const KEY_IN_USE = 'idempotency-key-in-use'
