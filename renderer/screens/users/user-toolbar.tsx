import { Checkbox, NativeSelect, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import type { UserRole } from '../../../domain/user.ts'
import { classesIn } from '../../styles/css.ts'
import type { UserFilter } from './use-users.ts'
import styles from './users.module.css'

const css = classesIn(styles)

interface UserToolbarProps {
  readonly filter: UserFilter
  /** The roles that this server can list people by. */
  readonly roles: readonly UserRole[]
  readonly onFilter: (filter: UserFilter) => void
}

/** Search and filters above the list of users. */
export function UserToolbar({ filter, roles, onFilter }: UserToolbarProps) {
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
      {roles.length > 0 && (
        <NativeSelect
          className={css('role')}
          aria-label="Role"
          data={[
            { value: '', label: 'All roles' },
            ...roles.map(({ id, people }) => ({ value: id, label: people })),
          ]}
          value={filter.role ?? ''}
          onChange={(event) => onFilter({ ...filter, role: event.currentTarget.value || undefined })}
        />
      )}
      <Checkbox
        label="Signed in now"
        checked={filter.active}
        onChange={(event) => onFilter({ ...filter, active: event.currentTarget.checked })}
      />
    </search>
  )
}
