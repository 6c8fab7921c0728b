import { Button } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { Component, type ReactNode } from 'react'
import { BlankSlate } from '../components/blank-slate.tsx'
import { classesIn } from '../styles/css.ts'
import styles from './page.module.css'

const css = classesIn(styles)

interface Props {
  readonly children: ReactNode
}

/** Catches a fault of the window itself: the window says so and can be loaded again. */
export class ErrorBoundary extends Component<Props, { readonly failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  override render() {
    if (!this.state.failed) return this.props.children
    return (
      <main className={css('page')}>
        <BlankSlate
          icon={IconAlertTriangle}
          title="This window had a fault"
          role="alert"
          actions={<Button onClick={() => window.location.reload()}>Load the window again</Button>}
        >
          <p>Nothing was changed on any instance. What you were typing comes back with it.</p>
        </BlankSlate>
      </main>
    )
  }
}
