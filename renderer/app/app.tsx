import { MantineProvider } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { QueryClientProvider } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useAppearance } from '../state/appearance.ts'
import { listenToMain } from '../state/live.ts'
import { queryClient } from '../state/query-client.ts'
import { cssVariables, theme } from '../styles/theme.ts'
import { ErrorBoundary } from './error-boundary.tsx'
import { LockGate } from './lock-gate.tsx'

function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''
}

/** The whole window. */
export function App() {
  const chosen = useAppearance((appearance) => appearance.theme)
  const systemIsDark = useMediaQuery('(prefers-color-scheme: dark)', undefined, {
    getInitialValueInEffect: false,
  })
  const scheme = chosen === 'system' ? (systemIsDark ? 'dark' : 'light') : chosen
  useEffect(listenToMain, [])
  return (
    <MantineProvider
      theme={theme}
      forceColorScheme={scheme}
      cssVariablesResolver={cssVariables}
      getStyleNonce={styleNonce}
    >
      <QueryClientProvider client={queryClient}>
        <ErrorBoundary>
          <LockGate />
        </ErrorBoundary>
      </QueryClientProvider>
    </MantineProvider>
  )
}
