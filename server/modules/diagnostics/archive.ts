import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'

/** One file of an archive; `read` is called when its turn comes. */
export type Section = { name: string; about: string; read: () => Promise<string> }
/** What became of a file: how long it is, or why it could not be read. */
export type Written = { name: string; about: string; bytes: number; failure: string | null }

/**
 * A zip archive that is put together while it is sent: one file is in memory at a time. A file that cannot be read does
 * not spoil the others; `closing` is the last one and may tell how it went.
 */
export function streamArchive(
  folder: string,
  sections: readonly Section[],
  closing: { name: string; write: (written: readonly Written[]) => string },
  options: { at: Date; onFailure: (name: string, error: unknown) => void },
): Readable {
  const zip = new ZipFile()
  const written: Written[] = []
  const out = new Readable().wrap(zip.outputStream)
  zip.on('error', (error: Error) => out.destroy(error))

  async function content({ name, about, read }: Section): Promise<string> {
    try {
      const text = await read()
      written.push({ name, about, bytes: Buffer.byteLength(text), failure: null })
      return text
    } catch (error) {
      options.onFailure(name, error)
      const failure = 'it could not be read; the gateway has logged why'
      written.push({ name, about, bytes: 0, failure })
      return `${name}: ${failure}\n`
    }
  }
  const add = (name: string, make: () => Promise<string>) => {
    zip.addReadStreamLazy(`${folder}/${name}`, { mtime: options.at }, (give) => {
      make().then(
        (text) => give(null, Readable.from([Buffer.from(text)])),
        (error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error))),
      )
    })
  }
  for (const section of sections) add(section.name, () => content(section))
  add(closing.name, () => Promise.resolve(closing.write(written)))
  zip.end()
  return out
}
