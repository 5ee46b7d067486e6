import type { RetentionPolicy } from '../contract/retention.ts'
import { checkPlugin, contract } from '../contract/version.ts'
import { BackupError } from '../errors.ts'

/**
 * One policy out of several: it keeps what any of them keeps, for the reasons of each.
 *
 * @throws `config` without any policy, `unsupported` for one of another contract.
 */
export function combine(...policies: RetentionPolicy[]): RetentionPolicy {
  checkPolicies(policies, 'combine()')
  return {
    contract,
    name: 'combine',
    title: policies.map(({ title }) => title).join('; '),
    keep: (snapshots, clock) => policies.flatMap((policy) => policy.keep(snapshots, clock)),
  }
}

/** No policies would keep nothing, which nobody means by leaving them out. */
export function checkPolicies(policies: readonly RetentionPolicy[], where: string): void {
  for (const policy of policies) checkPlugin(policy, 'retention')
  if (policies.length > 0) return
  throw new BackupError('config', `${where} needs at least one policy; an empty list would keep nothing.`, {
    key: 'retention',
    hint: 'Name what is to be kept, for instance fifteenYears() or keepLast(30).',
  })
}
