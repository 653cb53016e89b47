import type { Download, Engine } from './engine.ts'
import type { Happening } from './containers.ts'
import { backOff } from '../pace.ts'
import { deltaBytes, manifestOf } from '../registry.ts'
import type { DesiredRelease, DesiredService } from './target.ts'

const MOST_AT_ONCE = 3
const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 120_000

/** Only layers that are not on disk travel; as differences when an image of the same service is there. */
function planDownload(engine: Engine, release: DesiredRelease, service: DesiredService, isDelta: boolean) {
  const source = [...engine.images.values()].find(
    (image) => image.appUuid === release.appUuid && image.service === service.name,
  )
  const mode = isDelta && source && service.strategy !== 'delete-then-download' ? 'delta' : 'full'
  const missing = manifestOf(service.reference)
    .layers.filter((layer) => !engine.layers.has(layer.digest))
    .map((layer) => ({
      digest: layer.digest,
      bytes: mode === 'delta' ? deltaBytes(layer) : layer.sizeBytes,
    }))
  const download: Download = {
    image: service.image,
    reference: service.reference,
    service: service.name,
    mode,
    missing,
    layerBytesDone: 0,
    bytesDone: 0,
    bytesTotal: missing.reduce((sum, layer) => sum + layer.bytes, 0),
  }
  return download
}

/** Bytes that pulling every image of the release onto an empty disk would take. */
export function fullBytes(release: DesiredRelease): number {
  const layers = new Map(
    release.services.flatMap((service) =>
      manifestOf(service.reference).layers.map((layer) => [layer.digest, layer.sizeBytes] as const),
    ),
  )
  return [...layers.values()].reduce((sum, bytes) => sum + bytes, 0)
}

/** Begins to pull the image of a service, when there is a network, a free slot and no back-off. */
export function startDownload(
  engine: Engine,
  release: DesiredRelease,
  service: DesiredService,
  conditions: { hasNetwork: boolean; isDeltaEnabled: boolean },
  out: Happening[],
): void {
  if (engine.downloads.has(service.image) || engine.downloads.size >= MOST_AT_ONCE) return
  if (!conditions.hasNetwork || (engine.retries.get(service.image)?.leftMs ?? 0) > 0) return
  const download = planDownload(engine, release, service, conditions.isDeltaEnabled)
  if (engine.cost?.commit !== release.commit)
    engine.cost = {
      commit: release.commit,
      mode: download.mode,
      bytes: 0,
      fullBytes: fullBytes(release),
    }
  if (download.mode === 'delta') engine.cost.mode = 'delta'
  engine.downloads.set(service.image, download)
  out.push({ kind: 'download-started', service: service.name, image: service.image, mode: download.mode })
  finishLayers(engine, release, download, out)
}

/** Takes the layers off that are whole now; ends the download after the last one. */
function finishLayers(engine: Engine, release: DesiredRelease, download: Download, out: Happening[]): void {
  for (let first = download.missing[0]; first; first = download.missing[0]) {
    if (download.layerBytesDone < first.bytes - 0.5) return
    download.layerBytesDone = 0
    engine.layers.add(first.digest)
    download.missing.shift()
  }
  engine.downloads.delete(download.image)
  engine.retries.delete(download.image)
  engine.images.set(download.image, {
    appUuid: release.appUuid,
    service: download.service,
    reference: download.reference,
  })
  out.push({ kind: 'downloaded', service: download.service, image: download.image })
}

const rateOf = (engine: Engine, bytesPerSecond: number) =>
  bytesPerSecond / 1000 / Math.max(1, engine.downloads.size)

/** Device time until the next layer of any download is whole. */
export function nextLayerMs(engine: Engine, bytesPerSecond: number): number {
  const rate = rateOf(engine, bytesPerSecond)
  return Math.min(
    ...[...engine.downloads.values()].map((download) =>
      Math.max(1, ((download.missing[0]?.bytes ?? 0) - download.layerBytesDone) / rate),
    ),
  )
}

/** Bytes come in for `ms`, which must not be longer than `nextLayerMs`. */
export function receive(
  engine: Engine,
  release: DesiredRelease,
  bytesPerSecond: number,
  ms: number,
  out: Happening[],
): void {
  const bytes = rateOf(engine, bytesPerSecond) * ms
  for (const download of [...engine.downloads.values()]) {
    const taken = Math.min(bytes, (download.missing[0]?.bytes ?? 0) - download.layerBytesDone)
    download.layerBytesDone += taken
    download.bytesDone += taken
    if (engine.cost) engine.cost.bytes += taken
    finishLayers(engine, release, download, out)
  }
}

/** The link broke: what is under way fails and is tried again later; whole layers are kept. */
export function failDownloads(engine: Engine, error: string, out: Happening[]): void {
  for (const download of engine.downloads.values()) {
    const failures = engine.retries.get(download.image)?.failures ?? 0
    const leftMs = backOff(failures, FIRST_RETRY_MS, LONGEST_RETRY_MS)
    engine.retries.set(download.image, { failures: failures + 1, leftMs })
    out.push({ kind: 'download-failed', service: download.service, image: download.image, error })
  }
  engine.downloads.clear()
}

/** Downloads of images that are no longer wanted are called off. */
export function abandonDownloads(engine: Engine, release: DesiredRelease | null): void {
  const wanted = new Set(release?.services.map((service) => service.image))
  for (const image of engine.downloads.keys()) if (!wanted.has(image)) engine.downloads.delete(image)
  for (const image of engine.retries.keys()) if (!wanted.has(image)) engine.retries.delete(image)
}

export const percentOf = (download: Download): number =>
  download.bytesTotal === 0 ? 100 : Math.floor((download.bytesDone / download.bytesTotal) * 100)
