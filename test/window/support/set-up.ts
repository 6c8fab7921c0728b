import { cleanup, configure } from '@testing-library/react'
import { afterEach, beforeEach, vi } from 'vitest'

// What is waited for comes; a busy machine only takes longer.
configure({ asyncUtilTimeout: 15_000 })

/**
 * What jsdom lacks of a browser: media queries, sizes, fonts and scrolling. Everything has one size, so that lists of which only
 * the part in view is drawn draw something.
 */
beforeEach(() => {
  vi.stubGlobal('matchMedia', (query: string) => ({
    matches: false,
    media: query,
    addEventListener: () => {},
    removeEventListener: () => {},
    addListener: () => {},
    removeListener: () => {},
  }))
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  )
  const size = { x: 0, y: 0, left: 0, top: 0, width: 900, height: 600, right: 900, bottom: 600 }
  vi.spyOn(Element.prototype, 'getBoundingClientRect').mockReturnValue({ ...size, toJSON: () => size })
  vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(size.width)
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(size.height)
  Element.prototype.scrollIntoView = () => {}
  Element.prototype.scrollTo = () => {}
  Object.defineProperty(document, 'fonts', { configurable: true, value: new EventTarget() })
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})
