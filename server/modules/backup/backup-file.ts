import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import type { z } from 'zod'
import { backupEnd, backupHead, tableHead, type BackupEnd, type BackupHead } from './backup-format.ts'

/** Why a file cannot be restored, in one sentence. */
export class BadBackup extends Error {}

/** The lines of a backup file, as they were before gzip; throws BadBackup where it is none or ends early. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const input = createReadStream(file)
  const text = input.pipe(createGunzip())
  input.on('error', (error) => text.destroy(error))
  try {
    for await (const line of createInterface({ input: text, crlfDelay: Infinity })) yield line
    // The interface ends quietly where its stream broke.
    if (text.errored) throw text.errored
  } catch (error) {
    throw new BadBackup(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    input.destroy()
  }
}

function read<S extends z.ZodType>(schema: S, line: string, what: string): z.output<S> {
  try {
    return schema.parse(JSON.parse(line.slice(1)))
  } catch {
    throw new BadBackup(`${what} cannot be read: ${line.slice(0, 80)}`)
  }
}

export type BackupPart =
  | { kind: 'head'; head: BackupHead }
  | { kind: 'table'; table: string }
  | { kind: 'row'; row: string }
  | { kind: 'end'; end: BackupEnd }

/** What a line is; the first one is numbered 1. */
function partOf(file: string, line: string, number: number): BackupPart {
  if (number === 1) {
    if (!line.startsWith('#')) throw new BadBackup(`${file} is no backup of Wheelhouse`)
    return { kind: 'head', head: read(backupHead, line, 'The head of the backup') }
  }
  if (!line.startsWith('#')) return { kind: 'row', row: line }
  if (line.startsWith('#{"table"'))
    return { kind: 'table', ...read(tableHead, line, `Line ${String(number)}`) }
  return { kind: 'end', end: read(backupEnd, line, 'The end of the backup') }
}

/** What each line of a file is. */
export async function* partsOf(file: string): AsyncGenerator<BackupPart> {
  let number = 0
  for await (const line of linesOf(file)) yield partOf(file, line, ++number)
}

/** Goes through the whole file and answers its head and end; throws BadBackup unless it is whole and unchanged. */
export async function checkBackup(file: string): Promise<{ head: BackupHead; end: BackupEnd }> {
  const hash = createHash('sha256')
  let head: BackupHead | null = null
  let end: BackupEnd | null = null
  const counts = new Map<string, number>()
  let table = ''
  let number = 0
  for await (const line of linesOf(file)) {
    if (end) throw new BadBackup('The backup goes on after its end')
    const part = partOf(file, line, ++number)
    // The end says what the hash of all before it is.
    if (part.kind === 'end') end = part.end
    else hash.update(`${line}\n`)
    if (part.kind === 'head') head = part.head
    if (part.kind === 'table') counts.set((table = part.table), 0)
    if (part.kind === 'row') counts.set(table, (counts.get(table) ?? 0) + 1)
  }
  if (!head) throw new BadBackup(`${file} is empty`)
  if (!end) throw new BadBackup(`${file} ends early: it was not written to its end`)
  if (hash.digest('hex') !== end.sha256) throw new BadBackup(`${file} was changed since it was written`)
  for (const [name, count] of Object.entries(end.rows))
    if (counts.get(name) !== count)
      throw new BadBackup(`${file} holds another number of rows of ${name} than it says`)
  return { head, end }
}
