import type { DeviceColumns } from './device-columns.ts'
import { keysOf, type Order } from './device-page.ts'

/**
 * Which of these slots stands at a place, from 0, of an order; undefined: there are fewer. Parts the slots around one of them
 * again and again and goes on with the part the place lies in, so that it looks at each a few times however far down it is.
 */
export function slotAtPlace(
  columns: DeviceColumns,
  slots: Int32Array,
  order: Order,
  place: number,
): number | undefined {
  const sign = order.direction === 'asc' ? 1 : -1
  const keys = keysOf(columns, slots, order.sort)
  const ranks = columns.order.ranks()
  const difference = (a: number, b: number) =>
    sign * ((keys[a] ?? 0) - (keys[b] ?? 0) || (ranks[a] ?? 0) - (ranks[b] ?? 0))
  const parted = Int32Array.from(slots)
  const at = (index: number) => parted[index] ?? 0
  let first = 0
  let last = parted.length - 1
  while (first < last) {
    const middle = at((first + last) >>> 1)
    let low = first
    let high = last
    while (low <= high) {
      while (difference(at(low), middle) < 0) low++
      while (difference(at(high), middle) > 0) high--
      if (low > high) break
      const held = at(low)
      parted[low++] = at(high)
      parted[high--] = held
    }
    if (place <= high) last = high
    else if (place >= low) first = low
    else break
  }
  return parted[place]
}
