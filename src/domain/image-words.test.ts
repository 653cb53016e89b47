import { expect, test } from 'vitest'
import { shortImage } from './image-words'

test('an image is named without its registry and with the beginning of its digest', () => {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
  expect(shortImage(`registry.example/app/api:2.4.0@${digest}`)).toBe('app/api:2.4.0@0123456')
  expect(shortImage(`registry.example/app/api:2.4.0@${digest} (Running)`)).toBe(
    'app/api:2.4.0@0123456 (Running)',
  )
  expect(shortImage('api:2.4.0')).toBe('api:2.4.0')
  expect(shortImage('app/api')).toBe('app/api')
})
