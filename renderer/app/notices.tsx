import { CloseButton } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Notice } from '../components/notice.tsx'
import { answerOf, main } from '../state/calls.ts'
import { keys } from '../state/keys.ts'
import { classesIn } from '../styles/css.ts'
import styles from './notices.module.css'

const css = classesIn(styles)

/** What the app has to tell once, for example that its settings file was unreadable. */
export function Notices({ floating = false }: { readonly floating?: boolean }) {
  const client = useQueryClient()
  const { data } = useQuery({ queryKey: keys.appInfo, queryFn: () => answerOf(main().app.info()) })
  const dismiss = async (id: string) => {
    await main().app.dismissNotice({ id })
    await client.invalidateQueries({ queryKey: keys.appInfo })
  }
  if (!data || data.notices.length === 0) return null
  return (
    <section className={css('notices')} data-floating={floating || undefined} aria-label="Notices">
      {data.notices.map(({ id, title, detail }) => (
        <Notice
          key={id}
          tone="warning"
          title={title}
          role="status"
          actions={
            <CloseButton size="sm" aria-label={`Dismiss: ${title}`} onClick={() => void dismiss(id)} />
          }
        >
          {detail}
        </Notice>
      ))}
    </section>
  )
}
