import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setUpWith, unlock } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'

test.describe('the files of the app’s own', () => {
  test('C5: a list of instances edited by hand, or by a newer Curfew, loses no instance and no password', async ({
    desk,
    service,
  }) => {
    const path = join(desk.dataFolder, 'instances.json')
    await setUpWith(await desk.open(), asOwner(service))
    await desk.quit()

    const { instances } = JSON.parse(await readFile(path, 'utf8'))
    const foul = { id: 'no id', name: 'Left out' }
    const edited = { version: 1, instances: [foul, { ...instances[0], colour: 'ultraviolet', pinned: true }] }
    await writeFile(path, `\uFEFF${JSON.stringify(edited)}`)
    let page = await desk.open()
    await expect(page.getByText(/“instances\[0\]\.id” in instances\.json/)).toBeVisible()
    await expect(page.getByText(/“instances\[1\]\.colour” in instances\.json/)).toBeVisible()
    await unlock(page)
    await expect(page.getByRole('heading', { name: 'Security', level: 1 })).toBeVisible()
    expect(JSON.parse((await readFile(path, 'utf8')).replace('\uFEFF', '')).instances).toContainEqual(foul)
    await desk.quit()

    await writeFile(path, JSON.stringify({ version: 2, instances }))
    page = await desk.open()
    await expect(page.getByText(/written by a newer version of Curfew/)).toBeVisible()
    await unlock(page)
    await expect(page.getByRole('button', { name: 'Add an instance' }).first()).toBeVisible()
    await desk.quit()

    const aside = (await readdir(desk.dataFolder)).find((name) => name.startsWith('instances.version-2-'))
    const kept = JSON.parse(await readFile(join(desk.dataFolder, aside ?? 'missing'), 'utf8'))
    await writeFile(path, JSON.stringify({ ...kept, version: 1 }))
    page = await desk.open()
    await unlock(page)
    await expect(page.getByRole('heading', { name: 'Security', level: 1 })).toBeVisible()
  })

  test('main answers nobody on a channel of a library’s own', async ({ desk }) => {
    await desk.open()
    const events = await desk.app.evaluate(({ ipcMain }) => ipcMain.eventNames().map(String))
    // Electron itself listens to its own errors.
    expect(events.filter((name) => name !== 'error')).toEqual([])
  })
})
