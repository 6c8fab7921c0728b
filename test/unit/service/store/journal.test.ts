import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { News } from '../../../../domain/news.ts'
import type { Database, Write } from '../../../../service/database/database.ts'
import { createJournal, type NumberedEvent, tagOf, theService } from '../../../../service/store/journal.ts'
import { newSeal, openWorld, start } from './world.ts'

const changed = (userId: string): News => ({ type: 'user-changed', data: { userId, change: 'changed' } })
const seqs = (events: readonly NumberedEvent[] | undefined) => events?.map(({ seq }) => seq)

describe('A change', () => {
  test('is stored with its record and its events, which are told once all of it is true', async () => {
    const { journal, database, heard, audit, addUser } = await openWorld()
    const user = await addUser('anna')
    let heardWithin = -1
    const outcome = await journal.write(async (transaction, record) => {
      await transaction.updateTable('users').set({ email: 'a@example.org' }).execute()
      record.event(changed('one'))
      record.event(changed('two'))
      record.audit({ actor: theService, action: 'user.change', target: 'test' })
      heardWithin = heard.length
      return 'outcome'
    })
    expect(outcome).toBe('outcome')
    expect(heardWithin).toBe(0)
    expect(heard).toEqual([
      { seq: 1, at: start, event: changed('one') },
      { seq: 2, at: start, event: changed('two') },
    ])
    expect(await journal.since(0, 10)).toEqual(heard)
    expect((await audit()).map(({ action }) => action)).toEqual(['user.change'])
    const stored = await database.read.selectFrom('users').select('email').where('id', '=', user.id).execute()
    expect(stored).toEqual([{ email: 'a@example.org' }])
  })

  test('that fails leaves nothing, neither of itself nor of what it wanted to tell', async () => {
    const { journal, heard, audit, seal, users } = await openWorld()
    const failing = journal.write(async (transaction, record) => {
      await users.add(transaction, {
        username: 'anna',
        displayName: '',
        email: '',
        role: 'member',
        permissions: [],
        password: '',
      })
      record.event(changed('one'))
      record.audit({ actor: theService, action: 'user.add', target: 'test' })
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect([heard, await audit(), await users.isEmpty(), seal.known(), await journal.lastSeq()]).toEqual([
      [],
      [],
      true,
      undefined,
      0,
    ])
  })

  test('that tells nothing writes no record and no event', async () => {
    const { journal, heard, audit, database } = await openWorld()
    expect(await journal.write(async () => 5)).toBe(5)
    expect([heard, await audit()]).toEqual([[], []])
    expect(await database.read.selectFrom('audit_anchors').selectAll().execute()).toEqual([])
  })

  test('that the database runs again is told as it was the last time, and only that', async () => {
    let runs = 0
    const { journal, heard, audit } = await openWorld({
      change: (database) => ({
        ...database,
        write: async (work, durability) => {
          const lost = new Error('another replica was in the way')
          for (; runs < 2; runs++)
            await database
              .write(async (transaction) => {
                await work(transaction)
                throw lost
              }, durability)
              .catch((error: unknown) => {
                if (error !== lost) throw error
              })
          return await database.write(work, durability)
        },
      }),
    })
    let times = 0
    await journal.write(async (_, record) => {
      times++
      if (times === 3) return
      record.event(changed(`time ${times}`))
      record.audit({ actor: theService, action: `time ${times}`, target: 'test' })
    })
    expect([times, heard, await audit()]).toEqual([3, [], []])
    runs = 0
    times = 0
    await journal.write(async (_, record) => {
      times++
      record.event(changed(`time ${times}`))
      record.audit({ actor: theService, action: `time ${times}`, target: 'test' })
    })
    expect(heard.map(({ event }) => event)).toEqual([changed('time 3')])
    expect((await audit()).map(({ action }) => action)).toEqual(['time 3'])
  })

  test('that may be lost with the power has a head that is remembered, and not written outside', async () => {
    const { journal, seal, kept } = await openWorld()
    const note = async (durability?: 'hasty' | 'lasting') =>
      await journal.write(
        async (_, { audit }) => audit({ actor: theService, action: 'test', target: 'test' }),
        durability,
      )
    await note('hasty')
    await seal.settled()
    expect([seal.known()?.seq, kept]).toEqual([1, []])
    await note('lasting')
    await seal.settled()
    await note()
    await seal.settled()
    expect(kept.map(({ seq }) => seq)).toEqual([2, 3])
  })
})

test('Whoever no longer listens hears nothing, nor does anybody after the end', async () => {
  const { journal } = await openWorld()
  const [one, other]: [number[], number[]] = [[], []]
  const stop = journal.subscribe(({ seq }) => one.push(seq))
  journal.subscribe(({ seq }) => other.push(seq))
  await journal.write(async (_, { event }) => event(changed('1')))
  stop()
  await journal.write(async (_, { event }) => event(changed('2')))
  await journal.close()
  await journal.write(async (_, { event }) => event(changed('3')))
  expect([one, other]).toEqual([[1], [1, 2]])
})

test('Closing waits until the last head is written outside', async () => {
  const { journal, note, kept } = await openWorld()
  await note('one')
  await journal.close()
  expect(kept.map(({ seq }) => seq)).toEqual([1])
})

test('Events are read from a number on, oldest first, until some that are asked for are gone', async () => {
  const { journal } = await openWorld()
  expect([await journal.lastSeq(), await journal.since(0, 10), await journal.since(1, 10)]).toEqual([
    0,
    [],
    undefined,
  ])
  await journal.write(async (_, { event }) => {
    for (let index = 1; index <= 10; index++) event(changed(`${index}`))
  })
  expect(await journal.lastSeq()).toBe(10)
  expect(seqs(await journal.since(0, 3))).toEqual([1, 2, 3])
  expect(seqs(await journal.since(7, 10))).toEqual([8, 9, 10])
  expect(seqs(await journal.since(10, 10))).toEqual([])
  expect(await journal.since(11, 10)).toBeUndefined()
  await journal.prune(4)
  expect(seqs(await journal.since(6, 10))).toEqual([7, 8, 9, 10])
  expect(seqs(await journal.since(7, 10))).toEqual([8, 9, 10])
  expect(await journal.since(5, 10)).toBeUndefined()
  await journal.prune(4)
  expect(seqs(await journal.since(6, 10))).toHaveLength(4)
})

test('Old events are forgotten five hundred at a time, the oldest first', async () => {
  const { journal } = await openWorld()
  await journal.write(async (_, { event }) => {
    for (let index = 1; index <= 1_210; index++) event(changed(`${index}`))
  })
  for (const [gone, left] of [
    [500, 710],
    [1_000, 210],
    [1_200, 10],
    [1_200, 10],
  ] as const) {
    await journal.prune(10)
    expect(seqs(await journal.since(gone, 2_000))).toHaveLength(left)
    expect(await journal.since(gone - 1, 2_000)).toBeUndefined()
  }
})

test('A revision as HTTP has it is in quotes, and the service goes by its name', () => {
  expect(tagOf('7')).toBe('"7"')
  expect(theService).toEqual({ id: null, name: 'service', address: '' })
})

describe('Where there are replicas', () => {
  /** A database of which another replica could write too, and tells when it does. */
  async function openReplica({ listening = Promise.resolve() as Promise<unknown> } = {}) {
    const listeners = new Set<() => void>()
    const announced: number[] = []
    let writing = 0
    let mostWriting = 0
    const world = await openWorld()
    const { database } = world
    const shared: Database = {
      ...database,
      write: async (work, durability) => {
        mostWriting = Math.max(mostWriting, ++writing)
        try {
          await setImmediate()
          return await database.write(work, durability)
        } finally {
          writing--
        }
      },
      replicas: {
        announce: async (transaction: Write) => {
          const rows = await transaction.selectFrom('events').select('seq').execute()
          announced.push(rows.length)
        },
        listen: async (onAnnouncement) => {
          await listening
          listeners.add(onAnnouncement)
          return async () => {
            listeners.delete(onAnnouncement)
          }
        },
        connectionsMade: () => 1,
      },
    }
    await world.journal.write(async (_, { event }) => event(changed('before')))
    const journal = createJournal({ database: shared, clock: world.clock, seal: newSeal().seal })
    const heard: NumberedEvent[] = []
    journal.subscribe((event) => heard.push(event))
    return {
      journal,
      world,
      heard,
      announced,
      listeners,
      tell: () => {
        for (const listener of listeners) listener()
      },
      mostWriting: () => mostWriting,
    }
  }
  const until = async (isTrue: () => boolean) => {
    for (let turn = 0; !isTrue(); turn++) {
      if (turn > 1_000) throw new Error('It did not come to it.')
      await setImmediate()
    }
  }

  test('events are announced in the transaction, and heard in the order of the database, own ones too', async () => {
    const { journal, world, heard, announced, tell } = await openReplica()
    await journal.write(async (_, { event }) => event(changed('own')))
    expect([announced, heard]).toEqual([[2], []])
    await world.journal.write(async (_, { event }) => event(changed('other')))
    tell()
    await until(() => heard.length === 2)
    expect(heard).toEqual([
      { seq: 2, at: start, event: changed('own') },
      { seq: 3, at: start, event: changed('other') },
    ])
    tell()
    await world.journal.write(async (_, { event }) => event(changed('later')))
    tell()
    tell()
    await until(() => heard.length === 3)
    await setImmediate()
    expect(seqs(heard)).toEqual([2, 3, 4])
  })

  test('a change without events is announced to nobody', async () => {
    const { journal, announced } = await openReplica()
    await journal.write(async () => {})
    await journal.write(async (_, { audit }) => audit({ actor: theService, action: 'test', target: '' }))
    expect(announced).toEqual([])
  })

  test('hundreds of events that were missed are caught up with, in order', async () => {
    const { world, heard, tell, journal } = await openReplica()
    await journal.write(async () => {})
    await world.journal.write(async (_, { event }) => {
      for (let index = 0; index < 1_200; index++) event(changed(`${index}`))
    })
    tell()
    await until(() => heard.length === 1_200)
    expect(seqs(heard)).toEqual(Array.from({ length: 1_200 }, (_, index) => index + 2))
  })

  test('a replica writes one change after the other, also after one that failed', async () => {
    const { journal, mostWriting } = await openReplica()
    const order: number[] = []
    const results = await Promise.allSettled(
      [1, 2, 3, 4].map((number) =>
        journal.write(async () => {
          order.push(number)
          if (number === 2) throw new Error('no')
        }),
      ),
    )
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect([order, mostWriting()]).toEqual([[1, 2, 3, 4], 1])
  })

  test('nothing is written before it is listened, and nothing is heard after the end', async () => {
    const gate = Promise.withResolvers<void>()
    const { journal, heard, listeners, world, tell } = await openReplica({ listening: gate.promise })
    let written = false
    const write = journal.write(async (_, { event }) => {
      written = true
      event(changed('own'))
    })
    for (let turn = 0; turn < 20; turn++) await setImmediate()
    expect(written).toBe(false)
    gate.resolve()
    await write
    tell()
    await until(() => heard.length === 1)
    expect(listeners.size).toBe(1)
    await journal.close()
    expect(listeners.size).toBe(0)
    await world.journal.write(async (_, { event }) => event(changed('after')))
    expect(seqs(heard)).toEqual([2])
  })

  test('where listening fails no change is made, and closing goes on', async () => {
    const gate = Promise.withResolvers<void>()
    const { journal, world } = await openReplica({ listening: gate.promise })
    gate.reject(new Error('away'))
    await expect(journal.write(async () => {})).rejects.toThrow('away')
    await journal.close()
    expect(await world.journal.lastSeq()).toBe(1)
  })

  test('a read that fails is tried again at the next announcement', async () => {
    const { world, heard, tell, journal } = await openReplica()
    await journal.write(async () => {})
    await world.database.write((db) =>
      db.insertInto('events').values({ at: 1, type: 'user-changed', data: '{' }).execute(),
    )
    tell()
    for (let turn = 0; turn < 20; turn++) await setImmediate()
    await world.database.write((db) =>
      db
        .updateTable('events')
        .set({ data: JSON.stringify(changed('mended').data) })
        .where('data', '=', '{')
        .execute(),
    )
    tell()
    await until(() => heard.length === 1)
    expect(heard.map(({ event }) => event)).toEqual([changed('mended')])
  })
})
