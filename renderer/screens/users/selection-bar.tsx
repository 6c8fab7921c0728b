import { Button } from '@mantine/core'
import { countOfPeople } from '../../components/count-words.ts'
import { classesIn } from '../../styles/css.ts'
import styles from './users.module.css'

const css = classesIn(styles)

interface SelectionBarProps {
  readonly count: number
  readonly onRevoke: () => void
  readonly onClear: () => void
}

/** What can be done with the rows that are ticked. */
export function SelectionBar({ count, onRevoke, onClear }: SelectionBarProps) {
  return (
    <section className={css('selection')} aria-label="Selection">
      <p className="numbers" role="status">
        {countOfPeople(count)} selected
      </p>
      <Button variant="subtle" onClick={onClear}>
        Clear selection
      </Button>
      <Button color="danger" variant="outline" onClick={onRevoke}>
        Revoke sessions of {countOfPeople(count)}
      </Button>
    </section>
  )
}
