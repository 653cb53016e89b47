import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './main.css'
import { App } from './app/app'
import { askEarly } from './app/early-data'
import { queryClient } from './app/query-client'
import { router } from './app/router'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root to draw into')
void askEarly(queryClient, router).then(() =>
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  ),
)
