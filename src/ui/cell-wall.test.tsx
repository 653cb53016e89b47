import { useState } from 'react'
import { expect, test, vi } from 'vitest'
import { userEvent } from 'vitest/browser'
import { expectAccessible } from '@/testing/accessibility'
import { renderPage } from '@/testing/render-page'
import { CellWall } from './cell-wall'
import type { CellLook } from './cell-wall-cell'

const lookOf = (code: number): CellLook => ({
  fill: code === 1 ? '--fill-critical' : '--fill-ok',
  level: 1,
  sign: null,
  isLit: true,
})

const wall = (count: number, onOpen = vi.fn()) => (
  <div style={{ width: 240 }}>
    <CellWall
      label="Fleet wall"
      count={count}
      version={1}
      codeOf={(index) => (index === 0 ? 1 : 0)}
      lookOf={lookOf}
      textOf={(index) => `device ${index}`}
      onOpen={onOpen}
    />
  </div>
)

test('arrow keys move from cell to cell and Enter opens the one in words', async () => {
  const onOpen = vi.fn()
  const screen = await renderPage(wall(30, onOpen))
  const list = screen.getByRole('listbox', { name: /Fleet wall/ })
  await userEvent.tab()
  expect(document.activeElement).toBe(list.element())
  await userEvent.keyboard('{ArrowRight}{ArrowRight}{ArrowDown}')
  await expect.element(screen.getByRole('option')).toHaveTextContent('device 11')
  expect(list.element().getAttribute('aria-activedescendant')).toBe(screen.getByRole('option').element().id)
  await userEvent.keyboard('{Enter}')
  expect(onOpen).toHaveBeenCalledExactlyOnceWith(11)
  await expectAccessible()
})

test('pointing tells the cell without moving anything, a click opens it', async () => {
  const onOpen = vi.fn()
  const screen = await renderPage(
    <>
      {wall(30, onOpen)}
      <p>below</p>
    </>,
  )
  const canvas = document.querySelector('canvas')!
  await vi.waitFor(() => expect(canvas.width).toBeGreaterThan(0))
  const before = screen.getByText('below').element().getBoundingClientRect().top
  await userEvent.hover(canvas, { position: { x: 30, y: 5 } })
  await expect.element(screen.getByRole('option')).toHaveTextContent('device 1')
  expect(screen.getByText('below').element().getBoundingClientRect().top).toBe(before)
  await userEvent.click(canvas, { position: { x: 30, y: 5 } })
  expect(onOpen).toHaveBeenCalledExactlyOnceWith(1)
})

test('a finger first looks and opens with a second tap', async () => {
  const onOpen = vi.fn()
  const screen = await renderPage(wall(30, onOpen))
  const canvas = document.querySelector('canvas')!
  const bounds = canvas.getBoundingClientRect()
  const tap = () => {
    const at = { clientX: bounds.left + 55, clientY: bounds.top + 5, bubbles: true }
    canvas.dispatchEvent(new PointerEvent('pointerdown', { ...at, pointerType: 'touch' }))
    canvas.dispatchEvent(new PointerEvent('pointerleave', { ...at, pointerType: 'touch' }))
    canvas.dispatchEvent(new MouseEvent('click', at))
  }
  tap()
  await expect.element(screen.getByRole('option')).toHaveTextContent('device 2')
  expect(onOpen).not.toHaveBeenCalled()
  tap()
  expect(onOpen).toHaveBeenCalledExactlyOnceWith(2)
})

test('cells are drawn in the colours of the theme', async () => {
  await renderPage(wall(2))
  const canvas = document.querySelector('canvas')!
  const colourAt = (x: number) => {
    const [red, green] = canvas.getContext('2d')!.getImageData(x * devicePixelRatio, 5, 1, 1).data
    return (red ?? 0) > (green ?? 0) ? 'red' : 'green'
  }
  await vi.waitFor(() => {
    expect(colourAt(5)).toBe('red')
    expect(colourAt(30)).toBe('green')
  })
})

test('a change redraws only the cells that look different', async () => {
  const draw = (version: number, code: number) => (
    <div style={{ width: 240 }}>
      <CellWall
        label="Wall"
        count={30}
        version={version}
        codeOf={(index) => (index === 3 ? code : 0)}
        lookOf={lookOf}
        textOf={() => ''}
        onOpen={vi.fn()}
      />
    </div>
  )
  const screen = await renderPage(<Versions draw={draw} />)
  const canvas = document.querySelector('canvas')!
  await vi.waitFor(() => expect(canvas.width).toBeGreaterThan(0))
  const pixel = () => canvas.getContext('2d')!.getImageData(80 * devicePixelRatio, 5, 1, 1).data[0] ?? 0
  await vi.waitFor(() => expect(pixel()).toBeGreaterThan(0))
  const before = pixel()
  const cleared = vi.spyOn(CanvasRenderingContext2D.prototype, 'clearRect')
  await screen.getByRole('button', { name: 'Change' }).click()
  await vi.waitFor(() => expect(pixel()).not.toBe(before))
  expect(cleared).toHaveBeenCalledTimes(1)
  cleared.mockRestore()
})

function Versions({ draw }: { draw: (version: number, code: number) => React.ReactNode }) {
  const [version, setVersion] = useState(1)
  return (
    <>
      <button type="button" onClick={() => setVersion(2)}>
        Change
      </button>
      {draw(version, version === 1 ? 0 : 1)}
    </>
  )
}
