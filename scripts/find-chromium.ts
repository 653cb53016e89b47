/**
 * Finds the Chromium that the browser tests drive; run as a command, it also installs one where there is none:
 *
 *     npx tsx scripts/find-chromium.ts     prints what it does on stderr and the path on stdout
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { canUseApt, foldersOnPath, isExecutable } from './programs.ts'

/** QUIC and Chromium's own background traffic only add noise to tests; root needs the sandbox off. */
export const chromiumArgs = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
]

const namesOnPath = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const fixedPaths = ['/usr/bin/chromium', '/snap/bin/chromium']
const pathsInPlaywrightCache = [
  'chrome-linux64/chrome',
  'chrome-linux/chrome',
  'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
  'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  'chrome-win64/chrome.exe',
  'chrome-win/chrome.exe',
]

/** The path of an executable Chromium, or undefined. Never installs anything. */
export function findChromium(): string | undefined {
  const chosen = process.env.WHEELHOUSE_CHROMIUM
  if (chosen !== undefined && chosen !== '') {
    if (!isExecutable(chosen)) throw new Error(`WHEELHOUSE_CHROMIUM names no executable: ${chosen}`)
    return chosen
  }
  const onPath = foldersOnPath().flatMap((folder) => namesOnPath.map((name) => join(folder, name)))
  return [...onPath, ...fixedPaths, ...playwrightCache()].find(isExecutable)
}

function playwrightCache(): string[] {
  const roots = [
    process.env.PLAYWRIGHT_BROWSERS_PATH ?? '',
    join(homedir(), '.cache/ms-playwright'),
    join(homedir(), 'Library/Caches/ms-playwright'),
    join(homedir(), 'AppData/Local/ms-playwright'),
  ].filter((root) => existsSync(root))
  return roots.flatMap((root) =>
    readdirSync(root)
      .filter((folder) => /^chromium-\d+$/.test(folder))
      .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
      .flatMap((folder) => pathsInPlaywrightCache.map((path) => join(root, folder, path))),
  )
}

/** Finds Chromium, else installs it by Playwright, else (root on Debian) by apt. Undefined: could not be had. */
export function ensureChromium(say: (line: string) => void): string | undefined {
  const found = findChromium()
  if (found !== undefined) {
    say(`Chromium: found ${found}`)
    return found
  }
  for (const { why, commands } of waysToInstall()) {
    say(`Chromium: none found; ${why}`)
    for (const [command = '', ...args] of commands) {
      say(`  $ ${command} ${args.join(' ')}`)
      // Their output goes to stderr: stdout carries the path alone.
      const { status } = spawnSync(command, args, {
        stdio: ['ignore', 2, 2],
        shell: process.platform === 'win32',
      })
      if (status !== 0) break
    }
    const installed = findChromium()
    if (installed !== undefined) {
      say(`Chromium: installed ${installed}`)
      return installed
    }
  }
  say('Chromium: could not be installed; set WHEELHOUSE_CHROMIUM to the path of one')
  return undefined
}

function waysToInstall(): { why: string; commands: string[][] }[] {
  const apt = [
    ['apt-get', 'update'],
    ['apt-get', 'install', '-y', '--no-install-recommends', 'chromium'],
  ]
  const hasApt = canUseApt()
  const playwright = {
    why: "downloading Playwright's",
    commands: [
      ['npx', 'playwright', 'install', 'chromium'],
      // The download alone lacks the shared libraries of a bare Debian.
      ...(hasApt ? [['npx', 'playwright', 'install-deps', 'chromium']] : []),
    ],
  }
  return hasApt ? [playwright, { why: "installing the system's with apt", commands: apt }] : [playwright]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = ensureChromium((line) => {
    process.stderr.write(`${line}\n`)
  })
  if (path === undefined) process.exitCode = 1
  else process.stdout.write(`${path}\n`)
}
