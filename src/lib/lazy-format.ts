/**
 * Formatters of the browser, each made when it is first used: making one takes longer than drawing a row, and the first
 * page needs few of them.
 */
export function lazyDateFormat(options: Intl.DateTimeFormatOptions): {
  format: (at: Date | number) => string
} {
  let made: Intl.DateTimeFormat | undefined
  return { format: (at) => (made ??= new Intl.DateTimeFormat('en-GB', options)).format(at) }
}

/** The same for numbers. */
export function lazyNumberFormat(options: Intl.NumberFormatOptions): { format: (value: number) => string } {
  let made: Intl.NumberFormat | undefined
  return { format: (value) => (made ??= new Intl.NumberFormat('en', options)).format(value) }
}
