import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import type { z } from 'zod'
import { backupEnd, backupHead, tableHead, type BackupEnd, type BackupHead } from './backup-format.ts'

/** Why a file cannot be restored, in one sentence. */
export class BadBackup extends Error {}

/** The lines of a backup file, as they were before gzip; throws BadBackup where it is none or ends early. */
export async function* linesOf(file: string): AsyncGenerator<string> {
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

/** What each line is. */
export async function* partsOf(file: string): AsyncGenerator<BackupPart> {
  let number = 0
  for await (const line of linesOf(file)) {
    number++
    if (number === 1) {
      if (!line.startsWith('#')) throw new BadBackup(`${file} is no backup of Wheelhouse`)
      yield { kind: 'head', head: read(backupHead, line, 'The head of the backup') }
    } else if (!line.startsWith('#')) yield { kind: 'row', row: line }
    else if (line.startsWith('#{"table"'))
      yield { kind: 'table', ...read(tableHead, line, `Line ${String(number)}`) }
    else yield { kind: 'end', end: read(backupEnd, line, 'The end of the backup') }
  }
}

/** Goes through the whole file and answers its head and end; throws BadBackup unless it is whole and unchanged. */
export async function checkBackup(file: string): Promise<{ head: BackupHead; end: BackupEnd }> {
  const hash = createHash('sha256')
  let last: string | null = null
  for await (const line of linesOf(file)) {
    if (last !== null) hash.update(`${last}\n`)
    last = line
  }
  let head: BackupHead | null = null
  let end: BackupEnd | null = null
  const counts = new Map<string, number>()
  let table = ''
  for await (const part of partsOf(file)) {
    if (end) throw new BadBackup('The backup goes on after its end')
    if (part.kind === 'head') head = part.head
    if (part.kind === 'table') counts.set((table = part.table), 0)
    if (part.kind === 'row') counts.set(table, (counts.get(table) ?? 0) + 1)
    if (part.kind === 'end') end = part.end
  }
  if (!head) throw new BadBackup(`${file} is empty`)
  if (!end) throw new BadBackup(`${file} ends early: it was not written to its end`)
  if (hash.digest('hex') !== end.sha256) throw new BadBackup(`${file} was changed since it was written`)
  for (const [name, count] of Object.entries(end.rows))
    if (counts.get(name) !== count)
      throw new BadBackup(`${file} holds another number of rows of ${name} than it says`)
  return { head, end }
}
