import { CloseButton } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Notice } from '../components/notice.tsx'
import { answerOf } from '../state/curfew.ts'
import { classesIn } from '../styles/css.ts'
import styles from './notices.module.css'

const css = classesIn(styles)

/** What the app has to tell once, for example that its settings file was unreadable. */
export function Notices({ floating = false }: { readonly floating?: boolean }) {
  const client = useQueryClient()
  const { data } = useQuery({ queryKey: ['app', 'info'], queryFn: () => answerOf(window.curfew.app.info()) })
  const dismiss = async (id: string) => {
    await window.curfew.app.dismissNotice({ id })
    await client.invalidateQueries({ queryKey: ['app', 'info'] })
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
