import { QueryClientProvider } from '@tanstack/react-query'
import { act, cleanup } from '@testing-library/react'
import { createElement, type ReactNode } from 'react'
import { vi } from 'vitest'
import { resetPageStores } from '../../renderer/state/page-store.ts'
import { queryClient } from '../../renderer/state/query-client.ts'

/** What a hook of the window is rendered within. */
export const within = {
  wrapper: ({ children }: { readonly children: ReactNode }) =>
    createElement(QueryClientProvider, { client: queryClient }, children),
}

/** Main with these parts behind the page. */
export function behind(parts: Readonly<Record<string, unknown>>): void {
  vi.stubGlobal('curfew', parts)
}

/** Lets answers arrive, and this much virtual time go by. */
export const later = (milliseconds = 0) => act(() => vi.advanceTimersByTimeAsync(milliseconds))

/** As the page was before the test. */
export function leavePage(): void {
  cleanup()
  queryClient.clear()
  resetPageStores()
  vi.unstubAllGlobals()
  vi.useRealTimers()
}
