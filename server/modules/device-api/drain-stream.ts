import { PassThrough, type Readable, type Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { constants, createGunzip } from 'node:zlib'

/** `ended` by the device, `cut` by the network, `garbled`: not gzip from some point on. */
export type StreamEnd = 'ended' | 'cut' | 'garbled'

/**
 * Pours a device's body into `sink`, unpacked, as fast as the sink takes it. However the body ends, the sink gets all
 * that could be read of it before this resolves: a plain `pipeline` would throw away what was still on its way.
 * Rejects with the sink's error.
 */
export async function drainStream(body: Readable, isGzip: boolean, sink: Writable): Promise<StreamEnd> {
  let end: StreamEnd = 'ended'
  // With a sync flush at the end, half a gzip member is no error but simply shorter.
  const decoder = isGzip ? createGunzip({ finishFlush: constants.Z_SYNC_FLUSH }) : new PassThrough()
  const cut = () => {
    if (body.readableEnded) return
    end = 'cut'
    decoder.end()
  }
  body.on('error', cut)
  body.on('close', cut)
  decoder.on('error', () => {
    end = 'garbled'
    sink.end()
  })
  // It may have gone while its device was looked up; then nothing more would be heard of it.
  if (body.destroyed) cut()
  else body.pipe(decoder)
  decoder.pipe(sink)
  try {
    await finished(sink)
  } finally {
    body.unpipe(decoder)
    decoder.destroy()
  }
  return end
}
