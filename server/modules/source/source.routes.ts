import type { FastifyInstance } from 'fastify'
import { routes } from '#contract/routes'
import type { ToldSource } from '#contract/source'
import { registerRoute } from '../../platform/register-route.ts'
import type { SourceView } from '../../platform/source-view.ts'

type Deps = { source: Pick<SourceView, 'check'>; hub: { readonly cursor: number }; told: () => ToldSource }

export function registerSource(app: FastifyInstance, { source, hub, told }: Deps): void {
  registerRoute(app, routes.getSource, () => {
    const { cursor } = hub
    return { cursor, ...told() }
  })
  registerRoute(app, routes.testSource, () => source.check())
}
