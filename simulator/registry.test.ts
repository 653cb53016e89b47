import { describe, expect, it } from 'vitest'
import { deltaBytes, manifestOf, withDigest } from './registry.ts'

const digests = (reference: string) => manifestOf(reference).layers.map((layer) => layer.digest)
const shared = (a: string, b: string) => digests(a).filter((digest) => digests(b).includes(digest)).length

describe('the registry', () => {
  it('gives the same image the same layers, with or without its digest', () => {
    const plain = 'registry.example/kiosks/web-ui:2.4.0'
    expect(manifestOf(withDigest(plain))).toEqual(manifestOf(plain))
    expect(withDigest(plain)).toMatch(/^registry\.example\/kiosks\/web-ui:2\.4\.0@sha256:[0-9a-f]{64}$/)
  })

  it('does not take the port of a registry for a tag', () => {
    expect(digests('registry.example:5000/app')).toEqual(digests('registry.example:5000/app:latest'))
  })

  it('shares the more layers the nearer two versions are', () => {
    const image = 'registry.example/app'
    const patch = shared(`${image}:1.2.0`, `${image}:1.2.1`)
    const minor = shared(`${image}:1.2.0`, `${image}:1.3.0`)
    const major = shared(`${image}:1.2.0`, `${image}:2.0.0`)
    expect(patch).toBeGreaterThan(minor)
    expect(minor).toBeGreaterThan(major)
    expect(major).toBeGreaterThan(0)
  })

  it('sums its layers and makes a delta of a layer far smaller than the layer', () => {
    const manifest = manifestOf('registry.example/app:1.2.3')
    expect(manifest.sizeBytes).toBe(manifest.layers.reduce((sum, layer) => sum + layer.sizeBytes, 0))
    for (const layer of manifest.layers) {
      expect(deltaBytes(layer)).toBeGreaterThan(0)
      expect(deltaBytes(layer)).toBeLessThanOrEqual(Math.ceil(layer.sizeBytes * 0.18))
    }
  })
})
