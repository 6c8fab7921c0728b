// @vitest-environment jsdom
import { act, cleanup, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Policy } from '../../../../../domain/policy.ts'
import { fail, succeed } from '../../../../../domain/problem.ts'
import { defaultPolicy, servedFields } from '../../../../../domain/service-policy.ts'
import { edit, usePolicyEditor } from '../../../../../renderer/screens/security/policy-editor.ts'
import { formOf } from '../../../../../renderer/screens/security/policy-form.ts'
import {
  askPolicyPreview,
  usePolicy,
  usePolicyPreview,
} from '../../../../../renderer/screens/security/use-policy.ts'
import { problemOf } from '../../../../../renderer/state/calls.ts'
import { keys } from '../../../../../renderer/state/keys.ts'
import { queryClient } from '../../../../../renderer/state/query-client.ts'
import { behind, later, leavePage, within } from '../../../../support/hooks.ts'
import { readingOf } from '../../../../support/policies.ts'

const instance = '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11'
const other = '1b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11'
const problem = { code: 'unreachable', message: 'Nobody there.' } as const
const lost = fail(problem)

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(leavePage)

describe('the policy of an instance', () => {
  const reading = readingOf(servedFields(defaultPolicy))

  test('is read once for everybody who shows it, and only where it may be', async () => {
    const read = vi.fn(async () => succeed(reading))
    behind({ policy: { read } })
    renderHook(() => usePolicy(instance, false), within)
    await later()
    expect(read.mock.calls).toEqual([])
    const { result } = renderHook(() => usePolicy(instance, true), within)
    renderHook(() => usePolicy(instance, true), within)
    await later()
    expect(read.mock.calls).toEqual([[{ instance }]])
    expect(result.current.data).toEqual(reading)
    expect(queryClient.getQueryData(keys.policy(instance))).toEqual(reading)
  })

  test('is untouched at first, and each instance has its own form', () => {
    const { result } = renderHook(() => [instance, other].map(usePolicyEditor))
    expect(result.current).toEqual([{ saving: false }, { saving: false }])
    const draft = { form: formOf(reading), basis: reading }
    act(() => edit(instance, draft))
    expect(result.current).toEqual([{ saving: false, draft }, { saving: false }])
  })

  test('fails with the problem that main has told', async () => {
    behind({ policy: { read: async () => lost } })
    const { result } = renderHook(() => usePolicy(instance, true), within)
    await later()
    expect(problemOf(result.current.error)).toEqual(problem)
  })
})

describe('B1: the preview of a change', () => {
  const preview = {
    endsSessions: 1,
    endsUsers: 1,
    endsYours: false,
    byKind: { web: 1, token: 0, kubernetes: 0 },
  }
  const length = (seconds: number): Policy => ({ inactivity: { on: true, seconds } })

  test('is asked for once the typing pauses, about what was typed last; until then there is none', async () => {
    const ask = vi.fn(async (_: unknown) => succeed(preview))
    behind({ policy: { preview: ask } })
    const { result, rerender } = renderHook(({ change }) => usePolicyPreview(instance, '"1"', change, true), {
      ...within,
      initialProps: { change: length(60) },
    })
    await later()
    expect(result.current).toMatchObject({ data: preview, isFetching: false })
    for (const seconds of [61, 62, 63]) {
      rerender({ change: length(seconds) })
      expect(result.current).toMatchObject({ data: undefined, error: null, isFetching: true })
      await later(249)
    }
    expect(ask).toHaveBeenCalledTimes(1)
    await later(1)
    await later()
    expect(ask.mock.calls.at(-1)).toEqual([{ instance, basis: '"1"', change: length(63) }])
    expect(ask).toHaveBeenCalledTimes(2)
    expect(result.current).toMatchObject({ data: preview, isFetching: false })
  })

  test('that failed is not said of what has been typed since', async () => {
    behind({ policy: { preview: async () => lost } })
    const { result, rerender } = renderHook(({ change }) => usePolicyPreview(instance, '"1"', change, true), {
      ...within,
      initialProps: { change: length(60) },
    })
    await later()
    expect(problemOf(result.current.error)).toEqual(problem)
    rerender({ change: length(61) })
    expect(result.current).toMatchObject({ data: undefined, error: null, isFetching: true })
  })

  test('is asked for anew whenever it is shown again: sessions come and go', async () => {
    const ask = vi.fn(async () => succeed(preview))
    behind({ policy: { preview: ask } })
    const show = () => renderHook(() => usePolicyPreview(instance, '"1"', length(60), true), within)
    const first = show()
    await later()
    show()
    await later()
    expect(ask).toHaveBeenCalledTimes(2)
    cleanup()
    first.unmount()
    await later()
    expect(queryClient.getQueryCache().getAll()).toEqual([])
  })

  test('is not asked for where nothing can be saved', async () => {
    const ask = vi.fn(async () => succeed(preview))
    behind({ policy: { preview: ask } })
    renderHook(() => usePolicyPreview(instance, '"1"', length(60), false), within)
    await later(1_000)
    expect(ask).not.toHaveBeenCalled()
  })

  test('is not asked for of what was there before, when something to save is typed', async () => {
    const ask = vi.fn(async (_: unknown) => succeed(preview))
    behind({ policy: { preview: ask } })
    const { rerender } = renderHook(({ change, ready }) => usePolicyPreview(instance, '"1"', change, ready), {
      ...within,
      initialProps: { change: {} as Policy, ready: false },
    })
    await later()
    rerender({ change: length(60), ready: true })
    await later(250)
    await later()
    expect(ask.mock.calls).toEqual([[{ instance, basis: '"1"', change: length(60) }]])
  })

  test('is asked for at once where the typing can’t be waited for; a server that does not answer says nothing', async () => {
    const ask = vi.fn(async (_: unknown) => succeed(preview))
    behind({ policy: { preview: ask } })
    expect(await askPolicyPreview(instance, '"1"', length(60))).toEqual(preview)
    expect(ask.mock.calls).toEqual([[{ instance, basis: '"1"', change: length(60) }]])
    behind({ policy: { preview: async () => lost } })
    expect(await askPolicyPreview(instance, '"1"', length(60))).toBeUndefined()
  })
})
