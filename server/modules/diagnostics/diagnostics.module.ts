import type { FastifyInstance } from 'fastify'
import type { FleetScope } from '#contract/role'
import { routes } from '#contract/routes'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { streamArchive } from './archive.ts'
import type { Actor, DiagnosticsDeps } from './diagnostics-deps.ts'
import { makeMasker } from './masking.rules.ts'
import { makeLogReader, sectionsOf, type Bundle } from './sections.ts'
import { readSecrets } from './secrets.store.ts'
import { readmeText } from './text-files.ts'

const DAY_MS = 86_400_000

/** A name as part of a file name on any system. */
const fileNameOf = (name: string) =>
  name
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)

async function prepare(
  deps: DiagnosticsDeps,
  uuid: string,
  days: number,
  actor: Actor,
  within: FleetScope,
): Promise<Bundle> {
  const { sources } = deps
  const found = await sources.device(uuid)
  if (!found) throw Problem.notFound('device', uuid)
  const to = deps.now()
  await deps.audit(deps.db, {
    actor,
    action: 'device.diagnostics',
    subjectKind: 'device',
    subjectId: uuid,
    fleetId: found.fleetId,
    summary: `Downloaded diagnostics of ${found.name}`,
    data: { days },
  })
  const fromDevice = await sources.askDevice(uuid, actor)
  // Read after it was asked: then the archive tells of that action too.
  const device = (await sources.device(uuid)) ?? found
  const secrets = await readSecrets(deps.db, device)
  return {
    sources,
    device,
    from: new Date(to.getTime() - days * DAY_MS),
    to,
    secrets,
    within,
    masker: makeMasker(secrets.values, secrets.hashes),
    fromDevice,
  }
}

function archiveOf(deps: DiagnosticsDeps, bundle: Bundle, folder: string, madeBy: string) {
  const { device, from, to, masker, fromDevice } = bundle
  const readLog = makeLogReader(bundle)
  let log: { lines: number; isCut: boolean } | null = null
  const noting = async () => {
    const read = await readLog()
    log = { lines: read.lines.length, isCut: read.isCut }
    return read
  }
  const closing = {
    name: 'README.txt',
    write: (written: Parameters<typeof readmeText>[1]) =>
      masker.text(
        readmeText(
          {
            device,
            from,
            to,
            madeBy,
            version: deps.version,
            store: deps.store,
            masked: masker.count,
            fromDevice: fromDevice.note,
            log,
          },
          written,
        ),
      ),
  }
  return streamArchive(folder, sectionsOf(bundle, noting), closing, {
    at: to,
    onFailure: (file, error) =>
      deps.log.error({ err: error, uuid: device.uuid, file }, 'a part of diagnostics could not be read'),
  })
}

/** One click collects what is known of a device into an archive that can be handed on: secrets are masked in it. */
export function diagnosticsModule(deps: DiagnosticsDeps) {
  return {
    register(app: FastifyInstance): void {
      registerRoute(app, routes.downloadDiagnostics, async ({ params, body, caller, reply, within }) => {
        const bundle = await prepare(deps, params.uuid, body.days, caller, within)
        const stamp = bundle.to.toISOString().slice(0, 19).replace(/[-:]/g, '')
        const name = [fileNameOf(bundle.device.name), params.uuid.slice(0, 7), stamp]
          .filter((part) => part !== '')
          .join('-')
        const folder = `diagnostics-${name}`
        reply.type('application/zip')
        reply.header('content-disposition', `attachment; filename="${folder}.zip"`)
        reply.header('cache-control', 'no-store')
        return reply.send(archiveOf(deps, bundle, folder, caller.name))
      })
    },
  }
}
