import { mkdir, open, readFile, rm } from 'node:fs/promises'
import path from 'node:path'

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * Takes the data folder for this process, so that no second gateway writes the same files. The lock of a process that
 * died is taken over. Answers the function that releases it; throws one sentence when the folder is held.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = path.join(folder, 'gateway.pid')
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const handle = await open(file, 'wx', 0o600)
      await handle.writeFile(String(process.pid))
      await handle.close()
      return () => rm(file, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const pid = Number(await readFile(file, 'utf8'))
      if (Number.isInteger(pid) && pid > 0 && pid !== process.pid && isAlive(pid)) {
        throw new Error(
          `The data folder ${folder} is in use by the gateway with process id ${pid}; stop it or set WHEELHOUSE_DATA.`,
        )
      }
      await rm(file, { force: true })
    }
  }
  throw new Error(`The data folder ${folder} could not be locked: another gateway is starting on it.`)
}
