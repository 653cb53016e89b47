/**
 * How many single letters must be added, removed, changed or swapped with their neighbour to make one word of another
 * (optimal string alignment); counts no further than `most` + 1.
 */
export function editDistance(from: string, to: string, most: number): number {
  const [a, b] = [Array.from(from), Array.from(to)]
  if (Math.abs(a.length - b.length) > most) return most + 1
  let older: number[] = []
  let old = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    let least = row
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1]
      let cost = Math.min(
        (old[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (old[column - 1] ?? 0) + (isSame ? 0 : 1),
      )
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        cost = Math.min(cost, (older[column - 2] ?? 0) + 1)
      current.push(cost)
      least = Math.min(least, cost)
    }
    if (least > most) return most + 1
    older = old
    old = current
  }
  return Math.min(old[b.length] ?? 0, most + 1)
}
