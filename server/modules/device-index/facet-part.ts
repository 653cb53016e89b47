/** What a list of devices can be narrowed by beside its fleet and a text; each has a facet. */
export const facetParts = [
  'health',
  'connectivity',
  'reason',
  'deviceType',
  'release',
  'os',
  'update',
  'tag',
  'pinned',
] as const
export type FacetPart = (typeof facetParts)[number]
