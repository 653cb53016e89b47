/** Compresses the built page once, as well as can be, so that the gateway need not do it for every browser. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../dist/app')
/** Below this it fits into one packet anyway. */
const WORTHWHILE_BYTES = 1024

const sum = { files: 0, plain: 0, brotli: 0 }
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(js|css|svg|html)$/.test(entry.name)) continue
  const file = path.join(entry.parentPath, entry.name)
  const plain = readFileSync(file)
  if (plain.length < WORTHWHILE_BYTES) continue
  const brotli = brotliCompressSync(plain, {
    params: {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  })
  writeFileSync(`${file}.br`, brotli)
  writeFileSync(`${file}.gz`, gzipSync(plain, { level: 9 }))
  sum.files += 1
  sum.plain += plain.length
  sum.brotli += brotli.length
}
const kB = (bytes: number) => `${(bytes / 1000).toFixed(0)} kB`
process.stdout.write(
  `dist/app  ${String(sum.files)} files compressed, ${kB(sum.plain)} as ${kB(sum.brotli)}\n`,
)
