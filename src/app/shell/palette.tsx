import { useState } from 'react'
import { createPart, usePart, type Part } from '@/lib/part'
import { Modal } from '@/ui/modal'
import { LoadingState } from '@/ui/states'
import type { CommandPalette } from './command-palette'
import { PALETTE_HINT, paletteBody, paletteField } from './palette-looks'
import { PaletteMissing } from './palette-missing'

type PaletteCode = { CommandPalette: typeof CommandPalette }
export const palettePart: Part<PaletteCode> = createPart(() => import('./command-palette'))

/**
 * Ctrl/Cmd-K. It opens at once and takes what is typed; what searches may still be on its way. Mounted means open.
 */
export function Palette({ onClose, part = palettePart }: { onClose: () => void; part?: Part<PaletteCode> }) {
  const [text, setText] = useState('')
  const [isGone, setGone] = useState(false)
  const code = usePart(part, true, () => setGone(true))
  if (isGone) return <PaletteMissing onClose={onClose} />
  return (
    <Modal
      name={{ label: 'Find anything' }}
      onClose={onClose}
      className="mx-auto mt-[10dvh] mb-auto w-[calc(100vw-2rem)] max-w-xl rounded-xl border"
    >
      {code ? (
        <code.CommandPalette text={text} onText={setText} onClose={onClose} />
      ) : (
        <>
          <div className="border-line flex border-b">
            <input
              aria-label="Find anything"
              value={text}
              onChange={(event) => setText(event.target.value)}
              placeholder={PALETTE_HINT}
              className={paletteField}
            />
          </div>
          <div className={paletteBody}>
            <LoadingState what="the search" />
          </div>
        </>
      )}
    </Modal>
  )
}
