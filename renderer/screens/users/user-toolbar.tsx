import { Checkbox, NativeSelect, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import type { Role } from '../../../domain/user.ts'
import { classesIn } from '../../styles/css.ts'
import type { UserFilter } from './use-users.ts'
import styles from './users.module.css'

const css = classesIn(styles)

const roleChoices = [
  { value: '', label: 'All roles' },
  { value: 'owner', label: 'Owners' },
  { value: 'admin', label: 'Admins' },
  { value: 'member', label: 'Members' },
]

interface UserToolbarProps {
  readonly filter: UserFilter
  readonly onFilter: (filter: UserFilter) => void
}

/** Search and filters above the list of users. */
export function UserToolbar({ filter, onFilter }: UserToolbarProps) {
  return (
    <search className={css('toolbar')}>
      <TextInput
        className={css('search')}
        type="search"
        aria-label="Search users"
        placeholder="Search users ( / )"
        leftSection={<IconSearch size={14} stroke={1.75} aria-hidden />}
        maxLength={200}
        value={filter.search}
        onChange={(event) => onFilter({ ...filter, search: event.currentTarget.value })}
      />
      <NativeSelect
        className={css('role')}
        aria-label="Role"
        data={roleChoices}
        value={filter.role ?? ''}
        onChange={(event) =>
          onFilter({ ...filter, role: (event.currentTarget.value || undefined) as Role | undefined })
        }
      />
      <Checkbox
        label="Signed in now"
        checked={filter.active}
        onChange={(event) => onFilter({ ...filter, active: event.currentTarget.checked })}
      />
    </search>
  )
}
