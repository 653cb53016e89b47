import type { MissingAbility, SourceCheck, SourceOutline, SourceStatus } from '#contract/source'

/** What the gateway shows of where its fleets come from. Whoever makes it publishes `source` whenever the status moved. */
export type SourceView = Pick<SourceStatus, 'kind' | 'name'> & {
  readonly missing: readonly MissingAbility[]
  status: () => SourceStatus
  /** Tries the connection step by step; never throws. */
  check: () => Promise<SourceCheck>
}

/** What every page must know of it. */
export const outlineOf = ({ kind, name, missing, status }: SourceView): SourceOutline => ({
  kind,
  name,
  missing: [...missing],
  isRead: status().reading !== null,
})
