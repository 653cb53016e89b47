import { isAlias, isMap, isPair, isScalar, isSeq, Pair, YAMLMap, YAMLSeq, type Document } from 'yaml'

const MAX_NODES = 20_000
const MAX_DEPTH = 60

class TooLarge extends Error {}

const isMergeKey = (key: unknown) => isScalar(key) && key.value === '<<'
const keyOf = (key: unknown) => (isScalar(key) ? String(key.value) : '')

/**
 * The document with aliases and merge keys (`<<: *defaults`) written out, so that the checks see what a device would run;
 * nodes keep their place in the text. A file that grows beyond all measure this way, or refers to itself, is `too-large`.
 */
export function expandAliases(document: Document): unknown {
  let nodes = 0
  const expand = (node: unknown, depth: number): unknown => {
    nodes++
    if (nodes > MAX_NODES || depth > MAX_DEPTH) throw new TooLarge()
    if (isAlias(node)) return expand(node.resolve(document), depth + 1)
    if (isSeq(node)) {
      const list = new YAMLSeq()
      list.range = node.range ?? null
      list.items = node.items.map((item) => expand(item, depth + 1))
      return list
    }
    if (!isMap(node)) return node
    const map = new YAMLMap()
    map.range = node.range ?? null
    const own = node.items.filter((pair) => isPair(pair) && !isMergeKey(pair.key))
    map.items = own.map((pair) => new Pair(pair.key, expand(pair.value, depth + 1)))
    const has = new Set(own.map((pair) => keyOf(pair.key)))
    for (const pair of node.items) {
      if (!isMergeKey(pair.key)) continue
      const value = expand(pair.value, depth + 1)
      // The map's own keys win, then those of the source named first.
      for (const source of isSeq(value) ? value.items : [value]) {
        if (!isMap(source)) continue
        for (const merged of source.items) {
          if (has.has(keyOf(merged.key))) continue
          has.add(keyOf(merged.key))
          map.items.push(merged)
        }
      }
    }
    return map
  }
  try {
    return expand(document.contents, 0)
  } catch (error) {
    if (error instanceof TooLarge) return 'too-large' as const
    throw error
  }
}
