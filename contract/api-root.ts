/** What the path of every route begins with. Of itself: it is part of the page's first load, schemas are not. */
export const API_ROOT = '/api/v1'
