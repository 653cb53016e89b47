import { StringDecoder } from 'node:string_decoder'

/** Far above the longest message a supervisor sends (10,000 characters, at most six bytes each as JSON). */
const MAX_LINE_LENGTH = 80_000

/** Cuts a stream of bytes into lines with bounded memory: what runs longer than any honest line is left out. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''
  #isSkipping = false

  push(chunk: Buffer): string[] {
    const pieces = this.#decoder.write(chunk).split('\n')
    const lines: string[] = []
    pieces.forEach((piece, index) => {
      const isLast = index === pieces.length - 1
      if (!this.#isSkipping) this.#rest += piece
      if (this.#rest.length > MAX_LINE_LENGTH) {
        this.#isSkipping = true
        this.#rest = ''
      }
      if (isLast) return
      if (!this.#isSkipping) lines.push(this.#rest)
      this.#rest = ''
      this.#isSkipping = false
    })
    return lines
  }

  /** What stood after the last newline. */
  end(): string[] {
    const rest = this.#rest + this.#decoder.end()
    this.#rest = ''
    return this.#isSkipping || rest === '' ? [] : [rest]
  }
}
