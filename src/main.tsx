import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './main.css'
import { App } from './app/app'
import { askEarly } from './app/early-data'
import { queryClient, startLastKnown } from './app/query-client'
import { router } from './app/router'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root to draw into')
/** The first data are on screen by then; where they are not, nobody answers. */
const KEEP_AFTER_MS = 5000

setTimeout(startLastKnown, KEEP_AFTER_MS)
void askEarly(queryClient, router).then(() =>
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  ),
)
