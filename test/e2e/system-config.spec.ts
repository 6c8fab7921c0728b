import type { Page } from '@playwright/test'
import { demoPassword, demoPeople, type TestService } from '../support/session-service.ts'
import { setUpWith, unlock } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'

async function openConfig(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'System Config', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'System Config', level: 1 })).toBeVisible()
}

const entriesOf = async (service: TestService) =>
  (await service.call('GET', '/config/entries')).body.items as {
    id: string
    type: string
    key: string
    value: string
    etag: string
  }[]

test.describe('System Config', () => {
  test('D1: Add opens the Add Config pane with Config Type, Key, Value and Submit; a row is changed and deleted', async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    await openConfig(page)
    const before = await entriesOf(service)
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    const pane = page.getByRole('complementary', { name: 'Add Config' })
    await expect(pane.getByLabel('Config Type').getByRole('option')).toHaveText([
      'AppConfig',
      'Flags',
      'TenantConfig',
      'DockerRegistryCreds',
      'Other',
    ])
    await pane.getByLabel('Config Type').selectOption('Other')
    await pane.getByLabel('Other type').fill('Banner')
    await pane.getByLabel('Key').fill('text')
    await pane.getByLabel('Value').fill('Maintenance on Sunday')
    expect(await entriesOf(service)).toEqual(before)
    await pane.getByRole('button', { name: 'Submit' }).click()
    await expect(page.getByText(/text was added on Test service/)).toBeVisible()
    expect(await entriesOf(service)).toContainEqual(
      expect.objectContaining({ type: 'Banner', key: 'text', value: 'Maintenance on Sunday' }),
    )

    // The new row has the focus: Enter opens it, Delete asks.
    await page.keyboard.press('Enter')
    const opened = page.getByRole('complementary', { name: 'text' })
    await opened.getByRole('button', { name: 'Reveal' }).click()
    await expect(opened.getByLabel('Value')).toHaveValue('Maintenance on Sunday')
    await opened.getByLabel('Value').fill('Maintenance on Monday')
    await opened.getByRole('button', { name: 'Submit' }).click()
    await expect(page.getByText(/text was changed on Test service/)).toBeVisible()
    await page.keyboard.press('Delete')
    await page.getByRole('button', { name: 'Delete entry' }).click()
    await expect(page.getByText(/text was deleted on Test service/)).toBeVisible()
    expect(await entriesOf(service)).toEqual(before)
  })

  test('D2, D3: the two durations are kept in minutes, held to their bounds, and hold from then on', async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    await openConfig(page)
    for (const [label, key] of [
      ['Authorization token session duration', 'AuthorizationTokenSessionDuration'],
      ['Maximum K8s Session Duration', 'MaximumK8sSessionDuration'],
    ] as const) {
      const row = page.getByRole('row', { name: new RegExp(label) })
      if ((await row.count()) > 0) await row.click()
      else {
        await page.getByRole('button', { name: 'Add', exact: true }).click()
        await page.getByRole('complementary').getByLabel('Key').selectOption({ label })
      }
      const pane = page.getByRole('complementary')
      await pane.getByLabel('Value').fill('0')
      await expect(pane.getByText(`${label} must be at least 1 minute.`)).toBeVisible()
      await pane.getByLabel('Value').fill('5')
      await expect(pane.getByText(/^Ends /)).toBeVisible()
      await pane.getByLabel('Value').press('Enter')
      await expect(page.getByText(new RegExp(`${label} was (added|changed)`))).toBeVisible()
      await expect(row).toContainText('5 minutes')
      expect(await entriesOf(service)).toContainEqual(
        expect.objectContaining({ type: 'AppConfig', key, value: '5' }),
      )
    }
    const made = await service.call('POST', '/tokens', { body: { name: 'ci', scopes: ['read'] } })
    expect(made.status).toBe(201)
    const { createdAt, endsAt } = made.body.session
    expect(Date.parse(endsAt) - Date.parse(createdAt)).toBe(5 * 60_000)
  })

  test('B9: two admins change one row; nothing is overwritten unseen, nothing typed is lost, also over a lock', async ({
    desk,
    service,
  }) => {
    await service.call('POST', '/config/entries', { body: { type: 'Flags', key: 'beta', value: 'off' } })
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    await openConfig(page)
    await page.getByRole('row', { name: /beta/ }).click()
    await page.getByLabel('Value').fill('on for us')
    await desk.lock()
    await unlock(page)
    await expect(page.getByLabel('Value')).toHaveValue('on for us')

    const [row] = (await entriesOf(service)).filter(({ key }) => key === 'beta')
    const theirs = await service.call('PUT', `/config/entries/${row?.id}`, {
      body: { type: 'Flags', key: 'beta', value: 'half' },
      headers: { 'if-match': row?.etag ?? '' },
    })
    expect(theirs.status).toBe(200)
    await page.getByRole('button', { name: 'Submit' }).click()
    await expect(page.getByRole('alert')).toContainText('changed this meanwhile')
    await expect(page.getByRole('alert')).toContainText('half')
    expect((await entriesOf(service)).find(({ key }) => key === 'beta')?.value).toBe('half')
    await page.getByRole('button', { name: 'Keep mine' }).click()
    await expect(page.getByText(/beta was changed/)).toBeVisible()
    expect((await entriesOf(service)).find(({ key }) => key === 'beta')?.value).toBe('on for us')
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect(page.getByText(/Undone at/)).toBeVisible()
    expect((await entriesOf(service)).find(({ key }) => key === 'beta')?.value).toBe('half')
  })

  test('D1: who may not see System Config is told what it takes', async ({ desk, service }) => {
    const page = await desk.open()
    await setUpWith(page, { url: service.url, username: demoPeople.member, password: demoPassword })
    await openConfig(page)
    await expect(page.getByText('This account may not see System Config')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Add', exact: true })).toHaveCount(0)
  })
})
