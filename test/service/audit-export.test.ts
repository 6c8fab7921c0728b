import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { verifyExport } from '../../service/store/audit-export-format.ts'
import { rotateKeyFile } from '../../service/store/audit-key-file.ts'
import { verifyAudit } from '../../service/store/audit-verify.ts'
import { openDatabases } from './databases.ts'
import { startService, type TestService } from './support.ts'

const run = promisify(execFile)
const day = 86_400

const exportOf = async (service: TestService): Promise<string> => {
  const owner = await service.signIn('owner')
  const reply = await owner.call('GET', 'audit/export')
  expect(reply.status).toBe(200)
  return reply.body
}

/** As the script reads it. */
const linesOf = (text: string) => (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')

for (const { name, open } of openDatabases())
  describe(`exports and retention, ${name}`, () => {
    test('B6: an export is whole, and one that was changed by any one byte is not', async () => {
      await using service = await startService({ open })
      await service.addUser('bea', { role: 'admin' })
      await service.call('POST', 'sign-in', { username: 'bea', password: 'wrong' })
      const text = await exportOf(service)
      const key = service.seal.keys.currentId()
      expect(await verifyExport(linesOf(text), key)).toMatchObject({ ok: true, records: 5, key })
      expect(await verifyExport(linesOf(text), undefined)).toMatchObject({ ok: true })
      expect(await verifyExport(linesOf(text), 'another')).toMatchObject({ ok: false })
      const unnoticed: string[] = []
      for (let index = 0; index < text.length - 1; index++) {
        const other = text[index] === 'x' ? 'y' : 'x'
        const changed = text.slice(0, index) + other + text.slice(index + 1)
        if ((await verifyExport(linesOf(changed), key)).ok) unnoticed.push(`${index} ${other}`)
        // A space between two parts changes nothing for JSON.
        const longer = `${text.slice(0, index)} ${text.slice(index)}`
        if ((await verifyExport(linesOf(longer), key)).ok) unnoticed.push(`${index} space`)
      }
      expect(unnoticed).toEqual([])
      const lines = linesOf(text)
      for (let index = 0; index < lines.length; index++)
        expect(await verifyExport(lines.toSpliced(index, 1), key)).toMatchObject({ ok: false })
      // The last characters of base64url have bits to spare.
      for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
        const changed = text.replace(/.("}\n)$/, `${letter}$1`)
        if (changed !== text) expect(await verifyExport(linesOf(changed), key)).toMatchObject({ ok: false })
      }
    })

    test('B6: the script verifies an export, also after a change of the key, and refuses one that was cut short', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'curfew-export-'))
      onTestFinished(() => rm(folder, { recursive: true }))
      const script = new URL('../../service/bin/curfew-audit.ts', import.meta.url).pathname
      const file = join(folder, 'audit.ndjson')
      const verify = (...args: readonly string[]) =>
        run(process.execPath, [script, 'verify', file, ...args]).then(
          ({ stdout }) => stdout,
          ({ stdout, code }) => `${code}: ${stdout}`,
        )
      {
        await using service = await startService({ open, folder })
        await service.addUser('bea')
      }
      const id = await rotateKeyFile(join(folder, 'audit.key'))
      await using service = await startService({ open, folder })
      const text = await exportOf(service)
      await writeFile(file, text)
      expect(await verify('--key-id', id)).toMatch(/^Whole: 4 records of /)
      expect(await verify('--key-id', 'x')).toMatch(/^1: NOT WHOLE: It is signed with the key/)
      await writeFile(file, text.slice(0, -200))
      expect(await verify()).toMatch(/^1: NOT WHOLE/)
      await writeFile(file, `${text}\n`)
      expect(await verify()).toMatch(/^1: NOT WHOLE/)
    })

    test('B6: records are removed after the days that were asked for, the trail stays whole, and it is written down', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'curfew-retention-'))
      onTestFinished(() => rm(folder, { recursive: true }))
      const start = (at?: number) =>
        startService({
          open,
          folder,
          auditKeepDays: 30,
          expectedErrors: /tampered/,
          ...(at !== undefined && { at }),
        })
      const actor = { id: null, name: 'x', address: '' }
      let now: number
      {
        await using service = await start()
        const { journal, audit } = service.service.services
        for (let round = 0; round < 10; round++)
          await journal.write(async (_, record) => {
            for (let note = 0; note < 100; note++)
              record.audit({ actor, action: 'old', target: `${round} ${note}` })
          })
        service.pass(29 * day)
        expect(await audit.removeOld()).toBe(0)
        await journal.write(async (_, record) => record.audit({ actor, action: 'young', target: '' }))
        service.pass(2.5 * day)
        expect(await audit.removeOld()).toBe(1_001)
        expect(await audit.removeOld()).toBe(0)
        const state = await verifyAudit(service.service.services.database, service.seal)
        expect(state).toEqual({ intact: true, records: 4 })
        const owner = await service.signIn('owner')
        const trail = (await owner.call('GET', 'audit')).body
        expect(trail.intact).toBe(true)
        expect(trail.items.map(({ action }: { action: string }) => action)).toEqual([
          'session.sign-in',
          'audit.remove-old',
          'audit.remove-old',
          'audit.remove-old',
          'young',
        ])
        expect(await verifyExport(linesOf(await exportOf(service)), undefined)).toMatchObject({
          ok: true,
          records: 6,
        })
        now = service.now()
      }
      await using service = await start(now)
      const { database } = service.service.services
      const whole = () => verifyAudit(database, service.seal)
      expect(await whole()).toMatchObject({ intact: true })
      // Whoever removes more, moves the cut, or takes it away, is found.
      const cut = await database.read
        .selectFrom('audit_anchors')
        .selectAll()
        .where('kind', '=', 'cut')
        .executeTakeFirstOrThrow()
      const { hash } = await database.read
        .selectFrom('audit')
        .select('hash')
        .where('seq', '=', cut.seq + 1)
        .executeTakeFirstOrThrow()
      const first = await database.read
        .selectFrom('audit')
        .selectAll()
        .where('seq', '=', cut.seq + 1)
        .executeTakeFirstOrThrow()
      await database.write((db) =>
        db
          .deleteFrom('audit')
          .where('seq', '=', cut.seq + 1)
          .execute(),
      )
      expect(await whole()).toEqual({ intact: false, because: 'tampered', brokenAt: cut.seq + 1 })
      await database.write((db) =>
        db
          .updateTable('audit_anchors')
          .set({ seq: cut.seq + 1, hash })
          .where('kind', '=', 'cut')
          .execute(),
      )
      expect((await whole()).intact).toBe(false)
      // What is not intact is evidence: nothing more is removed.
      await service.service.services.audit.check()
      service.pass(100 * day)
      expect(await service.service.services.audit.removeOld()).toBe(0)
      await database.write(async (db) => {
        await db.insertInto('audit').values(first).execute()
        await db.deleteFrom('audit_anchors').where('kind', '=', 'cut').execute()
      })
      expect((await whole()).intact).toBe(false)
      await database.write((db) => db.insertInto('audit_anchors').values(cut).execute())
      expect((await whole()).intact).toBe(true)
    })
  })
