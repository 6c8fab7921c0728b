// @vitest-environment jsdom
import { cleanup, fireEvent, renderHook } from '@testing-library/react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { useEscape } from '../../../../renderer/components/use-escape.ts'

describe('Esc closes the pane', () => {
  /** Shows something in the page, and takes it away again at the end. */
  function show(html: string): HTMLElement {
    document.body.innerHTML = html
    const first = document.body.firstElementChild
    if (!(first instanceof HTMLElement)) throw new Error('Nothing is shown.')
    return first
  }
  afterEach(() => {
    cleanup()
    document.body.innerHTML = ''
  })
  function pressed(key: string, at: Element | Window = window) {
    const onEscape = vi.fn()
    const { unmount } = renderHook(() => useEscape(onEscape))
    fireEvent.keyDown(at, { key })
    unmount()
    fireEvent.keyDown(at, { key })
    return onEscape.mock.calls.length
  }

  test('wherever the focus is, once, and no longer when the pane is gone; no other key does', () => {
    expect(pressed('Escape')).toBe(1)
    expect(pressed('Escape', show('<input type="text">'))).toBe(1)
    expect(pressed('Escape', show('<button type="button">Revoke</button>'))).toBe(1)
    expect(pressed('Enter')).toBe(0)
  })

  test('also where what has the focus keeps the key from going further', () => {
    const button = show('<button type="button">Revoke</button>')
    button.addEventListener('keydown', (event) => event.stopPropagation())
    expect(pressed('Escape', button)).toBe(1)
  })

  test.each(['<div role="dialog"></div>', '<div role="menu"></div>', '<input type="search">'])(
    'but not while %s wants it',
    (html) => {
      expect(pressed('Escape', show(html))).toBe(0)
    },
  )

  test('does what the pane wants by then, without listening anew', () => {
    const [first, second] = [vi.fn(), vi.fn()]
    const listen = vi.spyOn(window, 'addEventListener')
    const { rerender } = renderHook(({ onEscape }) => useEscape(onEscape), {
      initialProps: { onEscape: first },
    })
    const times = () => listen.mock.calls.filter(([type]) => type === 'keydown').length
    expect(times()).toBe(1)
    rerender({ onEscape: second })
    expect(times()).toBe(1)
    fireEvent.keyDown(window, { key: 'Escape' })
    expect([first, second].map(({ mock }) => mock.calls.length)).toEqual([0, 1])
    listen.mockRestore()
  })
})
