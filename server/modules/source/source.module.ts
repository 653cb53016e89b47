import type { FastifyInstance } from 'fastify'
import type { Hub } from '../../platform/hub.ts'
import type { SourceView } from '../../platform/source-view.ts'
import { registerSource } from './source.routes.ts'

/** While a source is read its status moves with every answer. */
const PATCH_INTERVAL_MS = 1000

export type SourceModuleDeps = { source: SourceView; hub: Hub; now: () => Date }

/** Tells where fleets come from and how old what was read is, and tries the connection. */
export function sourceModule(deps: SourceModuleDeps) {
  const told = () => ({ at: deps.now().toISOString(), status: deps.source.status() })
  deps.hub.provide({
    kind: 'source',
    minIntervalMs: PATCH_INTERVAL_MS,
    concerns: (_topic, change) => change.kind === 'source',
    build: () => Promise.resolve(told()),
  })
  return {
    register(app: FastifyInstance): void {
      registerSource(app, { ...deps, told })
    },
  }
}
