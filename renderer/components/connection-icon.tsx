import { Loader } from '@mantine/core'
import { IconCloudOff, IconKey, IconPointFilled } from '@tabler/icons-react'
import type { ConnectionState } from '../../domain/instance.ts'
import { classesIn } from '../styles/css.ts'
import styles from './connection-icon.module.css'

const css = classesIn(styles)

/** The shape that goes with the words of `connectionWords`. */
export function ConnectionIcon({ status }: { readonly status: ConnectionState['status'] }) {
  if (status === 'connecting') return <Loader size={10} color="gray" aria-hidden />
  const Icon = { connected: IconPointFilled, offline: IconCloudOff, 'sign-in-needed': IconKey }[status]
  return <Icon className={css('icon')} data-status={status} size={12} stroke={2} aria-hidden />
}
