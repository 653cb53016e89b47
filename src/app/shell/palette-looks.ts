/** The palette looks the same before and after its code is here. */
export const PALETTE_HINT = 'Name, tag, IP, MAC, serial, fleet, release, page…'
export const paletteField =
  'placeholder:text-ink-muted h-12 min-w-0 flex-1 bg-transparent px-4 text-base outline-none'
export const paletteBody = 'h-[min(26rem,60dvh)] p-1.5'
