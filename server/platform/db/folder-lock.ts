import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { CannotStart, systemReason } from '../cannot-start.ts'

/**
 * What tells this process from a later one with the same id: when it started, and in which boot of the machine.
 * Empty where the system does not say; then the id alone decides.
 */
async function birthOf(pid: number): Promise<string> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // Field 22 of /proc/pid/stat, counted after the name, which may itself hold spaces (proc_pid_stat(5)).
    const startedAt = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
    return `${boot.trim()}:${startedAt}`
  } catch {
    return ''
  }
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The living process that holds the lock file, or null when it is a leftover. */
async function holderOf(file: string): Promise<number | null> {
  const [id = '', birth = ''] = (await readFile(file, 'utf8').catch(() => '')).split(' ')
  const pid = Number(id)
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid || !isAlive(pid)) return null
  const now = await birthOf(pid)
  return birth === '' || now === '' || birth === now ? pid : null
}

/**
 * Takes the data folder for this process, so that no second gateway writes the same files. The lock of a process that
 * died is taken over, also when another program has its id now. Answers the function that releases it; throws
 * CannotStart when the folder is held or cannot be made.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = path.join(folder, 'gateway.pid')
  const own = path.join(folder, `gateway.pid.${process.pid}`)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeFile(own, `${process.pid} ${await birthOf(process.pid)}`, { mode: 0o600 })
  } catch (error) {
    const reason = systemReason(error)
    if (reason === null) throw error
    throw new CannotStart(
      `The data folder ${folder} cannot be written: ${reason}; choose another by WHEELHOUSE_DATA.`,
    )
  }
  try {
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        // A link appears with its content: nobody can read a lock that does not yet say whose it is.
        await link(own, file)
        return () => rm(file, { force: true })
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
        const holder = await holderOf(file)
        if (holder !== null) {
          throw new CannotStart(
            `The data folder ${folder} is in use by the gateway with process id ${holder}; stop it or set WHEELHOUSE_DATA.`,
          )
        }
        await rm(file, { force: true })
      }
    }
  } finally {
    await rm(own, { force: true })
  }
  throw new CannotStart(`The data folder ${folder} could not be locked: another gateway is starting on it.`)
}
